// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include <mlp/core/error.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/kernels.hpp>
#include <mlp/math/threads.hpp>

namespace mlp {

/// out_j = sum_i x_ij, or what `how` makes of it: the gradient of a bias. Shapes: x [batch, n], out [1, n]. Rows are
/// added in order, so the result is the same to the last bit whatever the number of threads. @throws ShapeError if
/// `out` is not [1, n].
template <class T>
void sum_rows(ConstMatrixView<T> x, MatrixView<T> out, const std::type_identity_t<Update<T>>& how = {}) {
  if (out.shape() != Shape{1, x.cols()}) throw ShapeError::expected("sum_rows", "out", {1, x.cols()}, out.shape());
  constexpr Index line = 64;  // so that two threads never write to one line of the cache
  detail::in_parts(x.size(), x.cols(), line, [&](Index first, Index count) {
    const T* const from = x.rows() == 0 ? out.data() : x.data();  // not read then, but an address
    const ConstMatrixView<T> columns(from + first, x.rows(), count, x.stride());
    detail::dispatch([&](auto kernels) { kernels.sum_rows(columns, out.data() + first, how); });
  });
}

}  // namespace mlp
