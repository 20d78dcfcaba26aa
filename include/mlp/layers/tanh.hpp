// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/layers/layer.hpp>

namespace mlp {

/// y = tanh(x), element by element, as torch.nn.Tanh. Shapes: x, y [batch, features].
///
///     Sequential net{Linear(2, 128, rng), Tanh(), Linear(128, 3, rng)};
struct Tanh : ShapePreserving {
  std::string describe() const { return "Tanh()"; }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    y.array() = x.array().tanh();
  }

  template <class T>
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, Tanh&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    if (dx) dx.array() = dy.array() * (T(1) - y.array().square());  // dx = dy (1 - y^2)
  }
};

}  // namespace mlp
