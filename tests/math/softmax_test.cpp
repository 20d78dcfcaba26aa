// SPDX-License-Identifier: MIT
#include <mlp/math/softmax.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "support/bits.hpp"

using namespace mlp;

namespace {

template <class T>
void check_against_the_sums(double shift) {
  Matrix<T> x(3, 5), y(3, 5), log_y(3, 5);
  x << 0, 1, 2, 3, 4, -1, -1, -1, -1, -1, 0.5, -0.25, 8, -7, 0.125;
  x.array() += static_cast<T>(shift);
  softmax_rows<T>(x, view(y));
  log_softmax_rows<T>(x, view(log_y));
  const double epsilon = 8 * static_cast<double>(std::numeric_limits<T>::epsilon());
  for (Index i = 0; i < 3; ++i) {
    double sum = 0;
    for (Index j = 0; j < 5; ++j) sum += std::exp(static_cast<double>(x(i, j)) - shift);
    for (Index j = 0; j < 5; ++j) {
      const double expected = std::exp(static_cast<double>(x(i, j)) - shift) / sum;
      CHECK(std::abs(static_cast<double>(y(i, j)) - expected) <= epsilon * expected);
      const double log_expected = static_cast<double>(x(i, j)) - shift - std::log(sum);
      CHECK(std::abs(static_cast<double>(log_y(i, j)) - log_expected) <= epsilon * (1 + std::abs(log_expected)));
    }
  }
}

}  // namespace

TEST_CASE_TEMPLATE("softmax and its logarithm are the sums that define them, wherever the inputs lie", T, float,
                   double) {
  check_against_the_sums<T>(0);
  check_against_the_sums<T>(1024);
  check_against_the_sums<T>(-1024);
}

TEST_CASE_TEMPLATE("inputs of 10000 either way overflow nothing", T, float, double) {
  Matrix<T> x(2, 3), y(2, 3);
  x << 1e4, -1e4, 0, -1e4, -1e4, -1e4;
  softmax_rows<T>(x, view(y));
  CHECK(y(0, 0) == T(1));
  CHECK(std::abs(y(0, 1)) < T(1e-37));
  CHECK(y(1, 0) == doctest::Approx(1.0 / 3).epsilon(1e-6));
  log_softmax_rows<T>(x, view(y));
  CHECK(y(0, 0) == T(0));
  CHECK(y(0, 1) == T(-2e4));
  CHECK(y(0, 2) == T(-1e4));
  CHECK(y(1, 1) == doctest::Approx(-std::log(3)).epsilon(1e-6));
}

TEST_CASE_TEMPLATE("a NaN spreads over its row and no other", T, float, double) {
  for (Index where = 0; where < 9; ++where) {
    CAPTURE(where);
    Matrix<T> x = Matrix<T>::Zero(2, 9), y(2, 9);
    x(1, where) = std::numeric_limits<T>::quiet_NaN();
    softmax_rows<T>(x, view(y));
    CHECK((y.row(0).array() == T(1) / T(9)).all());
    CHECK(y.row(1).array().isNaN().all());
    log_softmax_rows<T>(x, view(y));
    CHECK(y.row(0).array().isFinite().all());
    CHECK(y.row(1).array().isNaN().all());
  }
}

TEST_CASE("an input of minus infinity has the probability 0") {
  Matrix<double> x(1, 3), y(1, 3);
  x << 0, -std::numeric_limits<double>::infinity(), 0;
  softmax_rows<double>(x, view(y));
  CHECK(y(0, 0) == 0.5);
  CHECK(std::abs(y(0, 1)) < 1e-300);
  log_softmax_rows<double>(x, view(y));
  CHECK(std::isinf(y(0, 1)));
}

TEST_CASE("the output may be the input, and rows may have a stride") {
  const Matrix<float> x = Matrix<float>::Random(6, 7);
  Matrix<float> apart(4, 5), log_apart(4, 5), whole = x;
  const ConstMatrixView<float> from(&x(1, 1), 4, 5, 7);
  const MatrixView<float> inside(&whole(1, 1), 4, 5, 7);
  softmax_rows(from, view(apart));
  softmax_rows<float>(inside, inside);
  CHECK(testing::bitwise_equal(inside, apart));
  CHECK(testing::bitwise_equal(whole.row(0), x.row(0)));
  CHECK(testing::bitwise_equal(whole.rightCols(1), x.rightCols(1)));
  whole = x;
  log_softmax_rows(from, view(log_apart));
  log_softmax_rows<float>(inside, inside);
  CHECK(testing::bitwise_equal(inside, log_apart));
}
