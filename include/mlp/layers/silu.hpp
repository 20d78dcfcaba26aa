// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/layers/layer.hpp>
#include <mlp/math/elementwise.hpp>

namespace mlp {

/// y = x / (1 + exp(-x)), element by element, as torch.nn.SiLU; also called swish. Shapes: x, y [batch, features]. At
/// -infinity it is 0.
///
///     Sequential net{Linear(2, 128, rng), SiLU(), Linear(128, 3, rng)};
struct SiLU : ShapePreserving {
  std::string describe() const { return "SiLU()"; }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    apply_curve<Curve::silu>(x, y);
  }

  template <class T>
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, SiLU&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    if (dx) apply_curve_derivative<Curve::silu>(x, dy, dx);  // dx = dy s (1 + x (1 - s)), s = 1 / (1 + exp(-x))
  }
};

}  // namespace mlp
