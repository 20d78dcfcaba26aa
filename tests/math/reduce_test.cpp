// SPDX-License-Identifier: MIT
#include <mlp/math/reduce.hpp>

#include <doctest/doctest.h>

#include "support/bits.hpp"
#include "support/each_isa.hpp"

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

TEST_CASE_TEMPLATE("rows of any number of columns are added in order, on every instruction set", T, float, double) {
  for (Index n = 1; n <= 140; ++n) {
    CAPTURE(n);
    const Matrix<T> x = Matrix<T>::Random(23, n + 2);
    RowVector<T> expected = RowVector<T>::Zero(n + 2);
    for (Index i = 0; i < 23; ++i) expected += x.row(i);
    expected(0) = expected(n + 1) = 5;
    testing::on_each_isa([&](const char* isa, auto kernels) {
      CAPTURE(isa);
      RowVector<T> sum = RowVector<T>::Constant(n + 2, 5);
      kernels.template sum_rows<T>(ConstMatrixView<T>(&x(0, 1), 23, n, n + 2), &sum(1));
      CHECK(testing::bitwise_equal(sum, expected));
    });
  }
}

TEST_CASE("threads change no bit of a sum of rows") {
  const Matrix<float> x = Matrix<float>::Random(400, 301);
  Matrix<float> alone(1, 301), shared(1, 301);
  set_num_threads(1);
  sum_rows<float>(x, view(alone));
  set_num_threads(3);
  sum_rows<float>(x, view(shared));
  set_num_threads(0);
  CHECK(testing::bitwise_equal(alone, shared));
}

TEST_CASE_TEMPLATE("squares of any number of columns are added, and nothing beside them", T, float, double) {
  for (Index n = 1; n <= 70; ++n) {
    CAPTURE(n);
    Matrix<T> x(3, n + 2);  // whole numbers, so that every order gives one sum
    for (Index i = 0; i < x.size(); ++i) x.data()[i] = static_cast<T>(i % 13 - 6);
    const double expected = x.middleCols(1, n).template cast<double>().squaredNorm();
    x.col(0).array() = x.col(n + 1).array() = T(1000);
    testing::on_each_isa([&](const char* isa, auto kernels) {
      CAPTURE(isa);
      CHECK(kernels.template sum_of_squares<T>(ConstMatrixView<T>(&x(0, 1), 3, n, n + 2)) == expected);
    });
    CHECK(sum_of_squares<T>(x.middleCols(1, n)) == expected);
  }
  CHECK(sum_of_squares<T>(Matrix<T>(0, 3)) == 0);
  CHECK(sum_of_squares<T>(Matrix<T>(3, 0)) == 0);
}

TEST_CASE_TEMPLATE("instruction sets and threads change no bit of a sum of squares", T, float, double) {
  const Matrix<T> x = Matrix<T>::Random(700, 301);
  double before = -1;
  testing::on_each_isa([&](const char* isa, auto kernels) {
    if (!testing::is_fused(isa)) return;
    const double sum = kernels.template sum_of_squares<T>(x);
    if (before >= 0) CHECK(testing::bits(sum) == testing::bits(before));
    before = sum;
  });
  for (const auto& part : {ConstMatrixView<T>(x), ConstMatrixView<T>(x.data(), 700, 300, 301)}) {
    set_num_threads(1);
    const double alone = sum_of_squares<T>(part);
    for (const int threads : {2, 3, 7}) {
      set_num_threads(threads);
      CHECK(testing::bits(sum_of_squares<T>(part)) == testing::bits(alone));
    }
  }
  set_num_threads(0);
}
