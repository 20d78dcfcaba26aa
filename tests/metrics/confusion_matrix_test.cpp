// SPDX-License-Identifier: MIT
#include <mlp/metrics/confusion_matrix.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "support/reference.hpp"

using namespace mlp;
using mlp::testing::to_matrix;

namespace {

double score(const std::string& name, const Labels& y_true, const Labels& y_pred, Index classes, Average average,
             SampleWeights weights = {}) {
  if (name == "precision_score") return precision_score(y_true, y_pred, classes, average, weights);
  if (name == "recall_score") return recall_score(y_true, y_pred, classes, average, weights);
  if (name == "f1_score") return f1_score(y_true, y_pred, classes, average, weights);
  FAIL("no metric " << name);
  return 0;
}

void check_scores(const nlohmann::json& stored, const nlohmann::json& expected, SampleWeights weights) {
  const auto y_true = stored["y_true"].get<Labels>();
  const auto y_pred = stored["y_pred"].get<Labels>();
  const auto classes = stored["classes"].get<Index>();
  CHECK(mlp::testing::max_relative_error(confusion_matrix(y_true, y_pred, classes, weights),
                                         to_matrix<double>(expected["confusion_matrix"])) <= 1e-14);
  const auto by_class = precision_recall_fscore_support(y_true, y_pred, classes, weights);
  const auto expected_by_class = to_matrix<double>(expected["by_class"]);
  REQUIRE(static_cast<Index>(by_class.size()) == classes);
  for (Index c = 0; c < classes; ++c) {
    CAPTURE(c);
    const ClassScores& scores = by_class[static_cast<std::size_t>(c)];
    CHECK(scores.precision == doctest::Approx(expected_by_class(c, 0)).epsilon(1e-14));
    CHECK(scores.recall == doctest::Approx(expected_by_class(c, 1)).epsilon(1e-14));
    CHECK(scores.f1 == doctest::Approx(expected_by_class(c, 2)).epsilon(1e-14));
    CHECK(scores.support == doctest::Approx(expected_by_class(c, 3)).epsilon(1e-14));
  }
  for (const std::string name : {"precision_score", "recall_score", "f1_score"}) {
    CAPTURE(name);
    CHECK(score(name, y_true, y_pred, classes, Average::macro, weights) ==
          doctest::Approx(expected[name + " macro"].get<double>()).epsilon(1e-14));
    CHECK(score(name, y_true, y_pred, classes, Average::weighted, weights) ==
          doctest::Approx(expected[name + " weighted"].get<double>()).epsilon(1e-14));
  }
}

}  // namespace

TEST_CASE("confusion matrix, precision, recall and F1 are scikit-learn's, with and without weights") {
  const auto cases = mlp::testing::reference("metrics.json")["classification"];
  REQUIRE(cases.size() == 10);
  for (const auto& stored : cases) {
    CAPTURE(stored["name"].get<std::string>());
    check_scores(stored, stored["plain"], {});
    check_scores(stored, stored["weighted"], stored["weights"].get<std::vector<double>>());
  }
}

TEST_CASE("rows of the confusion matrix are true, columns predicted") {
  const Labels y_true = {0, 0, 1, 2, 2};
  const Labels y_pred = {0, 1, 1, 0, 0};
  Matrix<double> counts(3, 3);
  counts << 1, 1, 0,  //
      0, 1, 0,        //
      2, 0, 0;
  CHECK(confusion_matrix(y_true, y_pred, 3) == counts);
  const std::vector<double> weights = {1, 2, 3, 0.25, 0.5};
  counts << 1, 2, 0,  //
      0, 3, 0,        //
      0.75, 0, 0;
  CHECK(confusion_matrix(y_true, y_pred, 3, weights) == counts);
}

TEST_CASE("precision, recall and F1 by hand") {
  const Labels y_true = {0, 0, 1, 2, 2};
  const Labels y_pred = {0, 1, 1, 0, 0};
  const auto scores = precision_recall_fscore_support(y_true, y_pred, 3);
  CHECK(scores[0].precision == doctest::Approx(1.0 / 3));
  CHECK(scores[0].recall == 0.5);
  CHECK(scores[0].f1 == doctest::Approx(0.4));
  CHECK(scores[0].support == 2);
  CHECK(scores[1].f1 == doctest::Approx(2.0 / 3));  // precision 1/2, recall 1
  CHECK(scores[2].precision == 0);                  // never predicted
  CHECK(scores[2].f1 == 0);
  CHECK(precision_score(y_true, y_pred, 3, Average::macro) == doctest::Approx(5.0 / 18));
  CHECK(recall_score(y_true, y_pred, 3, Average::macro) == 0.5);
  CHECK(f1_score(y_true, y_pred, 3, Average::macro) == doctest::Approx((0.4 + 2.0 / 3) / 3));
  CHECK(f1_score(y_true, y_pred, 3, Average::weighted) == doctest::Approx((2 * 0.4 + 2.0 / 3) / 5));
  CHECK(recall_score(y_true, y_pred, 3, Average::weighted) == doctest::Approx(0.4));  // the accuracy
}

TEST_CASE("a class that never occurs counts in the macro average only") {
  const Labels y = {0, 1};
  CHECK(f1_score(y, y, 2, Average::macro) == 1);
  CHECK(f1_score(y, y, 4, Average::macro) == 0.5);
  CHECK(f1_score(y, y, 4, Average::weighted) == 1);
}

TEST_CASE("confusion matrices of what cannot be compared say why") {
  const Labels three = {0, 1, 2};
  const Labels two = {0, 1};
  const Labels none;
  const std::vector<double> ones(3, 1.0);
  using Call = void (*)(const Labels&, const Labels&, Index, SampleWeights);
  const std::vector<std::pair<std::string, Call>> calls = {
      {"confusion_matrix", [](auto& t, auto& p, Index c, SampleWeights w) { confusion_matrix(t, p, c, w); }},
      {"precision_recall_fscore_support",
       [](auto& t, auto& p, Index c, SampleWeights w) { precision_recall_fscore_support(t, p, c, w); }},
      {"precision_score",
       [](auto& t, auto& p, Index c, SampleWeights w) { precision_score(t, p, c, Average::macro, w); }},
      {"recall_score", [](auto& t, auto& p, Index c, SampleWeights w) { recall_score(t, p, c, Average::macro, w); }},
      {"f1_score", [](auto& t, auto& p, Index c, SampleWeights w) { f1_score(t, p, c, Average::weighted, w); }}};
  for (const auto& named : calls) {
    CAPTURE(named.first);
    const std::string who = "mlp::" + named.first + ": ";
    const Call call = named.second;
    CHECK_THROWS_WITH_AS(call(three, two, 3, {}), (who + "expected 3 labels in y_pred, got 2").c_str(), ShapeError);
    CHECK_THROWS_WITH_AS(call(none, none, 3, {}), (who + "expected at least one sample").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(call(three, three, 0, {}), (who + "classes must be at least 1, got 0").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(call(three, Labels{0, 1, 1}, 2, {}),
                         (who + "expected labels in [0, 2), got y_true[2] = 2").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(call(three, Labels{0, -1, 1}, 3, {}),
                         (who + "expected labels in [0, 3), got y_pred[1] = -1").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(call(three, three, 3, SampleWeights(ones).first(2)),
                         (who + "expected 3 sample weights, got 2").c_str(), ShapeError);
    CHECK_THROWS_WITH_AS(call(three, three, 3, std::vector<double>{1, -3, 1}),
                         (who + "weight of sample 1 must be at least 0 and finite, got -3").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(call(three, three, 3, std::vector<double>{0, 0, 0}),
                         (who + "expected weights of a finite sum above 0").c_str(), ValueError);
  }
}
