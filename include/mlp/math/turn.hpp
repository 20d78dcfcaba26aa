// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <type_traits>

#include <mlp/core/error.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/kernels.hpp>
#include <mlp/math/threads.hpp>

namespace mlp {

/// y = x^T for each of `count` matrices [rows, cols] that lie one after the other: x [count * rows, cols],
/// y [count * cols, rows]. They must not overlap.
///
///     transpose_each(64, x, y);   // 64 samples of tokens by channels become channels by tokens
///
/// @throws ShapeError where the shapes are not these.
template <class T>
void transpose_each(Index count, std::type_identity_t<ConstMatrixView<T>> x, MatrixView<T> y) {
  const Index rows = y.cols(), cols = x.cols();
  if (x.rows() != count * rows) throw ShapeError::expected("transpose_each", "x", {count * rows, cols}, x.shape());
  if (y.rows() != count * cols) throw ShapeError::expected("transpose_each", "y", {count * cols, rows}, y.shape());
  detail::in_parts(x.size(), count, 1, [&](Index first, Index part) {
    detail::dispatch([&](auto kernels) {
      for (Index i = first; i < first + part; ++i) kernels.turn(x.rows(i * rows, rows), y.rows(i * cols, cols));
    });
  });
}

}  // namespace mlp
