// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <mlp/core/check.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/metrics/classification.hpp>
#include <mlp/metrics/checked_weights.hpp>

// What is mistaken for what, with the names and the argument order of scikit-learn called with `labels=range(classes)`:
// every class has its row, also one that never occurs.
//
// Shapes: y_true, y_pred [n], labels in [0, classes); weights [n] or none. Sums are taken in double.
//
// All throw ShapeError `mlp::f1_score: expected 3 labels in y_pred, got 2`, `mlp::f1_score: expected 3 sample weights,
// got 2`, and ValueError `mlp::f1_score: classes must be at least 1, got 0`, `mlp::f1_score: expected at least one
// sample`, `mlp::f1_score: expected labels in [0, 3), got y_pred[4] = 3`, `mlp::f1_score: weight of sample 0 must be at
// least 0 and finite, got -1`, `mlp::f1_score: expected weights of a finite sum above 0`.

namespace mlp {

namespace detail {

inline Matrix<double> confusion_matrix(const char* who, std::span<const int> y_true, std::span<const int> y_pred,
                                       Index classes, SampleWeights weights) {
  check_at_least(who, "classes", classes, 1);
  check_labels(who, y_true, y_pred);
  check_label_range(who, "y_true", y_true, classes);
  check_label_range(who, "y_pred", y_pred, classes);
  const CheckedWeights w(who, weights, static_cast<Index>(y_true.size()));
  Matrix<double> counts(classes, classes);
  fill<double>(counts, 0);
  for (std::size_t i = 0; i < y_true.size(); ++i) counts(y_true[i], y_pred[i]) += w[static_cast<Index>(i)];
  return counts;
}

}  // namespace detail

/// The sum of the weights (the number, without weights) of the samples of each true class that were predicted as each
/// class: [true, predicted]. The diagonal is right, the rest is mistaken.
///
///     Matrix<double> counts = confusion_matrix(test.y, argmax_rows(net.predict(test.x)), 7);
inline Matrix<double> confusion_matrix(std::span<const int> y_true, std::span<const int> y_pred, Index classes,
                                       SampleWeights weights = {}) {
  return detail::confusion_matrix("confusion_matrix", y_true, y_pred, classes, weights);
}

/// How well one class is found. A quotient whose denominator is 0 is 0 (`zero_division=0` of scikit-learn).
struct ClassScores {
  double precision = 0;  ///< of what was predicted as this class, the share that is of it
  double recall = 0;     ///< of what is of this class, the share that was predicted as it
  double f1 = 0;         ///< harmonic mean: 2 precision recall / (precision + recall)
  double support = 0;    ///< sum of the weights of this class in y_true
};

namespace detail {

inline std::vector<ClassScores> class_scores(const Matrix<double>& counts) {
  const auto quotient = [](double a, double b) { return b == 0 ? 0.0 : a / b; };
  std::vector<ClassScores> scores;
  for (Index c = 0; c < counts.rows(); ++c) {
    ClassScores score;
    double predicted = 0;
    for (Index k = 0; k < counts.rows(); ++k) {
      score.support += counts(c, k);
      predicted += counts(k, c);
    }
    score.precision = quotient(counts(c, c), predicted);
    score.recall = quotient(counts(c, c), score.support);
    score.f1 = quotient(2 * score.precision * score.recall, score.precision + score.recall);
    scores.push_back(score);
  }
  return scores;
}

}  // namespace detail

/// Precision, recall, F1 and support of each class: [classes].
///
///     for (const ClassScores& s : precision_recall_fscore_support(test.y, predicted, 7)) std::cout << s.f1 << '\n';
inline std::vector<ClassScores> precision_recall_fscore_support(std::span<const int> y_true,
                                                                std::span<const int> y_pred, Index classes,
                                                                SampleWeights weights = {}) {
  return detail::class_scores(
      detail::confusion_matrix("precision_recall_fscore_support", y_true, y_pred, classes, weights));
}

/// How the scores of the classes become one number.
enum class Average {
  macro,     ///< the mean: each class counts the same, one that never occurs with 0
  weighted,  ///< the mean weighted by support: each class counts as often as it occurs
};

namespace detail {

inline double averaged_score(const char* who, double ClassScores::*score, std::span<const int> y_true,
                             std::span<const int> y_pred, Index classes, Average average, SampleWeights weights) {
  double sum = 0;
  double total = 0;
  for (const ClassScores& scores : class_scores(confusion_matrix(who, y_true, y_pred, classes, weights))) {
    const double weight = average == Average::macro ? 1.0 : scores.support;
    sum += weight * scores.*score;
    total += weight;
  }
  return sum / total;
}

}  // namespace detail

/// Precision, averaged over the classes.
///
///     double precision = precision_score(test.y, predicted, 7, Average::macro);
inline double precision_score(std::span<const int> y_true, std::span<const int> y_pred, Index classes, Average average,
                              SampleWeights weights = {}) {
  return detail::averaged_score("precision_score", &ClassScores::precision, y_true, y_pred, classes, average, weights);
}

/// Recall, averaged over the classes; weighted, it is the accuracy.
///
///     double recall = recall_score(test.y, predicted, 7, Average::macro);
inline double recall_score(std::span<const int> y_true, std::span<const int> y_pred, Index classes, Average average,
                           SampleWeights weights = {}) {
  return detail::averaged_score("recall_score", &ClassScores::recall, y_true, y_pred, classes, average, weights);
}

/// F1, averaged over the classes (the mean of F1, not the F1 of means).
///
///     double f1 = f1_score(test.y, predicted, 7, Average::weighted);
inline double f1_score(std::span<const int> y_true, std::span<const int> y_pred, Index classes, Average average,
                       SampleWeights weights = {}) {
  return detail::averaged_score("f1_score", &ClassScores::f1, y_true, y_pred, classes, average, weights);
}

}  // namespace mlp
