// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/shape.hpp>
#include <mlp/core/view.hpp>

namespace mlp {

namespace detail {

/// @throws ValueError `mlp::StandardScaler: expected at least 2 rows, got 1`, `mlp::StandardScaler: expected finite
/// numbers, got nan in row 3, column 2`
template <class T>
void check_scaler_data(const char* who, ConstMatrixView<T> x, Index least_rows) {
  const std::string start = std::string("mlp::") + who + ": expected ";
  if (x.rows() < least_rows)
    throw ValueError(start + "at least " + std::to_string(least_rows) + (least_rows == 1 ? " row" : " rows") +
                     ", got " + std::to_string(x.rows()));
  for (Index i = 0; i < x.rows(); ++i)
    for (Index j = 0; j < x.cols(); ++j)
      if (!std::isfinite(x(i, j)))
        throw ValueError(start + "finite numbers, got " + number_text(static_cast<double>(x(i, j))) + " in row " +
                         std::to_string(i) + ", column " + std::to_string(j));
}

/// The columns of x [n, columns], each with the function `f(value, column)` applied, in double.
template <MatrixLike X, class F>
Matrix<ScalarOf<X>> map_columns(const char* who, const X& x, Index columns, F&& f) {
  using T = ScalarOf<X>;
  const ConstMatrixView<T> from = view(x);
  if (from.cols() != columns) throw ShapeError::expected(who, "input", {dynamic, columns}, from.shape());
  Matrix<T> to(from.rows(), columns);
  for (Index i = 0; i < from.rows(); ++i)
    for (Index j = 0; j < columns; ++j) to(i, j) = static_cast<T>(f(static_cast<double>(from(i, j)), j));
  return to;
}

}  // namespace detail

struct StandardScalerOptions {
  Index ddof = 0;  ///< the variance divides by n - ddof: 0 as scikit-learn and NumPy, 1 as pandas and PyTorch
};

/// Moves each column to mean 0 and scales it to standard deviation 1, by the statistics of the set it was fitted to:
/// z = (x - mean) / scale. A constant column is scaled by 1. Sums, and each z before it is rounded to the type of x,
/// are in double; to get the numbers of a program that scales in double and then turns to float, do the same. Source:
/// scikit-learn 1.2.1, `StandardScaler`.
///
///     auto scaler = StandardScaler::fit(train.x, {.ddof = 1});
///     Matrix<float> z = scaler.transform(val.x);
class StandardScaler {
 public:
  /// From x [n, columns]. @throws ValueError `mlp::StandardScaler: expected at least 2 rows, got 1` where n <= ddof,
  /// `mlp::StandardScaler: expected finite numbers, got nan in row 3, column 2`, `mlp::StandardScaler: ddof must be at
  /// least 0, got -1`
  template <MatrixLike X>
  static StandardScaler fit(const X& x, const StandardScalerOptions& options = {}) {
    detail::check_at_least(name, "ddof", options.ddof, 0);
    const ConstMatrixView<ScalarOf<X>> rows = view(x);
    detail::check_scaler_data(name, rows, options.ddof + 1);
    const auto n = static_cast<double>(rows.rows());
    RowVector<double> mean = RowVector<double>::Zero(rows.cols());
    for (Index i = 0; i < rows.rows(); ++i)
      for (Index j = 0; j < rows.cols(); ++j) mean(j) += static_cast<double>(rows(i, j));
    for (Index j = 0; j < rows.cols(); ++j) mean(j) /= n;
    // The sum of the differences, 0 but for rounding, corrects that of their squares (Chan, Golub and LeVeque 1983).
    RowVector<double> sum = RowVector<double>::Zero(rows.cols());
    RowVector<double> squares = RowVector<double>::Zero(rows.cols());
    for (Index i = 0; i < rows.rows(); ++i)
      for (Index j = 0; j < rows.cols(); ++j) {
        const double difference = static_cast<double>(rows(i, j)) - mean(j);
        sum(j) += difference;
        const double square = difference * difference;  // rounded, where clang++ would fuse it with the sum
        squares(j) += square;
      }
    RowVector<double> scale(rows.cols());
    for (Index j = 0; j < scale.size(); ++j) {
      const double deviation = squares(j) - sum(j) * sum(j) / n;
      scale(j) =
          is_constant(deviation / n, mean(j), n) ? 1 : std::sqrt(deviation / (n - static_cast<double>(options.ddof)));
    }
    return {std::move(mean), std::move(scale)};
  }

  /// From statistics that are known. @throws ShapeError `mlp::StandardScaler: expected scale [1, 9], got [1, 8]`;
  /// ValueError where a mean is not finite or a scale not above 0.
  StandardScaler(RowVector<double> mean, RowVector<double> scale) : mean_(std::move(mean)), scale_(std::move(scale)) {
    if (scale_.size() != mean_.size()) throw ShapeError::expected(name, "scale", {1, mean_.size()}, {1, scale_.size()});
    for (Index j = 0; j < mean_.size(); ++j) {
      if (!std::isfinite(mean_(j)))
        detail::throw_out_of_range(name, "mean of column " + std::to_string(j), "finite",
                                   detail::number_text(mean_(j)));
      detail::check_positive(name, "scale of column " + std::to_string(j), scale_(j));
    }
  }

  const RowVector<double>& mean() const { return mean_; }
  /// The standard deviations, 1 for constant columns.
  const RowVector<double>& scale() const { return scale_; }

  /// x [n, columns] scaled. @throws ShapeError `mlp::StandardScaler: expected input [batch, 9], got [32, 10]`
  template <MatrixLike X>
  Matrix<ScalarOf<X>> transform(const X& x) const {
    return detail::map_columns(name, x, mean_.size(), [&](double v, Index j) { return (v - mean_(j)) / scale_(j); });
  }

  /// z [n, columns] scaled back. @throws ShapeError as `transform`
  template <MatrixLike Z>
  Matrix<ScalarOf<Z>> inverse_transform(const Z& z) const {
    return detail::map_columns(name, z, mean_.size(), [&](double v, Index j) { return v * scale_(j) + mean_(j); });
  }

 private:
  static constexpr const char* name = "StandardScaler";

  /// A variance that may be nothing but the rounding of the sums, as scikit-learn bounds it.
  static bool is_constant(double variance, double mean, double n) {
    constexpr double epsilon = std::numeric_limits<double>::epsilon();
    const double rounding = n * mean * epsilon;
    return variance <= n * epsilon * variance + rounding * rounding;
  }

  RowVector<double> mean_;
  RowVector<double> scale_;
};

struct MinMaxScalerOptions {
  double low = 0;
  double high = 1;
};

/// Scales each column to [low, high], by the smallest and the largest value of the set it was fitted to:
/// z = (x - min) * scale + low, scale = (high - low) / (max - min). A constant column becomes low. Values beyond those
/// of that set are scaled alike, to beyond [low, high]. Source: scikit-learn 1.2.1, `MinMaxScaler`, which takes a range
/// below 10 epsilon for a constant, too.
///
///     auto scaler = MinMaxScaler::fit(train.x, {.low = -1, .high = 1});
///     Matrix<float> z = scaler.transform(val.x);
class MinMaxScaler {
 public:
  /// From x [n, columns]. @throws ValueError `mlp::MinMaxScaler: expected at least 1 row, got 0`, `mlp::MinMaxScaler:
  /// expected finite numbers, got nan in row 3, column 2`, `mlp::MinMaxScaler: expected low below high, got 1 and 0`
  template <MatrixLike X>
  static MinMaxScaler fit(const X& x, const MinMaxScalerOptions& options = {}) {
    const ConstMatrixView<ScalarOf<X>> rows = view(x);
    detail::check_scaler_data(name, rows, 1);
    return {rows.array().colwise().minCoeff().template cast<double>(),
            rows.array().colwise().maxCoeff().template cast<double>(), options};
  }

  /// From statistics that are known. @throws ShapeError `mlp::MinMaxScaler: expected data_max [1, 9], got [1, 8]`;
  /// ValueError where one is not finite or data_max is below data_min, and as `fit`.
  MinMaxScaler(RowVector<double> data_min, RowVector<double> data_max, const MinMaxScalerOptions& options = {})
      : data_min_(std::move(data_min)), data_max_(std::move(data_max)), low_(options.low) {
    if (!(options.low < options.high) || !std::isfinite(options.high - options.low))
      throw ValueError("mlp::MinMaxScaler: expected low below high, got " + detail::number_text(options.low) + " and " +
                       detail::number_text(options.high));
    if (data_max_.size() != data_min_.size())
      throw ShapeError::expected(name, "data_max", {1, data_min_.size()}, {1, data_max_.size()});
    scale_.resize(data_min_.size());
    for (Index j = 0; j < scale_.size(); ++j) {
      const double range = data_max_(j) - data_min_(j);
      if (!(range >= 0) || !std::isfinite(range))
        detail::throw_out_of_range(name, "range of column " + std::to_string(j), "at least 0 and finite",
                                   detail::number_text(range));
      scale_(j) = (options.high - options.low) / (range == 0 ? 1 : range);
    }
  }

  const RowVector<double>& data_min() const { return data_min_; }
  const RowVector<double>& data_max() const { return data_max_; }
  const RowVector<double>& scale() const { return scale_; }

  /// x [n, columns] scaled. @throws ShapeError `mlp::MinMaxScaler: expected input [batch, 9], got [32, 10]`
  template <MatrixLike X>
  Matrix<ScalarOf<X>> transform(const X& x) const {
    return detail::map_columns(name, x, scale_.size(),
                               [&](double v, Index j) { return (v - data_min_(j)) * scale_(j) + low_; });
  }

  /// z [n, columns] scaled back. @throws ShapeError as `transform`
  template <MatrixLike Z>
  Matrix<ScalarOf<Z>> inverse_transform(const Z& z) const {
    return detail::map_columns(name, z, scale_.size(),
                               [&](double v, Index j) { return (v - low_) / scale_(j) + data_min_(j); });
  }

 private:
  static constexpr const char* name = "MinMaxScaler";

  RowVector<double> data_min_;
  RowVector<double> data_max_;
  RowVector<double> scale_;
  double low_;
};

}  // namespace mlp
