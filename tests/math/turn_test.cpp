// SPDX-License-Identifier: MIT
#include <mlp/math/turn.hpp>

#include <doctest/doctest.h>

#include <mlp/core/matrix.hpp>

#include "support/bits.hpp"

using namespace mlp;
using mlp::testing::bitwise_equal;

TEST_CASE_TEMPLATE("each of several matrices is transposed, wherever its rows lie", T, float, double) {
  for (const Index rows : {1, 3, 8, 17, 64})
    for (const Index cols : {1, 5, 16, 33}) {
      CAPTURE(rows);
      CAPTURE(cols);
      constexpr Index count = 4, gap = 3;
      const Matrix<T> memory = Matrix<T>::Random(count * rows, cols + gap);
      const ConstMatrixView<T> x(memory.data(), count * rows, cols, cols + gap);
      Matrix<T> result = Matrix<T>::Constant(count * cols, rows + gap, T(7));
      transpose_each(count, x, MatrixView<T>(result.data(), count * cols, rows, rows + gap));
      for (Index i = 0; i < count; ++i) {
        const Matrix<T> expected = memory.block(i * rows, 0, rows, cols).transpose();
        CHECK(bitwise_equal(Matrix<T>(result.block(i * cols, 0, cols, rows)), expected));
      }
      CHECK((result.rightCols(gap).array() == T(7)).all());
    }
}

TEST_CASE("what cannot be transposed is refused") {
  const Matrix<float> x(6, 4);
  Matrix<float> y(8, 3), narrow(8, 2);
  CHECK_NOTHROW(transpose_each(2, x, view(y)));
  CHECK_THROWS_WITH_AS(transpose_each(2, x, view(narrow)), "mlp::transpose_each: expected x [4, 4], got [6, 4]",
                       ShapeError);
  Matrix<float> high(9, 3);
  CHECK_THROWS_WITH_AS(transpose_each(2, x, view(high)), "mlp::transpose_each: expected y [8, 3], got [9, 3]",
                       ShapeError);
}
