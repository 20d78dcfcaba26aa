// SPDX-License-Identifier: MIT
#include <mlp/math/softmax.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "support/bits.hpp"
#include "support/each_isa.hpp"
#include "support/ulp.hpp"

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

TEST_CASE_TEMPLATE("rows of 1 to 40 columns on every instruction set: the sums, these columns only, the same bits", T,
                   float, double) {
  const Index batch = 37;  // no whole number of vectors
  for (Index n = 1; n <= 40; ++n) {
    CAPTURE(n);
    const Matrix<T> x = Matrix<T>::Random(batch + 2, n + 3) * T(6);
    const ConstMatrixView<T> inside(&x(1, 2), batch, n, n + 3);
    const Matrix<T> dy = Matrix<T>::Random(batch, n);
    Matrix<T> before;
    testing::on_each_isa([&](const char* isa, auto kernels) {
      CAPTURE(isa);
      for (const bool logarithm : {false, true}) {
        Matrix<T> out = x, dx(batch, n);
        const MatrixView<T> y(&out(1, 2), batch, n, n + 3);
        kernels.template softmax<T>(y, y, logarithm);
        kernels.template softmax_backward<T>(y, dy, view(dx), logarithm);
        double worst = 0, worst_dx = 0;
        for (Index i = 0; i < batch; ++i) {
          long double sum = 0, dot = 0;
          for (Index j = 0; j < n; ++j) sum += std::exp(static_cast<long double>(inside(i, j)));
          const auto p = [&](Index j) { return std::exp(static_cast<long double>(inside(i, j))) / sum; };
          for (Index j = 0; j < n; ++j) dot += dy(i, j) * (logarithm ? 1 : p(j));
          for (Index j = 0; j < n; ++j) {
            const long double expected = logarithm ? std::log(p(j)) : p(j);
            const long double scale = logarithm ? 1 + std::abs(expected) : expected;
            worst = std::max(worst, static_cast<double>(std::abs(y(i, j) - expected) / scale));
            const long double slope = logarithm ? dy(i, j) - p(j) * dot : p(j) * (dy(i, j) - dot);
            worst_dx = std::max(worst_dx, static_cast<double>(std::abs(dx(i, j) - slope)));
          }
        }
        // x - m is rounded, up to 12 units of 1, the rest a unit each; slopes add up to 40 terms of size 1
        CHECK(worst <= 12 * static_cast<double>(std::numeric_limits<T>::epsilon()));
        CHECK(worst_dx <= 40 * static_cast<double>(std::numeric_limits<T>::epsilon()));
        out.block(1, 2, batch, n) = x.block(1, 2, batch, n);
        CHECK(testing::bitwise_equal(out, x));
        if (!testing::is_fused(isa)) continue;
        kernels.template softmax<T>(inside, y, logarithm);
        Matrix<T> both = Matrix<T>::Zero(batch, 4 * n);
        if (before.size() != 0) both = before;
        both.middleCols(logarithm ? n : 0, n) = y.matrix();
        both.middleCols(logarithm ? 3 * n : 2 * n, n) = dx;
        if (isa == std::string("avx512")) CHECK(testing::bitwise_equal(both, before));
        before = both;
      }
    });
  }
}

TEST_CASE_TEMPLATE("the logarithms of sums of 1 to 40 exponents and the loss of one label, on every instruction set", T,
                   float, double) {
  using Exact = std::conditional_t<std::is_same_v<T, float>, double, long double>;
  constexpr Index batch = 37;
  constexpr Exact epsilon = std::numeric_limits<T>::epsilon();
  double worst = 0;
  for (Index n = 1; n <= 40; ++n) {
    CAPTURE(n);
    const Exact rounding = static_cast<Exact>(n) * Exact(0x1p-53);  // of a sum in double precision, which is at least 1
    Matrix<T> x = Matrix<T>::Random(batch, n + 2) * T(6);
    x.row(3).setConstant(T(0.7));                   // log n
    x.row(4).setConstant(-80).coeffRef(n / 2) = 1;  // as good as 0
    std::vector<int> labels(batch);
    std::vector<T> scales(batch);
    for (Index i = 0; i < batch; ++i) {
      labels[static_cast<std::size_t>(i)] = i % 5 == 2 ? (i % 2 == 0 ? -100 : 255) : static_cast<int>(i % n);
      scales[static_cast<std::size_t>(i)] = i % 5 == 2 ? T(0) : T(0.25) * static_cast<T>(i % 3 + 1);
    }
    const ConstMatrixView<T> inside(&x(0, 1), batch, n, n + 2);
    Matrix<T> before;
    testing::on_each_isa([&](const char* isa, auto kernels) {
      CAPTURE(isa);
      Matrix<T> p(batch, n), out = Matrix<T>::Constant(batch, n + 2, 9);
      std::vector<T> m(batch);
      std::vector<double> losses(batch), log_sums(batch), again(batch), alone(batch);
      const MatrixView<T> dx(&out(0, 1), batch, n, n + 2);
      const std::vector<int> none(batch, -1);
      const std::vector<T> ones(batch, T(1));
      kernels.template cross_entropy<T>(inside, none.data(), ones.data(), view(p), log_sums.data(), m.data());
      kernels.template cross_entropy<T>(inside, none.data(), ones.data(), {}, again.data(), nullptr);
      kernels.template cross_entropy<T>(inside, labels.data(), scales.data(), dx, losses.data(), nullptr);
      kernels.template cross_entropy<T>(inside, labels.data(), scales.data(), {}, alone.data(), nullptr);
      CHECK(again == log_sums);
      CHECK(alone == losses);
      CHECK((out.col(0).array() == 9).all());
      CHECK((out.col(n + 1).array() == 9).all());
      for (Index i = 0; i < batch; ++i) {
        const auto at = static_cast<std::size_t>(i);
        REQUIRE(m[at] == inside.matrix().row(i).maxCoeff());
        Exact others = 0;  // the sum is 1 and these
        Index most = 0;
        inside.matrix().row(i).maxCoeff(&most);
        for (Index j = 0; j < n; ++j) others += j == most ? 0 : std::exp(static_cast<Exact>(inside(i, j) - m[at]));
        const T log_sum = static_cast<T>(log_sums[at]);
        const Exact exact_log = std::log1p(others), error = std::abs(log_sum - exact_log);
        if (error > rounding) worst = std::max(worst, testing::ulps(log_sum, exact_log));
        if (labels[at] < 0 || labels[at] >= n) REQUIRE(losses[at] == log_sums[at]);
        for (Index j = 0; j < n; ++j) {
          const Exact exact = std::exp(static_cast<Exact>(inside(i, j) - m[at])) / (1 + others);
          REQUIRE(std::abs(p(i, j) - exact) <= exact * (2 * epsilon + rounding));
          const bool is_label = labels[at] == j;
          REQUIRE(dx(i, j) == scales[at] * (is_label ? p(i, j) - 1 : p(i, j)));
          if (is_label) REQUIRE(losses[at] == static_cast<double>(log_sum - (inside(i, j) - m[at])));
        }
      }
      Matrix<T> in_place = inside.matrix();
      kernels.template cross_entropy<T>(view(in_place), labels.data(), scales.data(), view(in_place), again.data(),
                                        nullptr);
      CHECK(again == losses);
      CHECK(testing::bitwise_equal(in_place, dx.matrix().eval()));
      Matrix<T> all(batch, n + 2);
      for (Index i = 0; i < batch; ++i) all(i, 0) = static_cast<T>(log_sums[static_cast<std::size_t>(i)]);
      all.col(1) = out.col(1);
      all.rightCols(n) = p;
      if (isa == std::string("avx512")) CHECK(testing::bitwise_equal(all, before));
      before = all;
    });
  }
  CAPTURE(worst);
  CHECK(worst <= 3);  // an exponent, 1 + f and the logarithm are rounded
}

TEST_CASE("threads change no bit of a softmax") {
  const Matrix<float> x = Matrix<float>::Random(12001, 10);
  Matrix<float> alone(12001, 10), shared(12001, 10);
  set_num_threads(1);
  softmax_rows<float>(x, view(alone));
  set_num_threads(3);
  softmax_rows<float>(x, view(shared));
  set_num_threads(0);
  CHECK(testing::bitwise_equal(alone, shared));
}

TEST_CASE("rows of another shape are refused before anything is written") {
  const Matrix<float> x = Matrix<float>::Zero(4, 6);
  Matrix<float> narrow = Matrix<float>::Ones(4, 5), low = Matrix<float>::Ones(3, 6), y(4, 6);
  CHECK_THROWS_WITH_AS(softmax_rows<float>(x, narrow), "mlp::softmax_rows: expected y [4, 6], got [4, 5]", ShapeError);
  CHECK_THROWS_WITH_AS(log_softmax_rows<float>(x, low), "mlp::log_softmax_rows: expected y [4, 6], got [3, 6]",
                       ShapeError);
  CHECK_THROWS_WITH_AS(softmax_rows_backward<float>(x, narrow, y),
                       "mlp::softmax_rows_backward: expected dy [4, 6], got [4, 5]", ShapeError);
  CHECK_THROWS_WITH_AS(log_softmax_rows_backward<float>(x, x, low),
                       "mlp::log_softmax_rows_backward: expected dx [4, 6], got [3, 6]", ShapeError);
  CHECK(narrow == Matrix<float>::Ones(4, 5));
  CHECK(low == Matrix<float>::Ones(3, 6));
}
