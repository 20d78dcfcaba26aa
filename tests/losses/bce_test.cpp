// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <span>
#include <vector>

#include <mlp/losses/bce.hpp>

#include "losses/loss_checks.hpp"

using namespace mlp;

TEST_CASE("BCELoss gives PyTorch's values and gradients, its cut at -100 included") {
  testing::check_all_stored("BCELoss", 41, [](const nlohmann::json&) { return BCELoss(); });
}

TEST_CASE("BCELoss is minus the log of the probability given to what was") {
  Matrix<double> y(1, 2);
  Matrix<double> target(1, 2);
  Matrix<double> dy(1, 2);
  y << 0.25, 0.5;
  target << 1, 0;
  CHECK(BCELoss()(y, target, dy) == doctest::Approx((std::log(4.0) + std::log(2.0)) / 2).epsilon(1e-15));
  CHECK(dy(0, 0) == doctest::Approx(-2).epsilon(1e-15));  // -1 / 0.25 / 2
  CHECK(dy(0, 1) == doctest::Approx(1).epsilon(1e-15));   //  1 / (1 - 0.5) / 2
  CHECK(BCELoss().describe() == "BCELoss()");
}

TEST_CASE("BCELoss does not lose a small probability of what was not") {
  const Matrix<double> y = Matrix<double>::Constant(1, 1, 1e-20);
  CHECK(BCELoss()(y, Matrix<double>::Zero(1, 1).eval()) == 1e-20);  // -log(1 - y) = y + ...
}

TEST_CASE("BCELoss has the gradient that differences give") {
  std::srand(7);
  for (const Index n : {1, 5}) {
    const Matrix<double> y = 0.5 + 0.4 * Matrix<double>::Random(n, 3).array();
    const Matrix<double> target = 0.5 + 0.5 * Matrix<double>::Random(n, 3).array();
    testing::check_numerical_gradient(BCELoss(), y, target);
    std::vector<double> weights{0.5, 0, 2, 1, 3};
    weights.resize(static_cast<std::size_t>(n));
    testing::check_numerical_gradient(BCELoss(), y, target, weights);
  }
}

TEST_CASE("BCELoss counts a sample as often as its weight says") {
  std::srand(8);
  const Matrix<double> y = 0.5 + 0.4 * Matrix<double>::Random(3, 2).array();
  const Matrix<double> target = 0.5 + 0.5 * Matrix<double>::Random(3, 2).array();
  testing::check_weights_count_samples(BCELoss(), y, target);
}

TEST_CASE("BCELoss is NaN with a gradient of 0 where all sample weights are 0") {
  const Matrix<double> y = Matrix<double>::Constant(2, 1, 0.5);
  Matrix<double> dy = Matrix<double>::Ones(2, 1);
  CHECK(std::isnan(BCELoss()(y, y, dy, std::vector<double>{0, 0})));
  CHECK(dy.isZero(0));
}

TEST_CASE("BCELoss reads and writes blocks of larger matrices") {
  std::srand(9);
  const Matrix<double> y = 0.5 + 0.4 * Matrix<double>::Random(4, 3).array();
  testing::check_blocks(BCELoss(), y, y);
}

TEST_CASE("BCELoss names what does not fit") {
  testing::check_target_errors("BCELoss", BCELoss());
  testing::check_probability_errors("BCELoss", BCELoss());
}

TEST_CASE("BCELoss refuses an input that is no probability, and lets a NaN through to the loss") {
  Matrix<float> y = Matrix<float>::Constant(3, 2, 0.5f);
  const Matrix<float> target = Matrix<float>::Ones(3, 2);
  y(2, 1) = 1.5f;
  CHECK_THROWS_WITH_AS(BCELoss()(y, target), "mlp::BCELoss: input of sample 2, output 1 must be in [0, 1], got 1.5",
                       ValueError);
  y(2, 1) = -1;
  CHECK_THROWS_WITH_AS(BCELoss()(y, target), "mlp::BCELoss: input of sample 2, output 1 must be in [0, 1], got -1",
                       ValueError);
  y(2, 1) = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(BCELoss()(y, target)));
}

TEST_CASE("BCELoss takes numbers of one type, never classes") {
  static_assert(Loss<BCELoss, float, ConstMatrixView<float>>);
  static_assert(Loss<BCELoss, double, ConstMatrixView<double>>);
  static_assert(!Loss<BCELoss, float, std::span<const int>>);
}
