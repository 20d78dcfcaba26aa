// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/layers/layer.hpp>
#include <mlp/math/elementwise.hpp>

namespace mlp {

/// y = x, as torch.nn.Flatten. Samples are rows here from the start, so it does nothing but keep its place: what
/// follows it has the number that it has in a torch.nn.Sequential. Shapes: x, y [batch, features].
///
///     Sequential net{Flatten(), Linear(784, 10, rng)};   // "1.weight", "1.bias"
struct Flatten : ShapePreserving {
  std::string describe() const { return "Flatten()"; }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    apply(Activation::identity, x, y);
  }

  template <class T>
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, Flatten&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    if (dx) apply(Activation::identity, dy, dx);  // dx = dy
  }
};

}  // namespace mlp
