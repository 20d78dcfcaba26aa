// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <mlp/losses/loss.hpp>

namespace mlp {

struct BCEWithLogitsLossOptions {
  std::vector<double> pos_weight = {};  ///< p_j, one an output or one for all: above 1 for more recall; empty: all 1
};

/// The binary cross entropy of logits, as torch.nn.BCEWithLogitsLoss, over all elements: of one output (two classes) or
/// of several (labels that do not exclude each other).
///
///     L = 1/(N D) sum_ij l_ij     l = -p t log s(y) - (1 - t) log(1 - s(y))     s(y) = 1 / (1 + exp(-y))
///
/// Shapes: y, t, dy [batch, outputs], t in [0, 1], p pos_weight [outputs]. It is computed with
/// -log s(y) = max(-y, 0) + log1p(exp(-|y|)) and -log(1 - s(y)) = -log s(-y): no exponent overflows, nothing cancels.
/// With sample weights: sum_i w_i mean_j l_ij / sum_i w_i.
///
///     BCEWithLogitsLoss loss({.pos_weight = {3}});   // three negatives for each positive
///     double l = loss(logits, target, tape.output_gradient());
///
/// @throws ShapeError `mlp::BCEWithLogitsLoss: expected pos_weight of 3 outputs, got 2`
/// @throws ValueError `mlp::BCEWithLogitsLoss: target of sample 5, output 2 must be in [0, 1], got 1.5`; ShapeError,
/// ValueError as MSELoss does, in the name of BCEWithLogitsLoss
class BCEWithLogitsLoss {
 public:
  BCEWithLogitsLoss() = default;
  /// @throws ValueError `mlp::BCEWithLogitsLoss: pos_weight of output 1 must be at least 0 and finite, got -1`
  explicit BCEWithLogitsLoss(BCEWithLogitsLossOptions options) : options_(std::move(options)) {
    for (std::size_t j = 0; j < options_.pos_weight.size(); ++j)
      detail::check_not_negative(name, "pos_weight of output " + std::to_string(j), options_.pos_weight[j]);
  }

  const BCEWithLogitsLossOptions& options() const { return options_; }
  /// "BCEWithLogitsLoss(pos_weight 3)", "BCEWithLogitsLoss()" without one
  [[gnu::cold]] std::string describe() const {
    const auto& weights = options_.pos_weight;
    return "BCEWithLogitsLoss(" + (weights.empty() ? "" : "pos_weight" + detail::numbers_text(weights)) + ")";
  }

  template <MatrixLike P>
  double operator()(const P& y, ConstMatrixView<ScalarOf<P>> target, MatrixView<ScalarOf<P>> dy = {},
                    SampleWeights weights = {}) const {
    using T = ScalarOf<P>;
    detail::check_shapes<T>(name, view(y), target, dy);
    const std::size_t count = options_.pos_weight.size();
    if (count > 1 && static_cast<Index>(count) != y.cols())
      throw ShapeError("mlp::BCEWithLogitsLoss: expected pos_weight of " + std::to_string(y.cols()) + " outputs, got " +
                       std::to_string(count));
    check_targets(target);
    return detail::mean_over_elements<T>(name, view(y), target, dy, weights, [this, count](T y_ij, T t_ij, Index j) {
      const double p = count == 0 ? 1.0 : options_.pos_weight[count == 1 ? 0 : static_cast<std::size_t>(j)];
      const T positive = static_cast<T>(p) * t_ij;
      const T negative = T(1) - t_ij;
      const T e = std::exp(-std::abs(y_ij));
      const T log_1e = std::log1p(e);
      const T larger = T(1) / (T(1) + e);  // s(|y|)
      const T smaller = e * larger;        // s(-|y|)
      const bool above = y_ij >= T(0);
      const T s = above ? larger : smaller;
      const T s_minus = above ? smaller : larger;
      const T l = positive * (std::max(-y_ij, T(0)) + log_1e) + negative * (std::max(y_ij, T(0)) + log_1e);
      return detail::ElementLoss<T>{l, negative * s - positive * s_minus};  // dl/dy = (1 - t) s(y) - p t s(-y)
    });
  }

  /// What each call checks first. @throws ValueError `mlp::BCEWithLogitsLoss: target of sample 5, output 2 must be in
  /// [0, 1], got 1.5`
  template <MatrixLike M>
  void check_targets(const M& target) const {
    detail::check_probabilities<ScalarOf<M>>(name, "target", view(target));
  }

 private:
  static constexpr const char* name = "BCEWithLogitsLoss";

  BCEWithLogitsLossOptions options_;
};

}  // namespace mlp
