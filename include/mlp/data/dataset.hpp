// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <vector>

#include <mlp/core/error.hpp>
#include <mlp/core/view.hpp>

namespace mlp {

/// Samples and their targets. `x` holds one sample a row: a `Matrix<T>` or a `ByteMatrix`. `y` is a `Matrix<T>`
/// [n, targets] for regression, `Labels` (n of them) for classes.
///
///     Dataset spirals{points, labels};
template <class X, class Y>
struct Dataset {
  X x;
  Y y;

  Index size() const { return x.rows(); }
};

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

/// Copies the rows `indices` of `from` to `to` [indices, from.cols()].
template <class T>
void gather(std::type_identity_t<ConstMatrixView<T>> from, std::span<const Index> indices, MatrixView<T> to) {
  Index i = 0;
  for (const Index row : indices) to.rows(i++, 1).array() = from.rows(row, 1).array();
}
template <class T>
void gather(const ByteMatrix& from, std::span<const Index> indices, MatrixView<T> to) {
  const T scale = static_cast<T>(from.scale);
  const T shift = static_cast<T>(from.shift);
  Index i = 0;
  for (const Index row : indices)
    to.rows(i++, 1).array() = from.bytes.row(row).array().template cast<T>() * scale + shift;
}
inline void gather(std::span<const int> from, std::span<const Index> indices, std::span<int> to) {
  std::size_t i = 0;
  for (const Index row : indices) to[i++] = from[static_cast<std::size_t>(row)];
}

}  // namespace mlp
