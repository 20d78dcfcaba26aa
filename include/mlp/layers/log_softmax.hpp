// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/layers/layer.hpp>
#include <mlp/math/softmax.hpp>

namespace mlp {

/// y_j = x_j - log sum_k exp(x_k) over each row, as torch.nn.LogSoftmax(dim=1). Shapes: x, y [batch, classes].
///
///     Sequential log_probabilities{Linear(2, 3, rng), LogSoftmax()};
struct LogSoftmax : ShapePreserving {
  std::string describe() const { return "LogSoftmax()"; }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    log_softmax_rows(x, y);
  }

  template <class T>
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, LogSoftmax&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    if (dx) log_softmax_rows_backward(y, dy, dx);  // dx = dy - exp(y) sum_k dy_k
  }
};

}  // namespace mlp
