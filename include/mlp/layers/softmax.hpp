// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/layers/layer.hpp>
#include <mlp/math/softmax.hpp>

namespace mlp {

/// y_j = exp(x_j) / sum_k exp(x_k) over each row, as torch.nn.Softmax(dim=1). Shapes: x, y [batch, classes].
///
/// To train a classifier give the logits to CrossEntropyLoss instead: it holds where a probability rounds to 0.
///
///     Sequential probabilities{Linear(2, 3, rng), Softmax()};
struct Softmax : ShapePreserving {
  std::string describe() const { return "Softmax()"; }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    softmax_rows(x, y);
  }

  template <class T>
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, Softmax&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    if (dx) softmax_rows_backward(y, dy, dx);  // dx = y (dy - sum_k dy_k y_k)
  }
};

}  // namespace mlp
