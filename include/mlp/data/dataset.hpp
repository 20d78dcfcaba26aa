// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <mlp/core/error.hpp>
#include <mlp/core/function_ref.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/threads.hpp>

namespace mlp {

namespace detail {
template <class Derived>
void take_expression(const Eigen::EigenBase<Derived>&);
template <class M>
concept EigenExpression = requires(const M& m) {
  take_expression(m);
};

/// M, or the matrix that a block, a vector or another expression of Eigen becomes.
template <class M>
struct Stored {
  using type = M;
};
template <EigenExpression M>
struct Stored<M> {
  using type = Matrix<typename M::Scalar>;
};
}  // namespace detail

/// Samples and their targets. `x` holds one sample a row: a `Matrix<T>` or a `ByteMatrix`. `y` is a `Matrix<T>`
/// [n, targets] for regression, `Labels` (n of them) for classes. `weights` say how much each sample counts in losses
/// and metrics: none, or n numbers of at least 0. Blocks and vectors of Eigen become matrices.
///
///     Dataset spirals{points, labels};
///     Dataset cars{table.leftCols(9), table.rightCols(1)};
template <class X, class Y>
struct Dataset {
  X x;
  Y y;
  std::vector<double> weights = {};

  Index size() const { return x.rows(); }
};
template <class X, class Y>
Dataset(X, Y) -> Dataset<typename detail::Stored<X>::type, typename detail::Stored<Y>::type>;
template <class X, class Y>
Dataset(X, Y, std::vector<double>) -> Dataset<typename detail::Stored<X>::type, typename detail::Stored<Y>::type>;

/// Samples of one byte a feature, such as pixels: a batch becomes scale * byte + shift when it is gathered, so that a
/// set of images takes a quarter of the memory of its floats.
///
///     Dataset faces{ByteMatrix{folder.pixels, 1 / 127.5, -1}, folder.labels};   // [0, 255] to [-1, 1]
struct ByteMatrix {
  Matrix<std::uint8_t> bytes;
  double scale = 1;
  double shift = 0;

  Index rows() const { return bytes.rows(); }
  Index cols() const { return bytes.cols(); }
};

namespace detail {

/// Calls `f(to, from)` for the place and the number of each row, on several threads where that is worth it.
inline void for_each_row(std::span<const Index> rows, Index cols, FunctionRef<void(Index, Index)> f) {
  constexpr Index elements_a_task = Index{1} << 15;
  const Index count = static_cast<Index>(rows.size());
  const Index rows_a_task = elements_a_task / std::max<Index>(cols, 1) + 1;
  const auto task = [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) f(i, rows[static_cast<std::size_t>(i)]);
  };
  if (count <= rows_a_task) return task(0, count);
  parallel_for((count + rows_a_task - 1) / rows_a_task,
               [&](Index t) { task(t * rows_a_task, std::min((t + 1) * rows_a_task, count)); });
}

/// to_j = scale * byte_j + shift, j = 0 .. n-1.
template <class T>
void scale_bytes(const std::uint8_t* bytes, Index n, T scale, T shift, T* to) {
  const auto number = [=](std::uint8_t byte) {
    const T product = static_cast<T>(byte) * scale;  // rounded, where clang++ would fuse it with the sum
    return product + shift;
  };
  // Blocks of a fixed size, copied because for all that compilers know `to` overlaps them, become vectors with g++ at
  // -O2, too.
  constexpr Index block = 16;
  for (; n >= block; n -= block, bytes += block, to += block) {
    std::uint8_t copy[block];
    std::memcpy(copy, bytes, block);
    for (Index j = 0; j < block; ++j) to[j] = number(copy[j]);
  }
  for (Index j = 0; j < n; ++j) to[j] = number(bytes[j]);
}

}  // namespace detail

/// Copies the rows `rows` of `from` to `to` [rows, from.cols()].
template <class T>
void gather(std::type_identity_t<ConstMatrixView<T>> from, std::span<const Index> rows, MatrixView<T> to) {
  detail::for_each_row(rows, from.cols(),
                       [&](Index i, Index row) { std::copy_n(from.row(row), from.cols(), to.row(i)); });
}
template <class T>
void gather(const ByteMatrix& from, std::span<const Index> rows, MatrixView<T> to) {
  const T scale = static_cast<T>(from.scale);
  const T shift = static_cast<T>(from.shift);
  detail::for_each_row(rows, from.cols(), [&](Index i, Index row) {
    detail::scale_bytes(from.bytes.data() + row * from.cols(), from.cols(), scale, shift, to.row(i));
  });
}
inline void gather(std::span<const int> from, std::span<const Index> indices, std::span<int> to) {
  std::size_t i = 0;
  for (const Index row : indices) to[i++] = from[static_cast<std::size_t>(row)];
}

namespace detail {

template <class T>
Index sample_count(const Matrix<T>& m) {
  return m.rows();
}
template <class T>
Index sample_count(const std::vector<T>& values) {
  return static_cast<Index>(values.size());
}

/// @throws ShapeError `mlp::subset: expected 32 targets, one a sample, got 31`, `... weights, one a sample or none, got
/// 31`
template <class X, class Y>
void require_one_each(std::string_view who, const Dataset<X, Y>& data) {
  const auto fail = [&](const char* what, Index got) {
    throw ShapeError("mlp::" + std::string(who) + ": expected " + std::to_string(data.size()) + what + ", got " +
                     std::to_string(got));
  };
  const Index targets = sample_count(data.y);
  const Index weights = sample_count(data.weights);
  if (targets != data.size()) fail(" targets, one a sample", targets);
  if (weights != data.size() && weights != 0) fail(" weights, one a sample or none", weights);
}

template <class T>
Matrix<T> select(const Matrix<T>& from, std::span<const Index> rows) {
  Matrix<T> to(static_cast<Index>(rows.size()), from.cols());
  gather(from, rows, MatrixView<T>(to));
  return to;
}
inline ByteMatrix select(const ByteMatrix& from, std::span<const Index> rows) {
  return {select(from.bytes, rows), from.scale, from.shift};
}
template <class T>
std::vector<T> select(const std::vector<T>& from, std::span<const Index> rows) {
  std::vector<T> to;
  to.reserve(rows.size());
  for (const Index row : rows) to.push_back(from[static_cast<std::size_t>(row)]);
  return to;
}

}  // namespace detail

/// These samples, in this order, with their targets and weights. A row may come twice.
///
///     Dataset first_two = subset(data, std::vector<Index>{0, 1});
///
/// @throws ValueError `mlp::subset: expected rows in [0, 300), got 300`; ShapeError where x, y and weights are not of
/// one length
template <class X, class Y>
Dataset<X, Y> subset(const Dataset<X, Y>& data, std::span<const Index> rows) {
  detail::require_one_each("subset", data);
  for (const Index row : rows)
    if (row < 0 || row >= data.size())
      throw ValueError("mlp::subset: expected rows in [0, " + std::to_string(data.size()) + "), got " +
                       std::to_string(row));
  return {detail::select(data.x, rows), detail::select(data.y, rows),
          data.weights.empty() ? std::vector<double>() : detail::select(data.weights, rows)};
}

}  // namespace mlp
