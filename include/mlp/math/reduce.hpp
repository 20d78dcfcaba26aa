// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <type_traits>

#include <mlp/core/error.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/kernels.hpp>
#include <mlp/math/threads.hpp>

namespace mlp {

/// out_j = sum_i x_ij, or what `how` makes of it: the gradient of a bias. Shapes: x [batch, n], out [1, n]. Rows are
/// added in order, so the result is the same to the last bit whatever the number of threads.
///
///     sum_rows<float>(dy, db);   // dy [32, 10], db [1, 10]
///
/// @throws ShapeError `mlp::sum_rows: expected out [1, 10], got [1, 9]`
template <class T>
void sum_rows(ConstMatrixView<T> x, MatrixView<T> out, const std::type_identity_t<Update<T>>& how = {}) {
  detail::check_shape("sum_rows", "out", {1, x.cols()}, out.shape());
  constexpr Index line = 64;  // so that two threads never write to one line of the cache
  detail::in_parts(x.size(), x.cols(), line, [&](Index first, Index count) {
    const T* const from = x.rows() == 0 ? out.data() : x.data();  // not read then, but an address
    const ConstMatrixView<T> columns(from + first, x.rows(), count, x.stride());
    detail::dispatch([&](auto kernels) { kernels.sum_rows(columns, out.data() + first, how); });
  });
}

/// The sum of the squares of all elements, in double. The same to the last bit whatever the number of threads: they add
/// up at most 64 parts, which depend on the shape and on whether rows have gaps.
///
///     std::sqrt(sum_of_squares<float>(g))   // the length of g
template <class T>
double sum_of_squares(std::type_identity_t<ConstMatrixView<T>> x) {
  if (x.stride() == x.cols()) x = {x.data(), 1, x.size()};
  constexpr Index parts = 64;
  double sums[parts] = {};
  const bool by_columns = x.rows() == 1;
  const Index length = by_columns ? x.cols() : x.rows();
  const Index line = by_columns ? 64 : 1;  // whole vectors
  const Index each = ((length + parts - 1) / parts + line - 1) / line * line;
  if (each == 0) return 0;
  detail::in_parts(x.size(), (length + each - 1) / each, 1, [&](Index first, Index count) {
    for (Index part = first; part < first + count; ++part) {
      const Index from = part * each, size = std::min(each, length - from);
      const ConstMatrixView<T> piece = by_columns ? ConstMatrixView<T>(x.data() + from, 1, size) : x.rows(from, size);
      sums[part] = detail::dispatch([&](auto kernels) { return kernels.sum_of_squares(piece); });
    }
  });
  double sum = 0;
  for (const double part : sums) sum += part;
  return sum;
}

}  // namespace mlp
