// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/layers/layer.hpp>
#include <mlp/math/elementwise.hpp>

namespace mlp {

/// y = tanh(x), element by element, as torch.nn.Tanh. Shapes: x, y [batch, features].
///
///     Sequential net{Linear(2, 128, rng), Tanh(), Linear(128, 3, rng)};
struct Tanh : ShapePreserving {
  static constexpr Activation activation = Activation::tanh;

  std::string describe() const { return "Tanh()"; }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    apply(Activation::tanh, x, y);
  }

  template <class T>
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, Tanh&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    if (dx) apply_derivative(Activation::tanh, y, dy, dx);  // dx = dy (1 - y^2)
  }
};

}  // namespace mlp
