// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <mlp/core/view.hpp>

namespace mlp {

/// y_j = x_j - m - log sum_k exp(x_k - m) over each row, m its largest element: no exponent overflows.
/// Shapes: x, y [batch, classes]. `y` may be `x` itself.
template <class T>
void log_softmax_rows(ConstMatrixView<T> x, MatrixView<T> y) {
  for (Index i = 0; i < x.rows(); ++i) {
    const auto in = x.rows(i, 1).array();
    auto out = y.rows(i, 1).array();
    out = in - in.maxCoeff();
    out -= std::log(out.exp().sum());
  }
}

/// y_j = exp(x_j - m) / sum_k exp(x_k - m) over each row. Shapes as above.
template <class T>
void softmax_rows(ConstMatrixView<T> x, MatrixView<T> y) {
  for (Index i = 0; i < x.rows(); ++i) {
    const auto in = x.rows(i, 1).array();
    auto out = y.rows(i, 1).array();
    out = (in - in.maxCoeff()).exp();
    out /= out.sum();
  }
}

}  // namespace mlp
