// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <string>
#include <string_view>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/sample_weights.hpp>
#include <mlp/core/view.hpp>

namespace mlp {

/// What every loss is: the mean over the samples of a batch, and its gradient.
///
///     double l = loss(y, target);                 // y [batch, out]
///     double l = loss(y, target, dy, weights);    // and dL/dy into `dy` [batch, out]
///     loss.describe()                             // "MSELoss()"
///
/// `Target` is ConstMatrixView<T> [batch, out] (numbers, probabilities) or std::span<const int> (one class a sample).
///
/// With sample weights w_i the mean is sum_i w_i l_i / sum_i w_i, l_i the loss of sample i; a sample of weight 0 counts
/// as if it were not there. Where nothing counts, the loss is NaN and the gradient 0. What one element contributes is
/// computed in T, as PyTorch does; the sums are kept in double. Nothing is allocated, and nothing is written where a
/// loss throws. `dy` must not overlap `y`.
///
/// `fit` and `evaluate` look for these members, which a loss may have:
///
///     loss.check_labels(labels, classes)   // throws for a label that is no class: asked before the first step
///     loss.check_targets(target)           // the same for numbers
///     loss.total_weight(target, weights)   // what the loss of a batch divides by, where it is not sum_i w_i
///     loss.ignores(label)                  // whether a sample of this class counts in no mean and no accuracy
template <class L, class T, class Target>
concept Loss = std::copyable<L> &&
    requires(const L loss, ConstMatrixView<T> y, const Target& target, MatrixView<T> dy, SampleWeights weights) {
  { loss(y, target) } -> std::same_as<double>;
  { loss(y, target, dy, weights) } -> std::same_as<double>;
  { loss.describe() } -> std::convertible_to<std::string>;
};

namespace detail {

/// @throws ShapeError `mlp::MSELoss: expected at least one sample and one output, got [0, 3]`,
/// `mlp::MSELoss: expected dy [32, 1], got [32, 2]`
template <class T>
void check_shapes(std::string_view who, ConstMatrixView<T> y, MatrixView<T> dy) {
  if (y.rows() < 1 || y.cols() < 1)
    throw ShapeError("mlp::" + std::string(who) + ": expected at least one sample and one output, got " +
                     to_string(y.shape()));
  if (dy && dy.shape() != y.shape()) throw ShapeError::expected(who, "dy", y.shape(), dy.shape());
}
/// @throws ShapeError `mlp::MSELoss: expected target [32, 1], got [32, 2]`, and as above
template <class T>
void check_shapes(std::string_view who, ConstMatrixView<T> y, ConstMatrixView<T> target, MatrixView<T> dy) {
  check_shapes(who, y, dy);
  if (target.shape() != y.shape()) throw ShapeError::expected(who, "target", y.shape(), target.shape());
}

/// @throws ValueError `mlp::BCELoss: target of sample 5, output 2 must be in [0, 1], got 1.5`. NaN is in the interval
/// where `allow_nan`.
template <class T>
void check_probabilities(std::string_view who, std::string_view what, ConstMatrixView<T> m, bool allow_nan = false) {
  for (Index i = 0; i < m.rows(); ++i)
    for (Index j = 0; j < m.cols(); ++j) {
      const T p = m(i, j);
      if ((p >= T(0) && p <= T(1)) || (allow_nan && std::isnan(p))) continue;
      throw_out_of_range(who, std::string(what) + " of sample " + std::to_string(i) + ", output " + std::to_string(j),
                         "in [0, 1]", number_text(static_cast<double>(p)));
    }
}

/// What one element contributes: l and dl/dy.
template <class T>
struct ElementLoss {
  T loss;
  T gradient;
};

/// The losses that are means over elements, l_i = mean_j l_ij: `f(y_ij, target_ij, j)` is l_ij with its derivative.
/// The shapes are checked already.
template <class T, class F>
double mean_over_elements(std::string_view who, ConstMatrixView<T> y, ConstMatrixView<T> target, MatrixView<T> dy,
                          SampleWeights weights, F f) {
  const double total = checked_total(who, weights, y.rows()) * static_cast<double>(y.cols());
  double sum = 0;
  for (Index i = 0; i < y.rows(); ++i) {
    const double w = weight_at(weights, i);
    if (w == 0) {
      if (dy) std::fill_n(dy.row(i), dy.cols(), T(0));
      continue;
    }
    const T scale = static_cast<T>(w / total);
    double row = 0;
    for (Index j = 0; j < y.cols(); ++j) {
      const ElementLoss<T> element = f(y(i, j), target(i, j), j);
      row += static_cast<double>(element.loss);
      if (dy) dy(i, j) = scale * element.gradient;  // dL/dy_ij = w_i / (D sum_k w_k) dl_ij/dy_ij
    }
    sum += w * row;
  }
  return sum / total;
}

}  // namespace detail

}  // namespace mlp
