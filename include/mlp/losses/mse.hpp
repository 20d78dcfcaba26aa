// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/losses/loss.hpp>

namespace mlp {

/// The mean squared error L = 1/(N D) sum_ij (y_ij - t_ij)^2 over all elements, as torch.nn.MSELoss.
///
/// Shapes: y, t, dy [batch, outputs]. With sample weights: sum_i w_i mean_j (y_ij - t_ij)^2 / sum_i w_i.
///
///     double l = MSELoss()(y, target, tape.output_gradient());
///
/// @throws ShapeError `mlp::MSELoss: expected target [32, 1], got [32, 2]`, `mlp::MSELoss: expected dy [32, 1], got
/// [32, 2]`, `mlp::MSELoss: expected 32 sample weights, got 31`, `mlp::MSELoss: expected at least one sample and one
/// output, got [0, 1]`
/// @throws ValueError `mlp::MSELoss: weight of sample 3 must be at least 0 and finite, got -1`
struct MSELoss {
  std::string describe() const { return "MSELoss()"; }

  template <MatrixLike P>
  double operator()(const P& y, ConstMatrixView<ScalarOf<P>> target, MatrixView<ScalarOf<P>> dy = {},
                    SampleWeights weights = {}) const {
    using T = ScalarOf<P>;
    detail::check_shapes<T>("MSELoss", view(y), target, dy);
    return detail::mean_over_elements<T>("MSELoss", view(y), target, dy, weights, [](T y_ij, T t_ij, Index) {
      const T d = y_ij - t_ij;
      return detail::ElementLoss<T>{d * d, 2 * d};  // dl/dy = 2 (y - t)
    });
  }
};

}  // namespace mlp
