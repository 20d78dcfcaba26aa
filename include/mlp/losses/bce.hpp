// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include <mlp/losses/loss.hpp>

namespace mlp {

/// The binary cross entropy of probabilities, as torch.nn.BCELoss, over all elements:
///
///     L = 1/(N D) sum_ij l_ij     l = -t log y - (1 - t) log(1 - y)
///
/// Shapes: y, t, dy [batch, outputs], all of y and t in [0, 1]. As in PyTorch no log is below -100, and the gradient
/// divides by at least 1e-12. With sample weights: sum_i w_i mean_j l_ij / sum_i w_i. A y that is NaN passes, so that a
/// training that diverges is seen by its loss. To train a classifier give the logits to BCEWithLogitsLoss instead: it
/// stays exact where y rounds to 0 or 1.
///
///     double l = BCELoss()(probabilities, target, tape.output_gradient());
///
/// @throws ValueError `mlp::BCELoss: target of sample 5, output 2 must be in [0, 1], got 1.5`, `mlp::BCELoss: input of
/// sample 5, output 2 must be in [0, 1], got -1`; ShapeError, ValueError as MSELoss does, in the name of BCELoss
struct BCELoss {
  std::string describe() const { return "BCELoss()"; }

  template <MatrixLike P>
  double operator()(const P& y, ConstMatrixView<ScalarOf<P>> target, MatrixView<ScalarOf<P>> dy = {},
                    SampleWeights weights = {}) const {
    using T = ScalarOf<P>;
    detail::check_shapes<T>("BCELoss", view(y), target, dy);
    check_targets(target);
    detail::check_probabilities<T>("BCELoss", "input", view(y), true);
    return detail::mean_over_elements<T>("BCELoss", view(y), target, dy, weights, [](T y_ij, T t_ij, Index) {
      const T log_y = std::max(std::log(y_ij), T(-100));
      const T log_not_y = std::max(std::log1p(-y_ij), T(-100));
      const T l = -t_ij * log_y - (T(1) - t_ij) * log_not_y;
      const T slope = (y_ij - t_ij) / std::max(y_ij * (T(1) - y_ij), T(1e-12f));
      return detail::ElementLoss<T>{l, slope};  // dl/dy = (y - t) / (y (1 - y))
    });
  }

  /// What each call checks first. @throws ValueError `mlp::BCELoss: target of sample 5, output 2 must be in [0, 1],
  /// got 1.5`
  template <MatrixLike M>
  void check_targets(const M& target) const {
    detail::check_probabilities<ScalarOf<M>>("BCELoss", "target", view(target));
  }
};

}  // namespace mlp
