// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/core/check.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/math/elementwise.hpp>

namespace mlp {

/// y = log(1 + exp(beta x)) / beta, and x where beta x > threshold, element by element, as torch.nn.Softplus. Shapes:
/// x, y [batch, features]. No exponent overflows, and no logarithm loses what is small.
///
///     Sequential positive{Linear(2, 1, rng), Softplus()};
struct Softplus : ShapePreserving {
  /// @throws ValueError `mlp::Softplus: beta must be above 0 and finite, got 0`, `mlp::Softplus: threshold must be
  ///   finite, got nan`
  explicit Softplus(double steepness = 1, double linear_from = 20) : beta(steepness), threshold(linear_from) {
    detail::check_positive("Softplus", "beta", beta);
    detail::check_finite("Softplus", "threshold", threshold);
  }

  std::string describe() const {
    return "Softplus(beta " + detail::number_text(beta) + ", threshold " + detail::number_text(threshold) + ")";
  }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    apply_curve<Curve::softplus>(x, y, parameters<T>());
  }

  template <class T>
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, Softplus&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    // dx = dy / (1 + exp(-beta x)), and dy where beta x > threshold
    if (dx) apply_curve_derivative<Curve::softplus>(x, dy, dx, parameters<T>());
  }

  double beta;
  double threshold;

 private:
  template <class T>
  CurveParameters<T> parameters() const {
    return {static_cast<T>(beta), static_cast<T>(threshold)};
  }
};

}  // namespace mlp
