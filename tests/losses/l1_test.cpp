// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <span>
#include <vector>

#include <mlp/losses/l1.hpp>

#include "losses/loss_checks.hpp"

using namespace mlp;

TEST_CASE("L1Loss gives PyTorch's values and gradients") {
  testing::check_all_stored("L1Loss", 11, [](const nlohmann::json&) { return L1Loss(); });
}

TEST_CASE("L1Loss is the mean distance of all elements, flat where they are equal") {
  Matrix<double> y(2, 2);
  Matrix<double> target(2, 2);
  Matrix<double> dy(2, 2);
  y << 1, 2, 3, 4;
  target << 1, 0, 0, 8;
  CHECK(L1Loss()(y, target, dy) == (0 + 2 + 3 + 4) / 4.0);
  Matrix<double> expected(2, 2);
  expected << 0, 0.25, 0.25, -0.25;  // sign(y - t) / 4
  CHECK(dy == expected);
  CHECK(L1Loss().describe() == "L1Loss()");
}

TEST_CASE("L1Loss has the gradient that differences give") {
  std::srand(4);
  const Matrix<double> y = Matrix<double>::Random(5, 3);
  Matrix<double> target = Matrix<double>::Random(5, 3);
  target.array() += (y.array() > target.array()).select(Eigen::ArrayXXd::Constant(5, 3, -0.1), 0.1);  // off the kink
  testing::check_numerical_gradient(L1Loss(), y, target);
  testing::check_numerical_gradient(L1Loss(), y, target, std::vector<double>{0.5, 0, 2, 1, 3});
}

TEST_CASE("L1Loss counts a sample as often as its weight says") {
  std::srand(5);
  testing::check_weights_count_samples(L1Loss(), Matrix<double>::Random(3, 2), Matrix<double>::Random(3, 2));
}

TEST_CASE("L1Loss is NaN with a gradient of 0 where all sample weights are 0") {
  const Matrix<double> y = Matrix<double>::Ones(2, 1);
  const Matrix<double> target = Matrix<double>::Zero(2, 1);
  Matrix<double> dy = Matrix<double>::Ones(2, 1);
  CHECK(std::isnan(L1Loss()(y, target, dy, std::vector<double>{0, 0})));
  CHECK(dy == target);
}

TEST_CASE("L1Loss reads and writes blocks of larger matrices") {
  std::srand(6);
  testing::check_blocks(L1Loss(), Matrix<double>::Random(4, 3), Matrix<double>::Random(4, 3).eval());
}

TEST_CASE("L1Loss names what does not fit") {
  testing::check_target_errors("L1Loss", L1Loss());
}

TEST_CASE("L1Loss takes numbers of one type, never classes") {
  static_assert(Loss<L1Loss, float, ConstMatrixView<float>>);
  static_assert(Loss<L1Loss, double, ConstMatrixView<double>>);
  static_assert(!Loss<L1Loss, float, std::span<const int>>);
}
