// SPDX-License-Identifier: MIT
#include <mlp/metrics/classification.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "support/not_a_number.hpp"
#include "support/reference.hpp"

using namespace mlp;
using mlp::testing::not_a_number;
using mlp::testing::to_matrix;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("accuracy is scikit-learn's, with and without weights") {
  const auto cases = mlp::testing::reference("metrics.json")["classification"];
  REQUIRE(cases.size() == 10);
  for (const auto& stored : cases) {
    CAPTURE(stored["name"].get<std::string>());
    const auto y_true = stored["y_true"].get<Labels>();
    const auto y_pred = stored["y_pred"].get<Labels>();
    const auto weights = stored["weights"].get<std::vector<double>>();
    CHECK(accuracy_score(y_true, y_pred) ==
          doctest::Approx(stored["plain"]["accuracy_score"].get<double>()).epsilon(1e-14));
    CHECK(accuracy_score(y_true, y_pred, weights) ==
          doctest::Approx(stored["weighted"]["accuracy_score"].get<double>()).epsilon(1e-14));
  }
}

TEST_CASE_TEMPLATE("top-k accuracy is scikit-learn's for every k, ties included", T, float, double) {
  const auto cases = mlp::testing::reference("metrics.json")["top_k"];
  REQUIRE(cases.size() == 5);
  for (const auto& stored : cases) {
    const auto y_true = stored["y_true"].get<Labels>();
    const auto scores = to_matrix<T>(stored["scores"]);
    const auto weights = stored["weights"].get<std::vector<double>>();
    CHECK(argmax_rows(scores) == stored["argmax"].get<Labels>());
    for (Index k = 1; k <= scores.cols(); ++k) {
      CAPTURE(stored["name"].get<std::string>() + ", k = " + std::to_string(k));
      const auto at = static_cast<std::size_t>(k - 1);
      CHECK(top_k_accuracy_score(y_true, scores, k) ==
            doctest::Approx(stored["plain"][at].get<double>()).epsilon(1e-14));
      CHECK(top_k_accuracy_score(y_true, scores, k, weights) ==
            doctest::Approx(stored["weighted"][at].get<double>()).epsilon(1e-14));
    }
  }
}

TEST_CASE("accuracy by hand") {
  const Labels y_true = {0, 1, 2, 1};
  const Labels y_pred = {0, 2, 2, 0};
  CHECK(accuracy_score(y_true, y_pred) == 0.5);
  CHECK(accuracy_score(y_true, y_pred, std::vector<double>{3, 1, 0, 0}) == 0.75);
}

TEST_CASE("the largest element of a row decides, the first of equal ones") {
  Matrix<float> logits(4, 3);
  logits << 1, 3, 2,  //
      5, 5, 5,        //
      -2, -1, -1,     //
      0, -1, 0;
  CHECK(argmax_rows(logits) == Labels{1, 0, 1, 0});
  CHECK(argmax_rows(view(logits).rows(2, 1)) == Labels{1});
  CHECK(argmax_rows(Matrix<float>(0, 3)).empty());
  CHECK(argmax_rows(Matrix<double>(Matrix<double>::Constant(2, 1, -7))) == Labels{0, 0});
}

TEST_CASE("a NaN counts as the largest score, as in NumPy") {
  Matrix<double> scores(3, 3);
  scores << 1, not_a_number, infinity,  //
      not_a_number, 2, not_a_number,    //
      -infinity, -infinity, -1;
  CHECK(argmax_rows(scores) == Labels{1, 0, 2});
  CHECK(top_k_accuracy_score(Labels{2, 0, 2}, scores, 1) == doctest::Approx(1.0 / 3));  // NaN of class 2 before class 0
  CHECK(top_k_accuracy_score(Labels{2, 0, 2}, scores, 2) == 1);
}

TEST_CASE("of equal scores the higher class comes first in top-k") {
  Matrix<double> scores(1, 4);
  scores << 1, 2, 2, 0;
  CHECK(top_k_accuracy_score(Labels{2}, scores, 1) == 1);
  CHECK(top_k_accuracy_score(Labels{1}, scores, 1) == 0);
  CHECK(top_k_accuracy_score(Labels{1}, scores, 2) == 1);
  CHECK(top_k_accuracy_score(Labels{0}, scores, 2) == 0);
  CHECK(top_k_accuracy_score(Labels{0}, scores, 3) == 1);
  CHECK(top_k_accuracy_score(Labels{3}, scores, 4) == 1);
}

TEST_CASE("accuracies of what cannot be compared say why") {
  const Labels three = {0, 1, 2};
  const Labels two = {0, 1};
  const Labels none;
  const auto accuracy = [&](const Labels& y_pred, const std::vector<double>& weights = {}) {
    accuracy_score(three, y_pred, weights);
  };
  CHECK_THROWS_WITH_AS(accuracy(two), "mlp::accuracy_score: expected 3 labels in y_pred, got 2", ShapeError);
  CHECK_THROWS_WITH_AS(accuracy_score(none, none), "mlp::accuracy_score: expected at least one sample", ValueError);
  CHECK_THROWS_WITH_AS(accuracy(three, {1, 1}), "mlp::accuracy_score: expected 3 sample weights, got 2", ShapeError);
  CHECK_THROWS_WITH_AS(accuracy(three, {1, 1, -1}),
                       "mlp::accuracy_score: weight of sample 2 must be at least 0 and finite, got -1", ValueError);
  CHECK_THROWS_WITH_AS(accuracy(three, {1, 1, infinity}),
                       "mlp::accuracy_score: weight of sample 2 must be at least 0 and finite, got inf", ValueError);
  CHECK_THROWS_WITH_AS(accuracy(three, {0, 0, 0}),
                       "mlp::accuracy_score: expected weights of a finite sum above 0", ValueError);
  CHECK_THROWS_WITH_AS(accuracy(three, {1e308, 1e308, 1}),  // the sum is infinite
                       "mlp::accuracy_score: expected weights of a finite sum above 0", ValueError);

  const Matrix<double> scores = Matrix<double>::Zero(3, 3);
  const auto top_k = [&](const Labels& y_true, Index k, const std::vector<double>& weights = {}) {
    top_k_accuracy_score(y_true, scores, k, weights);
  };
  const std::string who = "mlp::top_k_accuracy_score: ";
  CHECK_THROWS_WITH_AS(top_k(two, 1), (who + "expected scores [2, 3], got [3, 3]").c_str(), ShapeError);
  CHECK_THROWS_WITH_AS(top_k_accuracy_score(none, Matrix<double>(0, 3), 1),
                       (who + "expected at least one sample").c_str(), ValueError);
  CHECK_THROWS_WITH_AS(top_k(three, 0), (who + "expected k in [1, 3], got 0").c_str(), ValueError);
  CHECK_THROWS_WITH_AS(top_k(three, 4), (who + "expected k in [1, 3], got 4").c_str(), ValueError);
  CHECK_THROWS_WITH_AS(top_k({0, 3, 1}, 1), (who + "expected labels in [0, 3), got y_true[1] = 3").c_str(), ValueError);
  CHECK_THROWS_WITH_AS(top_k({0, 1, -1}, 1), (who + "expected labels in [0, 3), got y_true[2] = -1").c_str(),
                       ValueError);
  CHECK_THROWS_WITH_AS(top_k(three, 1, {1}), (who + "expected 3 sample weights, got 1").c_str(), ShapeError);
  CHECK_THROWS_WITH_AS(top_k(three, 1, {1, -2, 1}),
                       (who + "weight of sample 1 must be at least 0 and finite, got -2").c_str(), ValueError);

  CHECK_THROWS_WITH_AS(argmax_rows(Matrix<float>(5, 0)), "mlp::argmax_rows: expected at least one class, got [5, 0]",
                       ValueError);
}
