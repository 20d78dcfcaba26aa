// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <concepts>
#include <cstdint>
#include <utility>

#include <mlp/core/buffer.hpp>
#include <mlp/core/view.hpp>

using namespace mlp;

namespace {

/// The 0 could be a null pointer.
template <class View>
concept takes_numbers = requires(void (&f)(View)) { f({0, 1, 2}); };

}  // namespace

TEST_CASE("a view points to the matrix it was made of") {
  Matrix<float> m(3, 2);
  m << 1, 2, 3, 4, 5, 6;
  MatrixView<float> v = m;
  CHECK(v.data() == m.data());
  CHECK(v.shape() == Shape{3, 2});
  v(2, 1) = 60;
  CHECK(m(2, 1) == 60);

  const MatrixView<float> middle = v.rows(1, 1);
  CHECK(middle.shape() == Shape{1, 2});
  CHECK(middle(0, 0) == 3);
}

TEST_CASE("a block of columns is viewed with its stride") {
  Matrix<double> m(3, 4);
  m << 0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23;
  const ConstMatrixView<double> v = m.middleCols(1, 2);
  CHECK(v.stride() == 4);
  CHECK(v(2, 0) == 21);
  CHECK(v.array().sum() == 1 + 2 + 11 + 12 + 21 + 22);
}

TEST_CASE("a column of a row-major matrix is a strided view of one column") {
  Matrix<double> m(3, 2);
  m << 1, 2, 3, 4, 5, 6;
  const ConstMatrixView<double> column = m.col(1);
  CHECK(column.shape() == Shape{3, 1});
  CHECK(column(2, 0) == 6);
  const Eigen::VectorXd v = Eigen::VectorXd::LinSpaced(4, 0, 3);
  const ConstMatrixView<double> from_vector = v;
  CHECK(from_vector.shape() == Shape{4, 1});
  CHECK(from_vector(3, 0) == 3);
}

TEST_CASE("what would need a copy or drop a const does not convert") {
  static_assert(std::convertible_to<Matrix<float>&, MatrixView<float>>);
  static_assert(std::convertible_to<const Matrix<float>&, ConstMatrixView<float>>);
  static_assert(std::convertible_to<MatrixView<float>, ConstMatrixView<float>>);
  static_assert(!std::convertible_to<Eigen::MatrixXf&, ConstMatrixView<float>>);      // column-major
  static_assert(!std::convertible_to<const Matrix<float>&, MatrixView<float>>);       // const
  static_assert(!std::convertible_to<Matrix<float>, MatrixView<float>>);              // dies before it is read
  static_assert(!std::convertible_to<Matrix<double>&, ConstMatrixView<float>>);       // another scalar
  static_assert(!std::convertible_to<ConstMatrixView<float>, MatrixView<float>>);
  static_assert(!takes_numbers<ConstMatrixView<float>>);
  static_assert(std::same_as<decltype(view(std::declval<const Matrix<float>&>())), ConstMatrixView<float>>);
  static_assert(std::same_as<decltype(view(std::declval<Matrix<float>&>())), MatrixView<float>>);
}

TEST_CASE("a buffer grows, never shrinks, and is aligned to a cache line") {
  Buffer<float> buffer;
  CHECK(!buffer.view());
  float* const first = buffer.resize(8, 4).data();
  CHECK(reinterpret_cast<std::uintptr_t>(first) % 64 == 0);
  CHECK(buffer.resize(2, 4).data() == first);
  CHECK(buffer.resize(8, 4).data() == first);
  CHECK(buffer.view().shape() == Shape{8, 4});
  const Buffer<float> copy = buffer;
  CHECK(!copy.view());
}

TEST_CASE("rows of a padded buffer begin at a cache line, but for short and long ones") {
  Buffer<float> buffer;
  const MatrixView<float> y = buffer.resize_padded({3, 20});
  CHECK(y.shape() == Shape{3, 20});
  for (Index i = 0; i < 3; ++i) CHECK(reinterpret_cast<std::uintptr_t>(y.row(i)) % 64 == 0);
  CHECK(y.stride() == 32);
  y.array() = 7;
  CHECK(buffer.view().stride() == 32);
  CHECK((buffer.view().array() == 7).all());
  CHECK(buffer.resize_padded({3, 32}).stride() == 32);
  CHECK(buffer.resize_padded({3, 9}).stride() == 16);
  CHECK(buffer.resize_padded({3, 8}).stride() == 8);
  CHECK(buffer.resize_padded({3, 500}).stride() == 512);
  CHECK(buffer.resize_padded({3, 520}).stride() == 520);
  CHECK(Buffer<double>().resize_padded({3, 5}).stride() == 8);
  CHECK(Buffer<double>().resize_padded({3, 4}).stride() == 4);

  Buffer<float> padded;
  float* const first = padded.resize_padded({3, 20}).data();
  CHECK(padded.resize(3, 32).data() == first);  // the gaps are its memory
  padded.resize_padded({2, 20});
  const Buffer<float> moved = std::move(padded);
  CHECK(moved.view().data() == first);
  CHECK(moved.view().stride() == 32);
}
