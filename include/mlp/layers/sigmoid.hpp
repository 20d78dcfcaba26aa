// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/layers/layer.hpp>
#include <mlp/math/elementwise.hpp>

namespace mlp {

/// y = 1 / (1 + exp(-x)), element by element, as torch.nn.Sigmoid. Shapes: x, y [batch, features].
///
/// To train a classifier give the logits to BCEWithLogitsLoss instead: it stays exact where y rounds to 0 or 1.
///
///     Sequential net{Linear(2, 16, rng), Sigmoid(), Linear(16, 1, rng)};
struct Sigmoid : ShapePreserving {
  static constexpr Activation activation = Activation::sigmoid;

  std::string describe() const { return "Sigmoid()"; }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    apply(Activation::sigmoid, x, y);
  }

  template <class T>
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, Sigmoid&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    if (dx) apply_derivative(Activation::sigmoid, y, dy, dx);  // dx = dy y (1 - y)
  }
};

}  // namespace mlp
