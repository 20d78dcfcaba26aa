// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/layers/layer.hpp>
#include <mlp/math/elementwise.hpp>

namespace mlp {

/// y = max(0, x), element by element, as torch.nn.ReLU. Shapes: x, y [batch, features]. A NaN stays a NaN.
///
///     Sequential net{Linear(2, 128, rng), ReLU(), Linear(128, 3, rng)};
struct ReLU : ShapePreserving {
  std::string describe() const { return "ReLU()"; }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    transform<T>(
        y, [](T v) { return v < T(0) ? T(0) : v; }, x);
  }

  template <class T>
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, ReLU&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    if (dx)
      transform<T>(
          dx, [](T out, T d) { return out <= T(0) ? T(0) : d; }, y, dy);  // dx = dy where x > 0, else 0
  }
};

}  // namespace mlp
