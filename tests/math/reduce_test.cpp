// SPDX-License-Identifier: MIT
#include <mlp/math/reduce.hpp>

#include <doctest/doctest.h>

using namespace mlp;

TEST_CASE("sum_rows adds the rows and overwrites what was there") {
  Matrix<double> x(3, 4), sum = Matrix<double>::Constant(1, 2, 1e9), expected(1, 2);
  x << 0, 1, 2, 0, 0, 10, 20, 0, 0, 100, 200, 0;
  expected << 111, 222;
  sum_rows<double>(x.middleCols(1, 2), view(sum));
  CHECK(sum == expected);
}

TEST_CASE("the sum of no rows is 0") {
  Matrix<double> sum = Matrix<double>::Constant(1, 2, 5);
  sum_rows<double>(Matrix<double>(0, 2), view(sum));
  CHECK(sum == Matrix<double>::Zero(1, 2));
}

TEST_CASE("sum_rows wants one row of the same width") {
  Matrix<double> x(3, 2), wide(1, 3), high(2, 2);
  CHECK_THROWS_WITH_AS(sum_rows<double>(x, view(wide)), "mlp::sum_rows: expected out [1, 2], got [1, 3]", ShapeError);
  CHECK_THROWS_WITH_AS(sum_rows<double>(x, view(high)), "mlp::sum_rows: expected out [1, 2], got [2, 2]", ShapeError);
}
