// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/core/check.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/math/elementwise.hpp>

namespace mlp {

/// y = x where x > 0, else negative_slope x, element by element, as torch.nn.LeakyReLU. Shapes: x, y [batch, features].
///
///     Sequential net{Linear(2, 128, rng), LeakyReLU(0.2), Linear(128, 3, rng)};
struct LeakyReLU : ShapePreserving {
  /// @throws ValueError `mlp::LeakyReLU: negative_slope must be finite, got inf`
  explicit LeakyReLU(double slope = 0.01) : negative_slope(slope) {
    detail::check_finite("LeakyReLU", "negative_slope", slope);
  }

  std::string describe() const { return "LeakyReLU(" + detail::number_text(negative_slope) + ")"; }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    apply_curve<Curve::leaky_relu>(x, y, {.a = static_cast<T>(negative_slope)});
  }

  template <class T>
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, LeakyReLU&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    if (dx)  // dx = dy where x > 0, else negative_slope dy
      apply_curve_derivative<Curve::leaky_relu>(x, dy, dx, {.a = static_cast<T>(negative_slope)});
  }

  double negative_slope;
};

}  // namespace mlp
