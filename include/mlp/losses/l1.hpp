// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>

#include <mlp/losses/loss.hpp>

namespace mlp {

/// The mean absolute error L = 1/(N D) sum_ij |y_ij - t_ij| over all elements, as torch.nn.L1Loss.
///
/// Shapes: y, t, dy [batch, outputs]. With sample weights: sum_i w_i mean_j |y_ij - t_ij| / sum_i w_i.
///
///     double l = L1Loss()(y, target, tape.output_gradient());
///
/// @throws ShapeError, ValueError as MSELoss does, in the name of L1Loss
struct L1Loss {
  std::string describe() const { return "L1Loss()"; }

  template <MatrixLike P>
  double operator()(const P& y, ConstMatrixView<ScalarOf<P>> target, MatrixView<ScalarOf<P>> dy = {},
                    SampleWeights weights = {}) const {
    using T = ScalarOf<P>;
    detail::check_shapes<T>("L1Loss", view(y), target, dy);
    return detail::mean_over_elements<T>("L1Loss", view(y), target, dy, weights, [](T y_ij, T t_ij, Index) {
      const T d = y_ij - t_ij;
      const T sign = d > T(0) ? T(1) : d < T(0) ? T(-1) : T(0);
      return detail::ElementLoss<T>{std::abs(d), sign};  // dl/dy = sign(y - t), 0 where they are equal
    });
  }
};

}  // namespace mlp
