// SPDX-License-Identifier: MIT
#include <mlp/metrics/regression.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "support/not_a_number.hpp"
#include "support/reference.hpp"

using namespace mlp;
using mlp::testing::not_a_number;
using mlp::testing::to_matrix;

namespace {

Matrix<double> column(const std::vector<double>& values) {
  return Eigen::Map<const Matrix<double>>(values.data(), static_cast<Index>(values.size()), 1);
}

template <class T>
double score(const std::string& name, const Matrix<T>& y_true, const Matrix<T>& y_pred, SampleWeights weights = {}) {
  if (name == "mean_squared_error") return mean_squared_error(y_true, y_pred, weights);
  if (name == "root_mean_squared_error") return root_mean_squared_error(y_true, y_pred, weights);
  if (name == "mean_absolute_error") return mean_absolute_error(y_true, y_pred, weights);
  if (name == "r2_score") return r2_score(y_true, y_pred, weights);
  FAIL("no metric " << name);
  return not_a_number;
}

const std::vector<std::string> names = {"mean_squared_error", "root_mean_squared_error", "mean_absolute_error",
                                        "r2_score"};

}  // namespace

TEST_CASE_TEMPLATE("the scores of regression are scikit-learn's, with and without weights", T, float, double) {
  int scores = 0;
  const auto cases = mlp::testing::reference("metrics.json")["regression"];
  for (const auto& stored : cases) {
    const auto y_true = to_matrix<T>(stored["y_true"]);
    const auto y_pred = to_matrix<T>(stored["y_pred"]);
    const auto weights = stored["weights"].get<std::vector<double>>();
    const nlohmann::json& plain = stored["plain"];
    const nlohmann::json& weighted = stored["weighted"];
    for (const std::string& name : names) {
      if (!plain.contains(name)) continue;
      CAPTURE(stored["name"].get<std::string>() + ": " + name);
      CHECK(score(name, y_true, y_pred) == doctest::Approx(plain[name].get<double>()).epsilon(1e-12));
      CHECK(score(name, y_true, y_pred, weights) == doctest::Approx(weighted[name].get<double>()).epsilon(1e-12));
      scores += 1;
    }
  }
  CHECK(scores == 31);  // 8 cases of 4 scores, but the R2 of a single sample
}

TEST_CASE("the scores of regression by hand") {
  const auto y_true = column({1, 2, 6});
  const auto y_pred = column({2, 2, 4});
  CHECK(mean_squared_error(y_true, y_pred) == doctest::Approx(5.0 / 3));
  CHECK(root_mean_squared_error(y_true, y_pred) == doctest::Approx(std::sqrt(5.0 / 3)));
  CHECK(mean_absolute_error(y_true, y_pred) == 1);
  CHECK(r2_score(y_true, y_pred) == doctest::Approx(1 - 5.0 / 14));  // mean 3: 4 + 1 + 9
}

TEST_CASE("the arguments of R2 cannot be swapped without notice") {
  const auto y_true = column({1, 2, 6});
  const auto y_pred = column({2, 2, 4});
  CHECK(r2_score(y_true, y_pred) == doctest::Approx(9.0 / 14));
  CHECK(r2_score(y_pred, y_true) == doctest::Approx(1 - 5 / (8.0 / 3)));  // mean 8/3: 4/9 + 4/9 + 16/9
}

TEST_CASE("R2 is 0 for the mean and negative for worse") {
  const auto y_true = column({1, 2, 6});
  CHECK(r2_score(y_true, column({3, 3, 3})) == 0);
  CHECK(r2_score(y_true, column({6, 2, 1})) == doctest::Approx(1 - 50.0 / 14));
}

TEST_CASE("a constant target scores 1 if the predictions are perfect, else 0") {
  const auto y_true = column({0.1, 0.1, 0.1});  // whose mean in double is not 0.1
  CHECK(r2_score(y_true, y_true) == 1);
  CHECK(r2_score(y_true, column({0.1, 0.1, 0.2})) == 0);
  CHECK(r2_score(column({7}), column({7})) == 1);
  CHECK(r2_score(column({7}), column({8})) == 0);
}

TEST_CASE("samples of weight 0 do not make a target vary") {
  const std::vector<double> weights = {0, 1, 0, 1};
  CHECK(r2_score(column({5, 2, 3, 2}), column({0, 2, 0, 2}), weights) == 1);
  CHECK(r2_score(column({5, 2, 3, 2}), column({0, 2, 0, 1}), weights) == 0);
}

TEST_CASE("a weight of 2 is the sample twice") {
  const auto y_true = column({1, 2, 6});
  const auto y_pred = column({2, 2, 4});
  const auto y_true_twice = column({1, 1, 2, 6});
  const auto y_pred_twice = column({2, 2, 2, 4});
  const std::vector<double> weights = {2, 1, 1};
  for (const std::string& name : names) {
    CAPTURE(name);
    CHECK(score(name, y_true, y_pred, weights) == doctest::Approx(score(name, y_true_twice, y_pred_twice)));
  }
}

TEST_CASE("sums are taken in double") {
  Matrix<float> y_true = Matrix<float>::Zero(1 << 20, 1);
  Matrix<float> y_pred = Matrix<float>::Constant(1 << 20, 1, 0.1f);
  y_pred(0, 0) = 4096;  // beside 2^24 a float would lose the rest
  const double tenth = static_cast<double>(0.1f);
  CHECK(mean_squared_error(y_true, y_pred) == doctest::Approx(16 + tenth * tenth * (1 - 0x1p-20)).epsilon(1e-9));
}

TEST_CASE("float and double, matrices, columns and views meet") {
  Matrix<double> table(3, 2);
  table << 1, 9, 2, 9, 6, 9;
  const Matrix<float> y_pred = column({2, 2, 4}).cast<float>();
  CHECK(mean_absolute_error(table.col(0), y_pred) == 1);
  CHECK(mean_absolute_error(view(table).rows(2, 1), view(table).rows(0, 1)) == 2.5);
  CHECK(mean_absolute_error(Eigen::Vector3d(1, 2, 6), y_pred) == 1);
}

TEST_CASE("a prediction that is NaN makes the score NaN") {
  for (const std::string& name : names) {
    CAPTURE(name);
    CHECK(std::isnan(score(name, column({1, 2}), column({1, not_a_number}))));
    CHECK(std::isnan(score(name, column({1, 1}), column({1, not_a_number}))));
  }
}

TEST_CASE("regression scores of what cannot be compared say why") {
  const Matrix<double> three = column({1, 2, 3});
  const Matrix<double> none(0, 2);
  for (const std::string& name : names) {
    CAPTURE(name);
    const auto call = [&](const Matrix<double>& y_pred, const std::vector<double>& weights = {}) {
      score(name, three, y_pred, weights);
    };
    const std::string who = "mlp::" + name + ": ";
    CHECK_THROWS_WITH_AS(call(column({1, 2})), (who + "expected y_pred [3, 1], got [2, 1]").c_str(), ShapeError);
    CHECK_THROWS_WITH_AS(call(Matrix<double>(3, 2)), (who + "expected y_pred [3, 1], got [3, 2]").c_str(), ShapeError);
    CHECK_THROWS_WITH_AS(call(three.transpose()), (who + "expected y_pred [3, 1], got [1, 3]").c_str(), ShapeError);
    CHECK_THROWS_WITH_AS(call(three, {1, 2}), (who + "expected 3 sample weights, got 2").c_str(), ShapeError);
    CHECK_THROWS_WITH_AS(call(three, {1, -0.5, 1}),
                         (who + "weight of sample 1 must be at least 0 and finite, got -0.5").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(call(three, {1, 1, not_a_number}),
                         (who + "weight of sample 2 must be at least 0 and finite, got nan").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(call(three, {0, 0, 0}), (who + "expected weights of a finite sum above 0").c_str(),
                         ValueError);
    CHECK_THROWS_WITH_AS(score(name, none, none), (who + "expected at least one value, got [0, 2]").c_str(),
                         ValueError);
  }
}
