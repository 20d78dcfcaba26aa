// SPDX-License-Identifier: MIT
#include <mlp/math/elementwise.hpp>

#include <doctest/doctest.h>

using namespace mlp;

TEST_CASE("transform applies a function to every element, in rows with a stride, in place too") {
  Matrix<float> a(2, 3), b(2, 3), whole = Matrix<float>::Constant(4, 5, 9);
  a << 1, -2, 3, -4, 5, -6;
  b << 10, 20, 30, 40, 50, 60;
  const MatrixView<float> inside(&whole(1, 1), 2, 3, 5);
  transform<float>(
      inside, [](float x, float y) { return x < 0 ? y : x; }, ConstMatrixView<float>(a), ConstMatrixView<float>(b));
  Matrix<float> expected = Matrix<float>::Constant(4, 5, 9);
  expected.block(1, 1, 2, 3) << 1, 20, 3, 40, 5, 60;
  CHECK(whole == expected);
  transform<float>(
      inside, [](float x) { return -x; }, inside);
  expected.block(1, 1, 2, 3) *= -1;
  CHECK(whole == expected);
}
