// SPDX-License-Identifier: MIT
#include <mlp/data/split.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include <mlp/data/csv.hpp>
#include <mlp/data/npy_dict.hpp>

#include "support/reference.hpp"

using mlp::Dataset;
using mlp::Index;
using mlp::Labels;
using mlp::Matrix;
using Rows = std::vector<Index>;

namespace {

/// n samples of one feature, their row, twice it as target and half of it as weight.
Dataset<Matrix<double>, Matrix<double>> numbered_rows(Index n) {
  Matrix<double> x(n, 1);
  std::vector<double> weights;
  for (Index i = 0; i < n; ++i) {
    x(i, 0) = static_cast<double>(i);
    weights.push_back(static_cast<double>(i) / 2);
  }
  return {x, 2 * x, weights};
}

template <class Data>
Rows rows_of(const Data& numbered) {
  Rows rows;
  for (Index i = 0; i < numbered.size(); ++i) rows.push_back(static_cast<Index>(numbered.x(i, 0)));
  return rows;
}

}  // namespace

TEST_CASE("samples are the rows that pandas draws, and the rest in file order") {
  const auto reference = mlp::testing::reference("split.json");
  for (const auto& item : reference["sample"]) {
    CAPTURE(item["n"].get<Index>());
    CAPTURE(item["frac"].get<double>());
    const auto rows = mlp::sample_indices(item["n"], item["frac"], item["seed"]);
    CHECK(rows.train == item["train"].get<Rows>());
    CHECK(rows.test == item["test"].get<Rows>());
  }
}

TEST_CASE("training and test rows are those of scikit-learn") {
  const auto reference = mlp::testing::reference("split.json");
  for (const auto& item : reference["split"]) {
    CAPTURE(item["n"].get<Index>());
    CAPTURE(item["test_size"].get<double>());
    const mlp::ShuffleSplitOptions options{item["test_size"], item["seed"], item["shuffle"]};
    const auto rows = mlp::train_test_split_indices(item["n"].get<Index>(), options);
    CHECK(rows.train == item["train"].get<Rows>());
    CHECK(rows.test == item["test"].get<Rows>());
  }
}

TEST_CASE("stratified rows are those of scikit-learn, for even and uneven classes and for equal remainders") {
  const auto reference = mlp::testing::reference("split.json");
  for (const auto& item : reference["stratified"]) {
    const auto labels = item["labels"].get<Labels>();
    CAPTURE(labels.size());
    CAPTURE(item["test_size"].get<double>());
    CAPTURE(item["seed"].get<std::uint32_t>());
    const mlp::ShuffleSplitOptions options{item["test_size"], item["seed"]};
    const auto rows = mlp::train_test_split_indices(static_cast<Index>(labels.size()), options, labels);
    CHECK(rows.train == item["train"].get<Rows>());
    CHECK(rows.test == item["test"].get<Rows>());
  }
}

TEST_CASE("a data set is divided as its rows are, with targets and weights") {
  const auto data = numbered_rows(392);
  const auto split = mlp::train_val_split(data, {.train_fraction = 0.8, .seed = 59});
  const auto rows = mlp::sample_indices(392, 0.8, 59);
  CHECK(rows_of(split.train) == rows.train);
  CHECK(rows_of(split.val) == rows.test);
  CHECK(split.train.y == 2 * split.train.x);
  CHECK(split.val.y == 2 * split.val.x);
  for (Index i = 0; i < split.val.size(); ++i)
    CHECK(split.val.weights[static_cast<std::size_t>(i)] == split.val.x(i, 0) / 2);

  const auto parts = mlp::train_test_split(data, {.test_size = 0.2, .seed = 59});
  const auto part_rows = mlp::train_test_split_indices(392, {.test_size = 0.2, .seed = 59});
  CHECK(rows_of(parts.train) == part_rows.train);
  CHECK(rows_of(parts.test) == part_rows.test);
  const auto ordered = mlp::train_test_split(data, {.test_size = 0.5, .shuffle = false});
  CHECK(ordered.train.x(0, 0) == 0);
  CHECK(ordered.test.x(0, 0) == 196);
}

TEST_CASE("the defaults are those of the exercise and of scikit-learn") {
  CHECK(mlp::train_val_split(numbered_rows(10)).train.size() == 8);
  CHECK(mlp::train_test_split(numbered_rows(10)).test.size() == 3);
}

TEST_CASE("a set of images is divided with both parts in the proportions of the classes") {
  Labels labels;
  for (int i = 0; i < 40; ++i) labels.push_back(i < 30 ? 0 : 1);
  Matrix<std::uint8_t> pixels(40, 1);
  for (Index i = 0; i < 40; ++i) pixels(i, 0) = static_cast<std::uint8_t>(i);
  const Dataset faces{mlp::ByteMatrix{pixels, 1 / 127.5, -1}, labels};
  const auto split = mlp::train_test_split(faces, {.test_size = 0.2, .seed = 0, .stratify = true});
  CHECK(std::count(split.train.y.begin(), split.train.y.end(), 1) == 8);
  CHECK(std::count(split.test.y.begin(), split.test.y.end(), 1) == 2);
  REQUIRE(split.test.size() == 8);
  for (Index i = 0; i < 8; ++i)
    CHECK(split.test.y[static_cast<std::size_t>(i)] == (split.test.x.bytes(i, 0) < 30 ? 0 : 1));
  // Without it, scikit-learn's test set of this seed has none of the second class.
  const auto plain = mlp::train_test_split(faces, {.test_size = 0.2, .seed = 0});
  CHECK(std::count(plain.test.y.begin(), plain.test.y.end(), 1) == 0);
}

TEST_CASE("a part that cannot be made is refused") {
  CHECK_THROWS_WITH_AS(mlp::sample_indices(10, 1.5, 0), "mlp::sample_indices: frac must be in [0, 1], got 1.5",
                       mlp::ValueError);
  CHECK_THROWS_WITH_AS(mlp::sample_indices(10, std::numeric_limits<double>::quiet_NaN(), 0),
                       "mlp::sample_indices: frac must be in [0, 1], got nan", mlp::ValueError);
  CHECK_THROWS_WITH_AS(mlp::sample_indices(-1, 0.5, 0), "mlp::sample_indices: n must be at least 0, got -1",
                       mlp::ValueError);
  CHECK_THROWS_WITH_AS(mlp::train_val_split(numbered_rows(4), {.train_fraction = 1}),
                       "mlp::train_val_split: train_fraction must be in (0, 1), got 1", mlp::ValueError);
  CHECK_THROWS_WITH_AS(mlp::train_val_split(numbered_rows(4), {.train_fraction = 0.9}),
                       "mlp::train_val_split: train_fraction 0.9 leaves one part of 4 samples empty", mlp::ValueError);
  CHECK_THROWS_WITH_AS(mlp::train_val_split(numbered_rows(4), {.train_fraction = 0.1}),
                       "mlp::train_val_split: train_fraction 0.1 leaves one part of 4 samples empty", mlp::ValueError);
  for (const double test_size : {0.0, 1.0, -0.5, 2.0})
    CHECK_THROWS_WITH_AS(
        mlp::train_test_split(numbered_rows(4), {.test_size = test_size}),
        ("mlp::train_test_split: test_size must be in (0, 1), got " + mlp::detail::number_text(test_size)).c_str(),
        mlp::ValueError);
  CHECK_THROWS_WITH_AS(mlp::train_test_split(numbered_rows(4), {.test_size = 0.8}),
                       "mlp::train_test_split: test_size 0.8 leaves no training set of 4 samples", mlp::ValueError);
  CHECK_THROWS_WITH_AS(mlp::train_test_split(numbered_rows(0)),
                       "mlp::train_test_split: test_size 0.25 leaves no training set of 0 samples", mlp::ValueError);
}

TEST_CASE("classes that cannot be stratified are refused") {
  const auto split = [](Index n, const Labels& labels, const mlp::ShuffleSplitOptions& options) {
    mlp::train_test_split_indices(n, options, labels);
  };
  CHECK_THROWS_WITH_AS(split(4, {0, 1, 1}, {}), "mlp::train_test_split: expected 4 labels, got 3", mlp::ShapeError);
  CHECK_THROWS_WITH_AS(split(4, {0, 0, 1, 1}, {.shuffle = false}),
                       "mlp::train_test_split: to stratify, shuffle must be true", mlp::ValueError);
  CHECK_THROWS_WITH_AS(
      split(5, {0, 0, 7, 1, 1}, {.test_size = 0.5}),
      "mlp::train_test_split: to stratify, expected at least 2 samples of each class, got 1 of class 7",
      mlp::ValueError);
  CHECK_THROWS_WITH_AS(
      split(6, {0, 0, 1, 1, 2, 2}, {.test_size = 0.3}),
      "mlp::train_test_split: to stratify, expected no fewer samples in a part than classes, got 4 and "
      "2 samples, 3 classes",
      mlp::ValueError);
  CHECK_THROWS_WITH_AS(
      split(6, {0, 0, 1, 1, 2, 2}, {.test_size = 0.6}),
      "mlp::train_test_split: to stratify, expected no fewer samples in a part than classes, got 2 and "
      "4 samples, 3 classes",
      mlp::ValueError);
  CHECK_THROWS_WITH_AS(mlp::train_test_split(numbered_rows(4), {.stratify = true}),
                       "mlp::train_test_split: to stratify, expected labels", mlp::ValueError);
}

TEST_CASE("the splits of the exercises are those of pandas and scikit-learn, row for row" *
          doctest::test_suite("real data")) {
  const char* data_dir = std::getenv("MLP_DATA_DIR");
  if (data_dir == nullptr) {
    MESSAGE("skipped: MLP_DATA_DIR is not set");
    return;
  }
  const std::string folder = std::string(data_dir) + "/";
  /// The rows of a part, in its order, as a split file lists them.
  const auto stored = [&](const std::string& file, const std::string& part) {
    const mlp::Table table = mlp::read_csv(folder + file);
    Rows rows;
    for (Index i = 0; i < table.rows(); ++i)
      if (table.text(i, table.column_index("split")) == part) {
        CHECK(table.number(i, table.column_index("order")) == static_cast<double>(rows.size()));
        rows.push_back(static_cast<Index>(table.number(i, table.column_index("row"))));
      }
    return rows;
  };
  const auto cars = numbered_rows(mlp::read_csv(folder + "auto_mpg/Auto_MPG_data.csv").rows());
  const auto slides = mlp::train_val_split(cars, {.train_fraction = 0.8, .seed = 0});
  CHECK(rows_of(slides.train) == stored("auto_mpg/split_frac0.8_seed0.csv", "train"));
  CHECK(rows_of(slides.val) == stored("auto_mpg/split_frac0.8_seed0.csv", "val"));
  const auto spiral = numbered_rows(mlp::read_npy_dataset<double>(folder + "nonlinear/NonLinear_data.npy").size());
  for (const auto& [data, file] :
       {std::pair(&cars, "auto_mpg/split_7-2-1_seed59.csv"), std::pair(&spiral, "nonlinear/split_7-2-1_seed59.csv")}) {
    const auto outer = mlp::train_test_split(*data, {.test_size = 0.2, .seed = 59});
    const auto inner = mlp::train_test_split(outer.train, {.test_size = 0.125, .seed = 59});
    CHECK(rows_of(inner.train) == stored(file, "train"));
    CHECK(rows_of(inner.test) == stored(file, "test"));
    CHECK(rows_of(outer.test) == stored(file, "val"));
  }
}
