// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <mlp/losses/cross_entropy.hpp>

#include "losses/loss_checks.hpp"

using namespace mlp;

namespace {

CrossEntropyLoss from(const nlohmann::json& options) {
  return CrossEntropyLoss({.weight = options.value("weight", std::vector<double>{}),
                           .ignore_index = options.value("ignore_index", -100),
                           .label_smoothing = options.value("label_smoothing", 0.0)});
}

}  // namespace

TEST_CASE("CrossEntropyLoss gives PyTorch's values and gradients for every combination of options") {
  int labels = 0;
  int probabilities = 0;
  testing::for_each_stored("CrossEntropyLoss", 282, [&](const nlohmann::json& c) {
    const CrossEntropyLoss loss = from(c.at("options"));
    if (c.at("target").at(0).is_array()) {
      ++probabilities;
      testing::check_stored<double>(loss, c, testing::stored_matrix<double>(c.at("target")), 1e-12);
      testing::check_stored<float>(loss, c, testing::stored_matrix<float>(c.at("target")), 1e-6);
    } else {
      ++labels;
      testing::check_stored<double>(loss, c, c.at("target").get<Labels>(), 1e-12);
      testing::check_stored<float>(loss, c, c.at("target").get<Labels>(), 1e-6);
    }
  });
  CHECK(labels == 183);
  CHECK(probabilities == 99);
}

TEST_CASE("CrossEntropyLoss is log C where all logits are equal") {
  const Matrix<double> y = Matrix<double>::Constant(2, 5, 3);
  Matrix<double> dy(2, 5);
  const CrossEntropyLoss loss;
  CHECK(loss(y, {0, 4}, dy) == doctest::Approx(std::log(5.0)).epsilon(1e-15));
  CHECK(dy(0, 0) == doctest::Approx((0.2 - 1) / 2).epsilon(1e-15));
  CHECK(dy(0, 1) == doctest::Approx(0.1).epsilon(1e-15));
  CHECK(loss.describe() == "CrossEntropyLoss()");
  CHECK(CrossEntropyLoss({.ignore_index = 2, .label_smoothing = 0.1}).describe() ==
        "CrossEntropyLoss(ignore_index 2, label_smoothing 0.1)");
  CHECK(CrossEntropyLoss({.weight = {1, 2.5, 0}}).describe() == "CrossEntropyLoss(weight 1 2.5 0)");
}

TEST_CASE("CrossEntropyLoss holds at logits of 1e4 in float") {
  Matrix<float> y(2, 3);
  Matrix<float> dy(2, 3);
  y << 1e4f, -1e4f, 0, 1e4f, -1e4f, 0;
  const CrossEntropyLoss loss;
  CHECK(loss(y, {0, 0}, dy) == 0);
  CHECK(dy.isZero(0));
  CHECK(loss(y, {1, 2}, dy) == (2e4 + 1e4) / 2);
  CHECK(dy(0, 0) == 0.5f);
  CHECK(dy(0, 1) == -0.5f);
}

TEST_CASE("CrossEntropyLoss takes a logit of minus infinity for a class that is no target") {
  const double inf = std::numeric_limits<double>::infinity();
  Matrix<double> y(1, 3);
  Matrix<double> dy(1, 3);
  y << 0, -inf, 0;
  const CrossEntropyLoss loss;
  CHECK(loss(y, {2}, dy) == doctest::Approx(std::log(2.0)).epsilon(1e-15));
  CHECK(dy(0, 0) == 0.5);
  CHECK(dy(0, 1) == 0);
  CHECK(dy(0, 2) == -0.5);
  CHECK(loss(y, {1}, dy) == inf);
  Matrix<double> target(1, 3);
  target << 0.5, 0, 0.5;
  CHECK(loss(y, target) == doctest::Approx(std::log(2.0)).epsilon(1e-15));
}

TEST_CASE("CrossEntropyLoss of one label is that of the probabilities 0 and 1") {
  std::srand(13);
  const Matrix<double> y = Matrix<double>::Random(3, 4);
  Matrix<double> one_hot = Matrix<double>::Zero(3, 4);
  one_hot(0, 2) = one_hot(1, 0) = one_hot(2, 3) = 1;
  Matrix<double> dy(3, 4);
  Matrix<double> expected(3, 4);
  for (const double smoothing : {0.0, 0.3}) {
    const CrossEntropyLoss loss({.label_smoothing = smoothing});
    CHECK(loss(y, {2, 0, 3}, dy) == doctest::Approx(loss(y, one_hot, expected)).epsilon(1e-15));
    CHECK((dy - expected).norm() <= 1e-16);
  }
}

TEST_CASE("CrossEntropyLoss has the gradient that differences give") {
  std::srand(14);
  const std::vector<double> class_weights{0.5, 2, 1, 3};
  std::vector<double> weights{0.5, 0, 2, 1, 3};
  for (const Index n : {5, 1}) {
    const Matrix<double> y = Matrix<double>::Random(n, 4) * 3;
    const Matrix<double> target = 0.5 + 0.5 * Matrix<double>::Random(n, 4).array();
    Labels labels{2, 1, 0, -100, 3};
    labels.resize(static_cast<std::size_t>(n));
    weights.resize(static_cast<std::size_t>(n));
    for (const double smoothing : {0.0, 0.2, 1.0})
      for (const auto& c : {std::vector<double>{}, class_weights}) {
        const CrossEntropyLoss loss({.weight = c, .label_smoothing = smoothing});
        testing::check_numerical_gradient(loss, y, labels);
        testing::check_numerical_gradient(loss, y, labels, weights);
        testing::check_numerical_gradient(loss, y, target);
        testing::check_numerical_gradient(loss, y, target, weights);
      }
  }
}

TEST_CASE("CrossEntropyLoss counts a sample as often as its weight says") {
  std::srand(15);
  const Matrix<double> y = Matrix<double>::Random(3, 2);
  const CrossEntropyLoss loss({.weight = {1, 3}, .label_smoothing = 0.1});
  const Matrix<double> target = 0.5 + 0.5 * Matrix<double>::Random(3, 2).array();
  testing::check_weights_count_samples(loss, y, target);
  const Matrix<double> repeated = y(std::vector<int>{0, 0, 2, 2, 2}, Eigen::all);
  CHECK(loss(y, {1, 0, 0}, {}, std::vector<double>{2, 0, 3}) ==
        doctest::Approx(loss(repeated, {1, 1, 0, 0, 0})).epsilon(1e-15));
}

TEST_CASE("CrossEntropyLoss is NaN with a gradient of 0 where nothing counts") {
  const Matrix<double> y = Matrix<double>::Random(2, 3);
  Matrix<double> dy = Matrix<double>::Ones(2, 3);
  const CrossEntropyLoss loss;
  CHECK(std::isnan(loss(y, {-100, -100}, dy)));
  CHECK(dy.isZero(0));
  dy.setOnes();
  CHECK(std::isnan(loss(y, {0, 1}, dy, std::vector<double>{0, 0})));
  CHECK(dy.isZero(0));
  dy.setOnes();
  CHECK(std::isnan(loss(y, Matrix<double>::Ones(2, 3).eval(), dy, std::vector<double>{0, 0})));
  CHECK(dy.isZero(0));
}

TEST_CASE("CrossEntropyLoss does not look at an ignored sample") {
  Matrix<double> y(2, 2);
  Matrix<double> dy(2, 2);
  y << 0, 0, testing::not_a_number, 0;
  CHECK(CrossEntropyLoss({.ignore_index = 1})(y, {0, 1}, dy) == doctest::Approx(std::log(2.0)).epsilon(1e-15));
  CHECK(dy(0, 0) == -0.5);
  CHECK(dy.row(1).isZero(0));
}

TEST_CASE_TEMPLATE("CrossEntropyLoss of few and of many classes is the sum that defines it", T, float, double) {
  std::srand(17);
  const Index batch = 70;
  for (const Index classes : {3, 16, 17, 20, 300, 5000}) {
    CAPTURE(classes);
    Matrix<T> y = Matrix<T>::Random(batch, classes) * T(5);
    Labels labels(batch);
    for (Index i = 0; i < batch; ++i) labels[static_cast<std::size_t>(i)] = static_cast<int>((7 * i) % classes);
    for (const Index ignored : {0, 5, 69}) labels[static_cast<std::size_t>(ignored)] = 9999;  // larger than any class
    y.row(5).setConstant(std::numeric_limits<T>::quiet_NaN());
    y(69, 1) = std::numeric_limits<T>::infinity();
    for (const double smoothing : {0.0, 0.1}) {
      CAPTURE(smoothing);
      Matrix<T> dy = Matrix<T>::Constant(batch, classes, T(9));
      const CrossEntropyLoss loss({.ignore_index = 9999, .label_smoothing = smoothing});
      const double value = loss(y, labels, dy);
      long double expected = 0, worst = 0;
      for (Index i = 0; i < batch; ++i) {
        const int label = labels[static_cast<std::size_t>(i)];
        if (label == 9999) {
          CHECK(dy.row(i).isZero(0));
          continue;
        }
        const RowVector<long double> x = y.row(i).template cast<long double>();
        const long double log_sum = std::log(x.array().exp().sum());
        for (Index k = 0; k < classes; ++k) {
          const long double q = smoothing / static_cast<long double>(classes) + (k == label ? 1 - smoothing : 0);
          expected += q * (log_sum - x(k)) / (batch - 3);
          const long double gradient = (std::exp(x(k) - log_sum) - q) / (batch - 3);
          worst = std::max(worst, std::abs(dy(i, k) - gradient));
        }
      }
      constexpr double epsilon = std::numeric_limits<T>::epsilon();
      const double rounding = static_cast<double>(classes) * 0x1p-53;  // of a sum of so many doubles
      CHECK(std::abs(value - expected) <= (4 * epsilon + rounding) * expected);
      CHECK(worst <= 4 * epsilon / (batch - 3));
      CHECK(loss(y, labels) == value);
      y(7, classes - 1) = std::numeric_limits<T>::quiet_NaN();  // in a row that counts
      CHECK(std::isnan(loss(y, labels, dy)));
      CHECK(std::isnan(dy(7, 0)));
      CHECK(std::isfinite(dy(8, 0)));
      y(7, classes - 1) = 1;
    }
  }
}

TEST_CASE("CrossEntropyLoss passes a NaN on") {
  Matrix<double> y(1, 2);
  Matrix<double> dy(1, 2);
  for (const double bad : {testing::not_a_number, std::numeric_limits<double>::infinity()}) {
    y << bad, 0;
    CHECK(std::isnan(CrossEntropyLoss()(y, {1}, dy)));
    CHECK(std::isnan(dy(0, 1)));
  }
}

TEST_CASE("CrossEntropyLoss reads and writes blocks of larger matrices") {
  std::srand(16);
  const Matrix<double> y = Matrix<double>::Random(4, 3);
  testing::check_blocks(CrossEntropyLoss(), y, Labels{1, 0, 2, 2});
  testing::check_blocks(CrossEntropyLoss({.label_smoothing = 0.1}), y, Matrix<double>::Ones(4, 3).eval());
}

TEST_CASE("CrossEntropyLoss names what does not fit") {
  testing::check_common_errors("CrossEntropyLoss", CrossEntropyLoss(), Labels{0, 2});
  testing::check_target_errors("CrossEntropyLoss", CrossEntropyLoss());
  testing::check_probability_errors("CrossEntropyLoss", CrossEntropyLoss());

  const Matrix<double> y = Matrix<double>::Zero(2, 3);
  Matrix<double> dy = Matrix<double>::Constant(2, 3, 7);
  const CrossEntropyLoss loss;
  CHECK_THROWS_WITH_AS(loss(y, {0}, dy), "mlp::CrossEntropyLoss: expected 2 labels, got 1", ShapeError);
  CHECK_THROWS_WITH_AS(loss(y, {0, 1, 2}, dy), "mlp::CrossEntropyLoss: expected 2 labels, got 3", ShapeError);
  CHECK_THROWS_WITH_AS(loss(y, {0, 3}, dy), "mlp::CrossEntropyLoss: label of sample 1 must be in [0, 3), got 3",
                       ValueError);
  CHECK_THROWS_WITH_AS(loss(y, {-1, 0}, dy), "mlp::CrossEntropyLoss: label of sample 0 must be in [0, 3), got -1",
                       ValueError);
  CHECK_THROWS_WITH_AS(CrossEntropyLoss({.weight = {1, 2}})(y, {0, 1}, dy),
                       "mlp::CrossEntropyLoss: expected 3 class weights, got 2", ShapeError);
  CHECK_THROWS_WITH_AS(CrossEntropyLoss({.weight = {1, 2}})(y, y, dy),
                       "mlp::CrossEntropyLoss: expected 3 class weights, got 2", ShapeError);
  CHECK_THROWS_WITH_AS(CrossEntropyLoss({.ignore_index = 0})(y, y, dy),
                       "mlp::CrossEntropyLoss: ignore_index must be negative with probabilities, got 0", ValueError);
  CHECK((dy.array() == 7).all());
}

TEST_CASE("CrossEntropyLoss refuses options out of their range") {
  CHECK_THROWS_WITH_AS(CrossEntropyLoss({.weight = {1, -1}}),
                       "mlp::CrossEntropyLoss: weight of class 1 must be at least 0 and finite, got -1", ValueError);
  CHECK_THROWS_WITH_AS(CrossEntropyLoss({.weight = {testing::not_a_number}}),
                       "mlp::CrossEntropyLoss: weight of class 0 must be at least 0 and finite, got nan", ValueError);
  CHECK_THROWS_WITH_AS(CrossEntropyLoss({.label_smoothing = 1.5}),
                       "mlp::CrossEntropyLoss: label_smoothing must be in [0, 1], got 1.5", ValueError);
  CHECK_THROWS_WITH_AS(CrossEntropyLoss({.label_smoothing = -0.1}),
                       "mlp::CrossEntropyLoss: label_smoothing must be in [0, 1], got -0.1", ValueError);
  CHECK_THROWS_WITH_AS(CrossEntropyLoss({.label_smoothing = testing::not_a_number}),
                       "mlp::CrossEntropyLoss: label_smoothing must be in [0, 1], got nan", ValueError);
}

TEST_CASE("CrossEntropyLoss checks the labels of a whole data set in one call") {
  const CrossEntropyLoss loss;
  CHECK_NOTHROW(loss.check_labels(Labels{0, 2, -100, 1}, 3));
  CHECK_THROWS_WITH_AS(loss.check_labels(Labels{0, 2, -100, 1}, 2),
                       "mlp::CrossEntropyLoss: label of sample 1 must be in [0, 2), got 2", ValueError);
  CHECK_THROWS_WITH_AS(CrossEntropyLoss({.ignore_index = -1}).check_labels(Labels{0, -1, -100}, 3),
                       "mlp::CrossEntropyLoss: label of sample 2 must be in [0, 3), got -100", ValueError);
}

TEST_CASE("CrossEntropyLoss says what it divides by: the weights of samples and classes without the ignored ones") {
  const CrossEntropyLoss loss({.weight = {1, 2, 4}, .ignore_index = 1});
  const std::vector<double> weights{1, 10, 3, 5};
  CHECK(loss.total_weight(Labels{0, 1, 2, 2}) == 1 + 4 + 4);
  CHECK(loss.total_weight(Labels{0, 1, 2, 2}, weights) == 1 + 3 * 4 + 5 * 4);
  CHECK(loss.total_weight(Labels{1, 1}) == 0);
  CHECK(CrossEntropyLoss().total_weight(Labels{0, -100, 7}) == 2);
  CHECK_THROWS_WITH_AS(loss.total_weight(Labels{0, 3}),
                       "mlp::CrossEntropyLoss: label of sample 1 must be in [0, 3), got 3", ValueError);
  CHECK_THROWS_WITH_AS(loss.total_weight(Labels{0}, weights), "mlp::CrossEntropyLoss: expected 1 sample weights, got 4",
                       ShapeError);
  CHECK(loss.ignores(1));
  CHECK_FALSE(loss.ignores(-100));
}

TEST_CASE("CrossEntropyLoss takes labels or probabilities") {
  static_assert(Loss<CrossEntropyLoss, float, std::span<const int>>);
  static_assert(Loss<CrossEntropyLoss, double, std::span<const int>>);
  static_assert(Loss<CrossEntropyLoss, float, ConstMatrixView<float>>);
  static_assert(Loss<CrossEntropyLoss, double, ConstMatrixView<double>>);
  static_assert(!Loss<CrossEntropyLoss, double, ConstMatrixView<float>>);
}
