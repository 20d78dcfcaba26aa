// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/layers/layer.hpp>
#include <mlp/math/elementwise.hpp>

namespace mlp {

/// y = x, as torch.nn.Identity: keeps a place in a model. Shapes: x, y [batch, features].
///
///     Sequential net{Linear(2, 16, rng), Identity(), Linear(16, 1, rng)};
struct Identity : ShapePreserving {
  std::string describe() const { return "Identity()"; }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    apply(Activation::identity, x, y);
  }

  template <class T>
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, Identity&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    if (dx) apply(Activation::identity, dy, dx);  // dx = dy
  }
};

}  // namespace mlp
