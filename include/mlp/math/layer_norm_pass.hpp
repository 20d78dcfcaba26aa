// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/core/view.hpp>

namespace mlp::detail {

/// y = (x - mean) r weight + bias over each row, r = 1 / sqrt(variance + eps). Shapes: x, y [batch, n], weight and bias
/// [1, n], statistics [batch, 2]: mean and r.
template <class T>
struct LayerNormForward {
  ConstMatrixView<T> x, weight, bias;
  T eps;
  MatrixView<T> y, statistics;

  LayerNormForward rows(Index first, Index count) const {
    return {x.rows(first, count), weight, bias, eps, y.rows(first, count), statistics.rows(first, count)};
  }
};

/// dL/dx into `dx` unless that is the view of nothing, and what each block of `block_rows` rows adds to dL/dweight and
/// dL/dbias into a row of `sums`, [blocks, 2 n].
template <class T>
struct LayerNormBackward {
  static constexpr Index block_rows = 32;  // of 1000 columns fit into a second-level cache

  ConstMatrixView<T> x, weight, statistics, dy;
  MatrixView<T> dx, sums;

  static Index blocks(Index rows) { return (rows + block_rows - 1) / block_rows; }
  LayerNormBackward part(Index first, Index count) const {
    const Index row = first * block_rows, left = x.rows() - row;
    const Index rows = left < count * block_rows ? left : count * block_rows;
    return {
        x.rows(row, rows),      weight, statistics.rows(row, rows), dy.rows(row, rows), dx ? dx.rows(row, rows) : dx,
        sums.rows(first, count)};
  }
};

}  // namespace mlp::detail
