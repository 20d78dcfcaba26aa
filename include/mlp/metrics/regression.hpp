// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>
#include <type_traits>

#include <mlp/core/error.hpp>
#include <mlp/core/view.hpp>
#include <mlp/metrics/checked_weights.hpp>

// How far predictions are from numbers, with the names and the argument order of scikit-learn: `y_true` first.
//
// Shapes: y_true, y_pred [n, targets], float or double; weights [n] or none. Each target has a score of its own; the
// result is their mean. Sums are taken in double. A prediction that is NaN makes the score NaN.
//
// All throw ShapeError `mlp::r2_score: expected y_pred [3, 1], got [3, 2]`, `mlp::r2_score: expected 3 sample weights,
// got 2`, and ValueError `mlp::r2_score: expected at least one value, got [0, 1]`, `mlp::r2_score: weight of sample 0
// must be at least 0 and finite, got -1`, `mlp::r2_score: expected weights of a finite sum above 0`.

namespace mlp {

namespace detail {

/// One target of all samples: the true number t(i), the predicted p(i) and the weight w(i) of sample i.
template <class T, class P>
struct TargetColumn {
  ConstMatrixView<T> y_true;
  ConstMatrixView<P> y_pred;
  const CheckedWeights& weights;
  Index col;

  Index samples() const { return y_true.rows(); }
  double t(Index i) const { return static_cast<double>(y_true(i, col)); }
  double p(Index i) const { return static_cast<double>(y_pred(i, col)); }
  double w(Index i) const { return weights[i]; }

  /// sum_i w_i f(i) / sum_i w_i
  template <class F>
  double mean(F&& f) const {
    double sum = 0;
    for (Index i = 0; i < samples(); ++i) sum += w(i) * f(i);
    return sum / weights.sum();
  }
  double mean_squared_error() const {
    return mean([&](Index i) { return (t(i) - p(i)) * (t(i) - p(i)); });
  }
};

/// The mean of score(column) over the columns of two matrices that meet.
template <class T, class P, class F>
double mean_over_columns(const char* who, MatrixView<T> y_true, MatrixView<P> y_pred, SampleWeights weights,
                         F&& score) {
  if (y_true.shape() != y_pred.shape()) throw ShapeError::expected(who, "y_pred", y_true.shape(), y_pred.shape());
  if (y_true.size() == 0)
    throw ValueError(std::string("mlp::") + who + ": expected at least one value, got " + to_string(y_true.shape()));
  const CheckedWeights checked(who, weights, y_true.rows());
  double sum = 0;
  for (Index j = 0; j < y_true.cols(); ++j)
    sum += score(TargetColumn<std::remove_const_t<T>, std::remove_const_t<P>>{y_true, y_pred, checked, j});
  return sum / static_cast<double>(y_true.cols());
}

}  // namespace detail

/// Mean squared error: sum_i w_i (t_i - p_i)^2 / sum_i w_i.
///
///     double mse = mean_squared_error(test.y, net.predict(test.x));
template <MatrixLike T, MatrixLike P>
double mean_squared_error(const T& y_true, const P& y_pred, SampleWeights weights = {}) {
  return detail::mean_over_columns("mean_squared_error", view(y_true), view(y_pred), weights,
                                   [](const auto& column) { return column.mean_squared_error(); });
}

/// Root of the mean squared error, in the unit of y; with several targets the mean of their roots, as
/// `mean_squared_error(squared=False)` of scikit-learn.
///
///     double miles_per_gallon = root_mean_squared_error(test.y, net.predict(test.x));
template <MatrixLike T, MatrixLike P>
double root_mean_squared_error(const T& y_true, const P& y_pred, SampleWeights weights = {}) {
  return detail::mean_over_columns("root_mean_squared_error", view(y_true), view(y_pred), weights,
                                   [](const auto& column) { return std::sqrt(column.mean_squared_error()); });
}

/// Mean absolute error: sum_i w_i |t_i - p_i| / sum_i w_i.
///
///     double mae = mean_absolute_error(test.y, net.predict(test.x));
template <MatrixLike T, MatrixLike P>
double mean_absolute_error(const T& y_true, const P& y_pred, SampleWeights weights = {}) {
  return detail::mean_over_columns("mean_absolute_error", view(y_true), view(y_pred), weights, [](const auto& column) {
    return column.mean([&](Index i) { return std::abs(column.t(i) - column.p(i)); });
  });
}

/// Coefficient of determination: the share of the variance of y_true that the predictions explain,
///
///     R2 = 1 - sum_i w_i (t_i - p_i)^2 / sum_i w_i (t_i - m)^2,   m = sum_i w_i t_i / sum_i w_i
///
/// 1 for perfect predictions, 0 for the mean of y_true, negative for worse. It is not symmetric: y_true comes first. A
/// constant y_true scores 1 if the predictions are perfect, else 0; a single sample is constant (scikit-learn: NaN).
///
///     double r2 = r2_score(test.y, net.predict(test.x));
template <MatrixLike T, MatrixLike P>
double r2_score(const T& y_true, const P& y_pred, SampleWeights weights = {}) {
  return detail::mean_over_columns("r2_score", view(y_true), view(y_pred), weights, [](const auto& column) {
    const double residual = column.mean_squared_error();
    // Found by comparison: the deviations of equal values from their rounded mean need not be 0.
    Index first = 0;
    while (column.w(first) == 0) ++first;
    bool constant = true;
    for (Index i = first; i < column.samples(); ++i)
      constant = constant && (column.w(i) == 0 || column.t(i) == column.t(first));
    if (constant) return std::isnan(residual) ? residual : residual == 0 ? 1.0 : 0.0;
    const double mean = column.mean([&](Index i) { return column.t(i); });
    return 1 - residual / column.mean([&](Index i) { return (column.t(i) - mean) * (column.t(i) - mean); });
  });
}

}  // namespace mlp
