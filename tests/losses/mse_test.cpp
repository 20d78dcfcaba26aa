// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <span>
#include <vector>

#include <mlp/losses/mse.hpp>

#include "losses/loss_checks.hpp"

using namespace mlp;

TEST_CASE("MSELoss gives PyTorch's values and gradients") {
  testing::check_all_stored("MSELoss", 11, [](const nlohmann::json&) { return MSELoss(); });
}

TEST_CASE("MSELoss is the mean of the squares of all elements") {
  Matrix<double> y(2, 2);
  Matrix<double> target(2, 2);
  Matrix<double> dy(2, 2);
  y << 1, 2, 3, 4;
  target << 1, 0, 0, 8;
  CHECK(MSELoss()(y, target, dy) == (0 + 4 + 9 + 16) / 4.0);
  Matrix<double> expected(2, 2);
  expected << 0, 1, 1.5, -2;  // 2 (y - t) / 4
  CHECK(dy == expected);
  CHECK(MSELoss()(y, target, dy, std::vector<double>{3, 1}) == (3 * 2 + 12.5) / 4);  // rows have means 2 and 12.5
  CHECK(MSELoss().describe() == "MSELoss()");
}

TEST_CASE("MSELoss has the gradient that differences give") {
  std::srand(1);
  for (const Shape shape : {Shape{1, 1}, Shape{5, 3}}) {
    const Matrix<double> y = Matrix<double>::Random(shape.rows, shape.cols) * 3;
    const Matrix<double> target = Matrix<double>::Random(shape.rows, shape.cols);
    testing::check_numerical_gradient(MSELoss(), y, target);
    std::vector<double> weights{0.5, 0, 2, 1, 3};
    weights.resize(static_cast<std::size_t>(shape.rows));
    testing::check_numerical_gradient(MSELoss(), y, target, weights);
  }
}

TEST_CASE("MSELoss counts a sample as often as its weight says") {
  std::srand(2);
  testing::check_weights_count_samples(MSELoss(), Matrix<double>::Random(3, 2), Matrix<double>::Random(3, 2));
}

TEST_CASE("MSELoss is NaN with a gradient of 0 where all sample weights are 0") {
  const Matrix<float> y = Matrix<float>::Ones(2, 1);
  const Matrix<float> target = Matrix<float>::Zero(2, 1);
  Matrix<float> dy = Matrix<float>::Ones(2, 1);
  CHECK(std::isnan(MSELoss()(y, target, dy, std::vector<double>{0, 0})));
  CHECK(dy == target);
}

TEST_CASE("MSELoss does not look at a sample of weight 0") {
  Matrix<double> y(2, 1);
  Matrix<double> dy(2, 1);
  y << 3, testing::not_a_number;
  CHECK(MSELoss()(y, Matrix<double>::Zero(2, 1).eval(), dy, std::vector<double>{1, 0}) == 9);
  CHECK(dy(0, 0) == 6);
  CHECK(dy(1, 0) == 0);
}

TEST_CASE("MSELoss sums a large batch of floats without losing its end") {
  const Index n = 1 << 22;  // in float the sum would stay at 2^24
  const Matrix<float> y = Matrix<float>::Constant(n, 8, 1);
  CHECK(MSELoss()(y, Matrix<float>::Zero(n, 8).eval()) == 1);
}

TEST_CASE("MSELoss reads and writes blocks of larger matrices") {
  std::srand(3);
  testing::check_blocks(MSELoss(), Matrix<double>::Random(4, 3), Matrix<double>::Random(4, 3).eval());
}

TEST_CASE("MSELoss names what does not fit") {
  testing::check_target_errors("MSELoss", MSELoss());
  const Matrix<float> y = Matrix<float>::Zero(32, 1);
  const Matrix<float> target = Matrix<float>::Zero(32, 2);
  CHECK_THROWS_WITH_AS(MSELoss()(y, target), "mlp::MSELoss: expected target [32, 1], got [32, 2]", ShapeError);
}

TEST_CASE("MSELoss takes numbers of one type, never classes") {
  static_assert(Loss<MSELoss, float, ConstMatrixView<float>>);
  static_assert(Loss<MSELoss, double, ConstMatrixView<double>>);
  static_assert(!Loss<MSELoss, double, ConstMatrixView<float>>);
  static_assert(!Loss<MSELoss, float, std::span<const int>>);
}
