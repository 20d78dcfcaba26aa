// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/core/error.hpp>
#include <mlp/core/view.hpp>

namespace mlp {

/// out_j = sum_i x_ij: the gradient of a bias. Shapes: x [batch, n], out [1, n]. Rows are added in order, so the result
/// is the same to the last bit whatever the number of threads. @throws ShapeError if `out` is not [1, n].
template <class T>
void sum_rows(ConstMatrixView<T> x, MatrixView<T> out) {
  if (out.shape() != Shape{1, x.cols()}) throw ShapeError::expected("sum_rows", "out", {1, x.cols()}, out.shape());
  out.array().setZero();
  for (Index i = 0; i < x.rows(); ++i) out.array() += x.rows(i, 1).array();
}

}  // namespace mlp
