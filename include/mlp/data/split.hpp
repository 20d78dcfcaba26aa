// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/data/groups.hpp>
#include <mlp/math/numpy_rng.hpp>

namespace mlp {

/// The rows of the two parts of a set, in the order in which each part holds them.
struct Indices {
  std::vector<Index> train;
  std::vector<Index> test;
};

/// The rows that pandas' `df.sample(frac=frac, random_state=seed)` draws from n, and the rest, in file order, as
/// `test`. round(frac * n) rows are drawn, a half to the even number.
///
///     Indices rows = sample_indices(392, 0.8, 0);   // 314 and 78
///
/// @throws ValueError `mlp::sample_indices: frac must be in [0, 1], got 1.5`, `... n must be at least 0, got -1`
inline Indices sample_indices(Index n, double frac, std::uint32_t seed) {
  detail::check_at_least("sample_indices", "n", n, 0);
  if (!(frac >= 0 && frac <= 1))
    detail::throw_out_of_range("sample_indices", "frac", "in [0, 1]", detail::number_text(frac));
  const auto drawn = static_cast<std::size_t>(std::nearbyint(frac * static_cast<double>(n)));
  Indices rows;
  rows.train = NumpyRng(seed).permutation(n);
  rows.train.resize(drawn);
  std::vector<char> is_drawn(static_cast<std::size_t>(n), 0);
  for (const Index row : rows.train) is_drawn[static_cast<std::size_t>(row)] = 1;
  for (Index row = 0; row < n; ++row)
    if (!is_drawn[static_cast<std::size_t>(row)]) rows.test.push_back(row);
  return rows;
}

/// How `train_test_split_indices` divides; names and defaults are scikit-learn's.
struct ShuffleSplitOptions {
  double test_size = 0.25;  ///< the part of the test set, rounded up to whole samples
  std::uint32_t seed = 0;   ///< [random_state]
  bool shuffle = true;      ///< without it the training set is the first rows, the test set the last
};

namespace detail {

/// About how many samples of each class are the likeliest among `draws` of all: the shares rounded down, then one more
/// for the largest remainders, drawn by lot among equal ones. Source: scikit-learn 1.2.1, `_approximate_mode`.
inline std::vector<Index> approximate_mode(const std::vector<Index>& class_counts, Index draws, NumpyRng& rng) {
  double total = 0;
  for (const Index count : class_counts) total += static_cast<double>(count);
  std::vector<Index> counts;
  std::vector<double> remainders;
  Index missing = draws;
  for (std::size_t c = 0; c < class_counts.size(); ++c) {
    const double share = static_cast<double>(class_counts[c]) / total * static_cast<double>(draws);
    counts.push_back(static_cast<Index>(share));
    missing -= counts[c];
    remainders.push_back(share - std::floor(share));
  }
  const auto is_larger = [&](Index a, Index b) {
    return remainders[static_cast<std::size_t>(a)] > remainders[static_cast<std::size_t>(b)];
  };
  for (const std::vector<Index>& classes : groups_of_equal(static_cast<Index>(class_counts.size()), is_larger)) {
    if (missing <= 0) break;
    const std::vector<Index> lots = rng.permutation(static_cast<Index>(classes.size()));
    for (std::size_t i = 0; i < lots.size() && missing > 0; ++i, --missing)
      ++counts[static_cast<std::size_t>(classes[static_cast<std::size_t>(lots[i])])];
  }
  return counts;
}

/// Source: scikit-learn 1.2.1, `StratifiedShuffleSplit`.
inline Indices stratified_split(std::span<const int> labels, Index test_count, std::uint32_t seed) {
  const auto fail = [](const std::string& expected) {
    throw ValueError("mlp::train_test_split: to stratify, expected " + expected);
  };
  const auto label_of = [&](Index row) { return labels[static_cast<std::size_t>(row)]; };
  const std::vector<std::vector<Index>> rows_of_class =
      groups_of_equal(static_cast<Index>(labels.size()), [&](Index a, Index b) { return label_of(a) < label_of(b); });
  const auto classes = static_cast<Index>(rows_of_class.size());
  const Index train_count = static_cast<Index>(labels.size()) - test_count;
  std::vector<Index> counts;
  for (const std::vector<Index>& rows : rows_of_class) {
    if (rows.size() < 2)
      fail("at least 2 samples of each class, got 1 of class " + std::to_string(label_of(rows.front())));
    counts.push_back(static_cast<Index>(rows.size()));
  }
  if (train_count < classes || test_count < classes)
    fail("no fewer samples in a part than classes, got " + std::to_string(train_count) + " and " +
         std::to_string(test_count) + " samples, " + std::to_string(classes) + " classes");

  NumpyRng rng(seed);
  const std::vector<Index> train_counts = approximate_mode(counts, train_count, rng);
  std::vector<Index> left = counts;
  for (std::size_t c = 0; c < left.size(); ++c) left[c] -= train_counts[c];
  const std::vector<Index> test_counts = approximate_mode(left, test_count, rng);
  Indices split;
  for (std::size_t c = 0; c < rows_of_class.size(); ++c) {
    const std::vector<Index>& rows = rows_of_class[c];
    const std::vector<Index> order = rng.permutation(counts[c]);
    for (Index i = 0; i < train_counts[c] + test_counts[c]; ++i)
      (i < train_counts[c] ? split.train : split.test)
          .push_back(rows[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])]);
  }
  rng.shuffle(std::span(split.train));
  rng.shuffle(std::span(split.test));
  return split;
}

}  // namespace detail

/// The rows that scikit-learn's `train_test_split(test_size, random_state, shuffle)` gives to the two parts of n. With
/// `stratify`, n class numbers, each part holds the classes in the proportions of the whole.
///
///     Indices rows = train_test_split_indices(392, {.test_size = 0.2, .seed = 59});   // 313 and 79
///
/// @throws ValueError `mlp::train_test_split: test_size must be in (0, 1), got 0`, `mlp::train_test_split: test_size
/// 0.8 leaves no training set of 1 samples`; to stratify without shuffling, a class of one sample, fewer samples in a
/// part than classes
/// @throws ShapeError `mlp::train_test_split: expected 392 labels, got 391`
inline Indices train_test_split_indices(Index n, const ShuffleSplitOptions& options = {},
                                        std::span<const int> stratify = {}) {
  constexpr auto who = "train_test_split";
  if (!(options.test_size > 0 && options.test_size < 1))
    detail::throw_out_of_range(who, "test_size", "in (0, 1)", detail::number_text(options.test_size));
  if (!stratify.empty() && static_cast<Index>(stratify.size()) != n)
    throw ShapeError("mlp::train_test_split: expected " + std::to_string(n) + " labels, got " +
                     std::to_string(stratify.size()));
  if (!stratify.empty() && !options.shuffle)
    throw ValueError("mlp::train_test_split: to stratify, shuffle must be true");
  const Index test_count = static_cast<Index>(std::ceil(options.test_size * static_cast<double>(n)));
  if (test_count >= n)
    throw ValueError("mlp::train_test_split: test_size " + detail::number_text(options.test_size) +
                     " leaves no training set of " + std::to_string(n) + " samples");
  if (!stratify.empty()) return detail::stratified_split(stratify, test_count, options.seed);

  Indices split;
  if (options.shuffle) {
    split.train = NumpyRng(options.seed).permutation(n);
    std::rotate(split.train.begin(), split.train.begin() + test_count, split.train.end());
  } else {
    for (Index i = 0; i < n; ++i) split.train.push_back(i);
  }
  split.test.assign(split.train.end() - test_count, split.train.end());
  split.train.resize(static_cast<std::size_t>(n - test_count));
  return split;
}

/// A data set in two parts.
template <class Data>
struct TrainValSplit {
  Data train;
  Data val;
};
template <class Data>
struct TrainTestSplit {
  Data train;
  Data test;
};

/// How `train_val_split` divides.
struct TrainValSplitOptions {
  double train_fraction = 0.8;
  std::uint32_t seed = 0;
};

/// Divides a data set as pandas' `train = df.sample(frac=train_fraction, random_state=seed)`, `val =
/// df.drop(train.index)`.
///
///     auto split = train_val_split(cars, {.train_fraction = 0.8, .seed = 0});   // split.train, split.val
///
/// @throws ValueError `mlp::train_val_split: train_fraction must be in (0, 1), got 1`, `mlp::train_val_split:
/// train_fraction 0.9 leaves one part of 2 samples empty`
template <class X, class Y>
TrainValSplit<Dataset<X, Y>> train_val_split(const Dataset<X, Y>& data, const TrainValSplitOptions& options = {}) {
  const std::string fraction = detail::number_text(options.train_fraction);
  if (!(options.train_fraction > 0 && options.train_fraction < 1))
    detail::throw_out_of_range("train_val_split", "train_fraction", "in (0, 1)", fraction);
  const Indices rows = sample_indices(data.size(), options.train_fraction, options.seed);
  if (rows.train.empty() || rows.test.empty())
    throw ValueError("mlp::train_val_split: train_fraction " + fraction + " leaves one part of " +
                     std::to_string(data.size()) + " samples empty");
  return {subset(data, rows.train), subset(data, rows.test)};
}

/// How `train_test_split` divides; names and defaults are scikit-learn's.
struct TrainTestSplitOptions {
  double test_size = 0.25;  ///< the part of the test set, rounded up to whole samples
  std::uint32_t seed = 0;   ///< [random_state]
  bool shuffle = true;      ///< without it the training set is the first rows, the test set the last
  bool stratify = false;    ///< both parts hold the classes in the proportions of the whole
};

/// Divides a data set as scikit-learn's `train_test_split(..., test_size=test_size, random_state=seed)`.
///
///     auto split = train_test_split(faces, {.test_size = 0.2, .seed = 59, .stratify = true});   // split.train,
///     split.test
///
/// @throws ValueError, ShapeError as `train_test_split_indices`; `mlp::train_test_split: to stratify, expected labels`
/// for targets that are no classes
template <class X, class Y>
TrainTestSplit<Dataset<X, Y>> train_test_split(const Dataset<X, Y>& data, const TrainTestSplitOptions& options = {}) {
  std::span<const int> classes;
  if constexpr (std::same_as<Y, Labels>) {
    if (options.stratify) classes = data.y;
  } else if (options.stratify) {
    throw ValueError("mlp::train_test_split: to stratify, expected labels");
  }
  const Indices rows =
      train_test_split_indices(data.size(), {options.test_size, options.seed, options.shuffle}, classes);
  return {subset(data, rows.train), subset(data, rows.test)};
}

}  // namespace mlp
