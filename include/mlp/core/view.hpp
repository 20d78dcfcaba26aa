// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <type_traits>

#include <mlp/core/matrix.hpp>
#include <mlp/core/shape.hpp>

namespace mlp {

template <class T>
class MatrixView;

namespace detail {

template <class M>
concept EigenDense = requires { typename std::remove_cvref_t<M>::PlainObject; } &&
                     std::derived_from<std::remove_cvref_t<M>, Eigen::DenseBase<std::remove_cvref_t<M>>>;

/// Memory that a row-major view can point to: rows of adjacent elements, or a column vector of any stride.
template <class M>
concept RowMajorMemory =
    EigenDense<M> && bool(std::remove_cvref_t<M>::Flags & Eigen::DirectAccessBit) &&
    (std::remove_cvref_t<M>::ColsAtCompileTime == 1 ||
     (bool(std::remove_cvref_t<M>::IsRowMajor) && std::remove_cvref_t<M>::InnerStrideAtCompileTime == 1));

template <class M>
inline constexpr bool is_view = false;
template <class T>
inline constexpr bool is_view<MatrixView<T>> = true;

/// A plain matrix that is about to die may be read through a view, never written.
template <class M>
inline constexpr bool is_writable =
    !std::is_const_v<std::remove_reference_t<M>> &&
    (std::is_lvalue_reference_v<M> ||
     !std::is_same_v<std::remove_cvref_t<M>, typename std::remove_cvref_t<M>::PlainObject>)&&bool(
        std::remove_cvref_t<M>::Flags & Eigen::LvalueBit);

}  // namespace detail

/// A pointer to a row-major matrix of somebody else: `[rows, cols]`, rows `stride` elements apart.
///
/// Copying a view copies the pointer. A matrix, a map or a block of rows converts to a view without a copy; a
/// column-major matrix does not convert, so no argument is ever transposed behind your back. `MatrixView<const T>`
/// only reads.
///
///     Matrix<float> m(4, 3);
///     MatrixView<float> rows = view(m).rows(1, 2);   // rows 1 and 2 of m
///     rows.array() = 0.0f;
template <class T>
class MatrixView {
 public:
  using Scalar = std::remove_const_t<T>;
  using Plain = std::conditional_t<std::is_const_v<T>, const mlp::Matrix<Scalar>, mlp::Matrix<Scalar>>;
  using PlainArray = Eigen::Array<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Map = Eigen::Map<Plain, Eigen::Unaligned, Eigen::OuterStride<>>;
  using ArrayMap = Eigen::Map<std::conditional_t<std::is_const_v<T>, const PlainArray, PlainArray>, Eigen::Unaligned,
                              Eigen::OuterStride<>>;

  /// The view of nothing: `false` as a condition.
  MatrixView() = default;

  MatrixView(T* data, Index rows, Index cols) : MatrixView(data, rows, cols, cols) {}
  /// So that the numbers `{0, 1, 2}` are not taken for a pointer and two sizes.
  MatrixView(std::nullptr_t, Index, Index) = delete;
  MatrixView(T* data, Index rows, Index cols, Index stride) : data_(data), rows_(rows), cols_(cols), stride_(stride) {}

  /// Views a row-major Eigen object.
  template <class M>
    requires(detail::RowMajorMemory<M> && std::same_as<typename std::remove_cvref_t<M>::Scalar, Scalar> &&
             (std::is_const_v<T> || detail::is_writable<M>))
  MatrixView(M&& m)  // NOLINT: implicit on purpose
      : MatrixView(m.data(), m.rows(), m.cols(),
                   std::remove_cvref_t<M>::ColsAtCompileTime == 1 ? m.innerStride() : m.outerStride()) {}

  /// A view that writes is also a view that reads.
  operator MatrixView<const Scalar>() const  // NOLINT: implicit on purpose
    requires(!std::is_const_v<T>)
  {
    return {data_, rows_, cols_, stride_};
  }

  T* data() const { return data_; }
  Index rows() const { return rows_; }
  Index cols() const { return cols_; }
  Index size() const { return rows_ * cols_; }
  /// Elements from the start of one row to the start of the next.
  Index stride() const { return stride_; }
  Shape shape() const { return {rows_, cols_}; }
  explicit operator bool() const { return data_ != nullptr; }

  T& operator()(Index row, Index col) const { return data_[row * stride_ + col]; }
  T* row(Index index) const { return data_ + index * stride_; }

  /// The `count` rows from `first` on: a mini-batch without a copy.
  MatrixView rows(Index first, Index count) const { return {row(first), count, cols_, stride_}; }

  /// As an Eigen matrix, for products, and as an Eigen array, for element-wise work.
  Map matrix() const { return Map(data_, rows_, cols_, Eigen::OuterStride<>(stride_)); }
  ArrayMap array() const { return ArrayMap(data_, rows_, cols_, Eigen::OuterStride<>(stride_)); }

 private:
  T* data_ = nullptr;
  Index rows_ = 0;
  Index cols_ = 0;
  Index stride_ = 0;
};

template <class T>
using ConstMatrixView = MatrixView<const T>;

/// What a view can be made of, and the type of its elements.
template <class M>
concept MatrixLike = detail::RowMajorMemory<M> || detail::is_view<std::remove_cvref_t<M>>;
template <class M>
using ScalarOf = typename std::remove_cvref_t<M>::Scalar;

/// The view of a matrix: of its elements if it may be written, else of constants.
///
///     gemm_nt(x, view(weight), y);
template <class T>
MatrixView<T> view(MatrixView<T> m) {
  return m;
}
template <class M>
  requires detail::RowMajorMemory<M>
auto view(M&& m) {
  using Scalar = ScalarOf<M>;
  return MatrixView<std::conditional_t<detail::is_writable<M>, Scalar, const Scalar>>(m);
}

namespace detail {

/// m_ij = value: `m.array() = value` without the many types of Eigen that the compiler builds for it.
template <class T>
void fill(MatrixView<T> m, std::type_identity_t<T> value) {
  for (Index i = 0; i < m.rows(); ++i) std::fill_n(m.row(i), m.cols(), value);
}

}  // namespace detail

}  // namespace mlp
