// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string>

#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/view.hpp>
#include <mlp/metrics/checked_weights.hpp>

namespace mlp {

namespace detail {

/// In the order of NumPy's sort: a NaN is larger than every number and as large as another NaN.
template <class T>
bool is_larger(T a, T b) {
  return a > b || (std::isnan(a) && !std::isnan(b));
}

/// @throws ShapeError `mlp::accuracy_score: expected 3 labels in y_pred, got 2`; ValueError `mlp::accuracy_score:
/// expected at least one sample`
inline void check_labels(const char* who, std::span<const int> y_true, std::span<const int> y_pred) {
  if (y_true.size() != y_pred.size())
    throw ShapeError(std::string("mlp::") + who + ": expected " + std::to_string(y_true.size()) +
                     " labels in y_pred, got " + std::to_string(y_pred.size()));
  if (y_true.empty()) throw ValueError(std::string("mlp::") + who + ": expected at least one sample");
}

/// @throws ValueError `mlp::confusion_matrix: expected labels in [0, 3), got y_true[4] = 3`
inline void check_label_range(const char* who, const char* name, std::span<const int> labels, Index classes) {
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= classes)
      throw ValueError(std::string("mlp::") + who + ": expected labels in [0, " + std::to_string(classes) + "), got " +
                       name + "[" + std::to_string(i) + "] = " + std::to_string(labels[i]));
}

}  // namespace detail

/// The column of the largest element of each row: the class a model decides for. Of equal elements the first counts, as
/// in `numpy.argmax`; a NaN counts as the largest. Logits and probabilities give the same.
///
/// Shapes: logits [n, classes], result [n].
/// @throws ValueError `mlp::argmax_rows: expected at least one class, got [5, 0]`
///
///     Labels predicted = argmax_rows(net.predict(test.x));
template <MatrixLike M>
Labels argmax_rows(const M& logits) {
  const ConstMatrixView<ScalarOf<M>> m = view(logits);
  if (m.cols() == 0) throw ValueError("mlp::argmax_rows: expected at least one class, got " + to_string(m.shape()));
  Labels labels(static_cast<std::size_t>(m.rows()));
  for (Index i = 0; i < m.rows(); ++i) {
    Index best = 0;
    for (Index j = 1; j < m.cols(); ++j)
      if (detail::is_larger(m(i, j), m(i, best))) best = j;
    labels[static_cast<std::size_t>(i)] = static_cast<int>(best);
  }
  return labels;
}

/// The weighted share of samples whose label is predicted: sum_i w_i [t_i = p_i] / sum_i w_i.
///
/// Shapes: y_true, y_pred [n]; weights [n] or none.
/// @throws ShapeError `mlp::accuracy_score: expected 3 labels in y_pred, got 2`, `... expected 3 sample weights, got 2`
/// @throws ValueError `mlp::accuracy_score: expected at least one sample`, `... weight of sample 0 must be at least 0
/// and finite, got -1`, `... expected weights of a finite sum above 0`
///
///     double accuracy = accuracy_score(test.y, argmax_rows(net.predict(test.x)));
inline double accuracy_score(std::span<const int> y_true, std::span<const int> y_pred, SampleWeights weights = {}) {
  detail::check_labels("accuracy_score", y_true, y_pred);
  const auto n = static_cast<Index>(y_true.size());
  const detail::CheckedWeights w("accuracy_score", weights, n);
  double hits = 0;
  for (Index i = 0; i < n; ++i)
    if (y_true[static_cast<std::size_t>(i)] == y_pred[static_cast<std::size_t>(i)]) hits += w[i];
  return hits / w.sum();
}

/// The weighted share of samples whose label is among the k classes of the largest scores. As in scikit-learn, of
/// equal scores the one of the higher class comes first; so k = 1 may differ from `argmax_rows` where scores tie.
///
/// Shapes: y_true [n], scores [n, classes]; weights [n] or none.
/// @throws ShapeError `mlp::top_k_accuracy_score: expected scores [3, 7], got [2, 7]`, and for weights as above
/// @throws ValueError `mlp::top_k_accuracy_score: expected k in [1, 7], got 8`, `... expected labels in [0, 7), got
/// y_true[0] = 7`, `... expected at least one sample`, and for weights as above
///
///     double among_two = top_k_accuracy_score(test.y, net.predict(test.x), 2);
template <MatrixLike M>
double top_k_accuracy_score(std::span<const int> y_true, const M& scores, Index k, SampleWeights weights = {}) {
  const char* const who = "top_k_accuracy_score";
  const ConstMatrixView<ScalarOf<M>> s = view(scores);
  const auto n = static_cast<Index>(y_true.size());
  if (s.rows() != n) throw ShapeError::expected(who, "scores", {n, s.cols()}, s.shape());
  if (n == 0) throw ValueError("mlp::top_k_accuracy_score: expected at least one sample");
  if (k < 1 || k > s.cols())
    throw ValueError("mlp::top_k_accuracy_score: expected k in [1, " + std::to_string(s.cols()) + "], got " +
                     std::to_string(k));
  detail::check_label_range(who, "y_true", y_true, s.cols());
  const detail::CheckedWeights w(who, weights, n);
  double hits = 0;
  for (Index i = 0; i < n; ++i) {
    const Index label = y_true[static_cast<std::size_t>(i)];
    const auto score = s(i, label);
    Index ahead = 0;
    for (Index j = 0; j < s.cols(); ++j)
      if (detail::is_larger(s(i, j), score) || (j > label && !detail::is_larger(score, s(i, j)))) ++ahead;
    if (ahead < k) hits += w[i];
  }
  return hits / w.sum();
}

}  // namespace mlp
