// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <span>
#include <vector>

#include <mlp/losses/bce_with_logits.hpp>

#include "losses/loss_checks.hpp"

using namespace mlp;

TEST_CASE("BCEWithLogitsLoss gives PyTorch's values and gradients, at logits of 1e4 too") {
  testing::check_all_stored("BCEWithLogitsLoss", 66, [](const nlohmann::json& options) {
    return BCEWithLogitsLoss({.pos_weight = options.value("pos_weight", std::vector<double>{})});
  });
}

TEST_CASE("BCEWithLogitsLoss is log 2 where the logit is 0") {
  const Matrix<double> y = Matrix<double>::Zero(1, 2);
  Matrix<double> target(1, 2);
  Matrix<double> dy(1, 2);
  target << 1, 0;
  CHECK(BCEWithLogitsLoss()(y, target, dy) == doctest::Approx(std::log(2.0)).epsilon(1e-15));
  CHECK(dy(0, 0) == -0.25);  // (s(0) - 1) / 2
  CHECK(dy(0, 1) == 0.25);
  const BCEWithLogitsLoss three({.pos_weight = {3}});
  CHECK(three(y, target, dy) == doctest::Approx(2 * std::log(2.0)).epsilon(1e-15));  // (3 + 1) / 2 of it
  CHECK(dy(0, 0) == -0.75);
  CHECK(three.options().pos_weight == std::vector<double>{3});
  CHECK(three.describe() == "BCEWithLogitsLoss(pos_weight 3)");
  CHECK(BCEWithLogitsLoss().describe() == "BCEWithLogitsLoss()");
}

TEST_CASE("BCEWithLogitsLoss keeps its digits where the logit is right by far, or wrong by 1e4") {
  const auto loss = [](double logit, double target) {
    const Matrix<double> y = Matrix<double>::Constant(1, 1, logit);
    return BCEWithLogitsLoss()(y, Matrix<double>::Constant(1, 1, target).eval());
  };
  CHECK(loss(-40, 0) == doctest::Approx(4.248354255291589e-18).scale(0).epsilon(1e-14));  // exp(-40): PyTorch has 0
  CHECK(loss(40, 1) == doctest::Approx(4.248354255291589e-18).scale(0).epsilon(1e-14));
  CHECK(loss(1e4, 1) == 0);
  CHECK(loss(-1e4, 0) == 0);
  CHECK(loss(1e4, 0) == 1e4);
  CHECK(loss(-1e4, 1) == 1e4);
}

TEST_CASE("BCEWithLogitsLoss has the gradient that differences give") {
  std::srand(10);
  for (const Index n : {1, 5}) {
    const Matrix<double> y = Matrix<double>::Random(n, 3) * 4;
    const Matrix<double> target = 0.5 + 0.5 * Matrix<double>::Random(n, 3).array();
    std::vector<double> weights{0.5, 0, 2, 1, 3};
    weights.resize(static_cast<std::size_t>(n));
    for (const auto& loss : {BCEWithLogitsLoss(), BCEWithLogitsLoss({.pos_weight = {0.5, 3, 0}})}) {
      testing::check_numerical_gradient(loss, y, target);
      testing::check_numerical_gradient(loss, y, target, weights);
    }
  }
}

TEST_CASE("BCEWithLogitsLoss counts a sample as often as its weight says") {
  std::srand(11);
  const Matrix<double> target = 0.5 + 0.5 * Matrix<double>::Random(3, 2).array();
  testing::check_weights_count_samples(BCEWithLogitsLoss({.pos_weight = {2, 0.5}}), Matrix<double>::Random(3, 2),
                                       target);
}

TEST_CASE("BCEWithLogitsLoss is NaN with a gradient of 0 where all sample weights are 0") {
  const Matrix<double> y = Matrix<double>::Constant(2, 1, 0.5);
  Matrix<double> dy = Matrix<double>::Ones(2, 1);
  CHECK(std::isnan(BCEWithLogitsLoss()(y, y, dy, std::vector<double>{0, 0})));
  CHECK(dy.isZero(0));
}

TEST_CASE("BCEWithLogitsLoss reads and writes blocks of larger matrices") {
  std::srand(12);
  const Matrix<double> y = 0.5 + 0.4 * Matrix<double>::Random(4, 3).array();
  testing::check_blocks(BCEWithLogitsLoss({.pos_weight = {1, 2, 3}}), y, y);
}

TEST_CASE("BCEWithLogitsLoss names what does not fit") {
  testing::check_target_errors("BCEWithLogitsLoss", BCEWithLogitsLoss());
  testing::check_probability_errors("BCEWithLogitsLoss", BCEWithLogitsLoss());
  const Matrix<float> y = Matrix<float>::Zero(4, 3);
  CHECK_THROWS_WITH_AS(BCEWithLogitsLoss({.pos_weight = {1, 2}})(y, y),
                       "mlp::BCEWithLogitsLoss: expected pos_weight of 3 outputs, got 2", ShapeError);
  CHECK_THROWS_WITH_AS(BCEWithLogitsLoss({.pos_weight = {1, -1}}),
                       "mlp::BCEWithLogitsLoss: pos_weight of output 1 must be at least 0 and finite, got -1",
                       ValueError);
  CHECK_THROWS_WITH_AS(BCEWithLogitsLoss({.pos_weight = {testing::not_a_number}}),
                       "mlp::BCEWithLogitsLoss: pos_weight of output 0 must be at least 0 and finite, got nan",
                       ValueError);
}

TEST_CASE("BCEWithLogitsLoss takes numbers of one type, never classes") {
  static_assert(Loss<BCEWithLogitsLoss, float, ConstMatrixView<float>>);
  static_assert(Loss<BCEWithLogitsLoss, double, ConstMatrixView<double>>);
  static_assert(!Loss<BCEWithLogitsLoss, float, std::span<const int>>);
}
