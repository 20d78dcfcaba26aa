// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/layers/layer.hpp>

namespace mlp {

/// y = max(0, x), element by element, as torch.nn.ReLU. Shapes: x, y [batch, features]. A NaN stays a NaN.
///
///     Sequential net{Linear(2, 128, rng), ReLU(), Linear(128, 3, rng)};
struct ReLU : ShapePreserving {
  std::string describe() const { return "ReLU()"; }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    y.array() = (x.array() < T(0)).select(T(0), x.array());
  }

  template <class T>
  void backward(ConstMatrixView<T>, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, ReLU&, MatrixView<T> dx) const {
    if (dx) dx.array() = (y.array() > T(0)).select(dy.array(), T(0));  // dx = dy where x > 0, else 0 (at 0 too)
  }
};

}  // namespace mlp
