// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <mlp/losses/loss.hpp>
#include <mlp/math/softmax.hpp>

namespace mlp {

struct CrossEntropyLossOptions {
  std::vector<double> weight = {};  ///< c_k, one a class; empty: all 1
  int ignore_index = -100;          ///< samples with this label do not count
  double label_smoothing = 0;       ///< e, how much of the target is spread evenly over all classes
};

/// The cross entropy between the softmax of logits and a target, as torch.nn.CrossEntropyLoss. With
/// p_ij = exp(y_ij) / sum_k exp(y_ik), classes k = 0 .. C-1, class weights c and label smoothing e:
///
///     class indices t_i    l_i = -(1 - e) c_{t_i} log p_{i,t_i} - e/C sum_k c_k log p_ik
///                          L   = sum_i w_i l_i / sum_i w_i c_{t_i}    over the samples with t_i != ignore_index
///     probabilities t_ik   l_i = -sum_k c_k ((1 - e) t_ik + e/C) log p_ik
///                          L   = sum_i w_i l_i / sum_i w_i
///
/// Shapes: y, dy [batch, classes]; target: one label a sample, or probabilities [batch, classes]. Takes logits, never
/// probabilities: log p is y_ij - m - log sum_k exp(y_ik - m), m the largest of the row, so no exponent overflows.
/// As in PyTorch, where all samples are ignored the loss is NaN and the gradient 0; where the class weights of all
/// labels are 0, both are NaN. Rows of probabilities need not sum to 1. Source: Szegedy et al. 2016 for label
/// smoothing.
///
///     CrossEntropyLoss loss({.weight = {1, 2, 2}, .label_smoothing = 0.1});
///     double l = loss(logits, labels, tape.output_gradient());
///
/// @throws ShapeError `mlp::CrossEntropyLoss: expected 32 labels, got 31`, `mlp::CrossEntropyLoss: expected 3 class
/// weights, got 2`, and as MSELoss does for target, dy, sample weights and an empty batch
/// @throws ValueError `mlp::CrossEntropyLoss: label of sample 5 must be in [0, 3), got 7`, `mlp::CrossEntropyLoss:
/// target of sample 5, output 2 must be in [0, 1], got 1.5`, `mlp::CrossEntropyLoss: ignore_index must be negative with
/// probabilities, got 0`
class CrossEntropyLoss {
 public:
  CrossEntropyLoss() = default;
  /// @throws ValueError `mlp::CrossEntropyLoss: weight of class 1 must be at least 0 and finite, got -1`,
  /// `mlp::CrossEntropyLoss: label_smoothing must be in [0, 1], got 1.5`
  explicit CrossEntropyLoss(CrossEntropyLossOptions options) : options_(std::move(options)) {
    for (std::size_t k = 0; k < options_.weight.size(); ++k)
      detail::check_not_negative(name, "weight of class " + std::to_string(k), options_.weight[k]);
    if (!(options_.label_smoothing >= 0 && options_.label_smoothing <= 1))
      detail::throw_out_of_range(name, "label_smoothing", "in [0, 1]", detail::number_text(options_.label_smoothing));
  }

  const CrossEntropyLossOptions& options() const { return options_; }
  /// "CrossEntropyLoss(weight 1 2 2, label_smoothing 0.1)": the options that are not the defaults
  [[gnu::cold]] std::string describe() const {
    std::string text;
    if (!options_.weight.empty()) text += ", weight" + detail::numbers_text(options_.weight);
    if (options_.ignore_index != CrossEntropyLossOptions{}.ignore_index)
      text += ", ignore_index " + std::to_string(options_.ignore_index);
    if (options_.label_smoothing != 0) text += ", label_smoothing " + detail::number_text(options_.label_smoothing);
    return "CrossEntropyLoss(" + (text.empty() ? text : text.substr(2)) + ")";
  }

  template <MatrixLike P>
  double operator()(const P& y, std::span<const int> labels, MatrixView<ScalarOf<P>> dy = {},
                    SampleWeights weights = {}) const {
    using T = ScalarOf<P>;
    const ConstMatrixView<T> logits = view(y);
    detail::check_shapes(name, logits, dy);
    check_count(labels.size(), logits.rows(), " labels");
    check_labels(labels, logits.cols());
    const double total = total_weight(labels, weights);

    const auto weight = [&](Index i) {
      return ignores(labels[static_cast<std::size_t>(i)]) ? 0.0 : detail::weight_at(weights, i);
    };
    if (options_.label_smoothing == 0 && options_.weight.empty())
      return mean_of_blocks(logits, dy, total, weight, [&](Index first, auto x, auto dx, const T* scale, double* loss) {
        detail::cross_entropy(x, labels.data() + first, scale, dx, loss);
      });
    const T even = static_cast<T>(options_.label_smoothing / static_cast<double>(logits.cols()));
    const T rest = static_cast<T>(1 - options_.label_smoothing);
    return mean_over_samples(logits, dy, total, weight, [&](Index i) {
      return [=, this, t = labels[static_cast<std::size_t>(i)]](Index k) {
        return class_weight<T>(k) * (even + (k == t ? rest : T(0)));
      };
    });
  }

  /// The same for labels written out: `loss(logits, {0, 2, 1})`.
  template <MatrixLike P>
  double operator()(const P& y, std::initializer_list<int> labels, MatrixView<ScalarOf<P>> dy = {},
                    SampleWeights weights = {}) const {
    return (*this)(y, std::span(labels.begin(), labels.size()), dy, weights);
  }

  template <MatrixLike P>
  double operator()(const P& y, ConstMatrixView<ScalarOf<P>> probabilities, MatrixView<ScalarOf<P>> dy = {},
                    SampleWeights weights = {}) const {
    using T = ScalarOf<P>;
    const ConstMatrixView<T> logits = view(y);
    detail::check_shapes(name, logits, probabilities, dy);
    if (options_.ignore_index >= 0)
      detail::throw_out_of_range(name, "ignore_index", "negative with probabilities",
                                 std::to_string(options_.ignore_index));
    check_targets(probabilities);
    const double total = detail::checked_total(name, weights, logits.rows());

    const T even = static_cast<T>(options_.label_smoothing / static_cast<double>(logits.cols()));
    const T rest = static_cast<T>(1 - options_.label_smoothing);
    const auto weight = [&](Index i) { return detail::weight_at(weights, i); };
    return mean_over_samples(logits, dy, total, weight, [&](Index i) {
      return [=, this, t = probabilities.row(i)](Index k) { return class_weight<T>(k) * (rest * t[k] + even); };
    });
  }

  /// What each call checks first. @throws ShapeError `mlp::CrossEntropyLoss: expected 3 class weights, got 2`;
  /// ValueError `mlp::CrossEntropyLoss: label of sample 5 must be in [0, 3), got 7`
  void check_labels(std::span<const int> labels, Index classes) const {
    check_class_weights(classes);
    for (std::size_t i = 0; i < labels.size(); ++i)
      if ((labels[i] < 0 || labels[i] >= classes) && !ignores(labels[i])) refuse_label(i, labels[i], classes);
  }

  /// The same for probabilities. @throws ShapeError as above; ValueError `mlp::CrossEntropyLoss: target of sample 5,
  /// output 2 must be in [0, 1], got 1.5`
  template <MatrixLike M>
  void check_targets(const M& probabilities) const {
    check_class_weights(probabilities.cols());
    detail::check_probabilities<ScalarOf<M>>(name, "target", view(probabilities));
  }

  /// What a call with these labels and weights divides by: sum_i w_i c_{t_i} over the samples that are not ignored.
  /// @throws ShapeError, ValueError as a call does for its weights, and for labels where classes have weights
  double total_weight(std::span<const int> labels, SampleWeights weights = {}) const {
    detail::checked_total(name, weights, static_cast<Index>(labels.size()));
    if (!options_.weight.empty()) check_labels(labels, static_cast<Index>(options_.weight.size()));
    double total = 0;
    for (std::size_t i = 0; i < labels.size(); ++i)
      if (!ignores(labels[i]))
        total += detail::weight_at(weights, static_cast<Index>(i)) * class_weight<double>(labels[i]);
    return total;
  }
  bool ignores(int label) const { return label == options_.ignore_index; }

 private:
  static constexpr const char* name = "CrossEntropyLoss";

  template <class T>
  T class_weight(Index k) const {
    return options_.weight.empty() ? T(1) : static_cast<T>(options_.weight[static_cast<std::size_t>(k)]);
  }

  void check_class_weights(Index classes) const {
    if (!options_.weight.empty()) check_count(options_.weight.size(), classes, " class weights");
  }
  static void check_count(std::size_t got, Index expected, const char* what) {
    if (static_cast<Index>(got) != expected) refuse_count(got, expected, what);
  }
  [[noreturn, gnu::cold]] static void refuse_count(std::size_t got, Index expected, const char* what) {
    throw ShapeError("mlp::CrossEntropyLoss: expected " + std::to_string(expected) + what + ", got " +
                     std::to_string(got));
  }
  [[noreturn, gnu::cold]] static void refuse_label(std::size_t sample, int label, Index classes) {
    detail::throw_out_of_range(name, "label of sample " + std::to_string(sample),
                               "in [0, " + std::to_string(classes) + ")", std::to_string(label));
  }

  static constexpr Index most_rows = 64;  // more would not make a call of the kernel cheaper

  /// sum_i w_i l_i / total for w_i = weight(i). Of as many samples as are worth one call of a kernel, losses(first, x,
  /// dx, scale, loss) computes l_i into `loss`, and scale_i dl_i/dx_i into `dx` if it is given: 0 where the scale is 0.
  template <class T, class Weight, class Losses>
  static double mean_of_blocks(ConstMatrixView<T> y, MatrixView<T> dy, double total, Weight weight, Losses losses) {
    if (total == 0)
      total = std::numeric_limits<double>::quiet_NaN();  // PyTorch has 0/0 too, even where smoothing makes sum > 0
    double sum = 0;
    const Index rows = std::clamp<Index>(4096 / y.cols(), 1, most_rows);  // what stays in the first-level cache
    for (Index first = 0; first < y.rows(); first += rows) {
      const Index count = std::min(rows, y.rows() - first);
      double w[most_rows], loss[most_rows];
      T scale[most_rows];
      for (Index i = 0; i < count; ++i) {
        w[i] = weight(first + i);
        scale[i] = w[i] == 0 ? T(0) : static_cast<T>(w[i] / total);
      }
      losses(first, y.rows(first, count), dy ? dy.rows(first, count) : dy, scale, loss);
      for (Index i = 0; i < count; ++i)
        if (w[i] != 0) sum += w[i] * loss[i];
    }
    return sum / total;
  }

  /// The same with l_i = -sum_k q_k log p_ik, whatever the target was: target(i) is the function q.
  template <class T, class Weight, class Target>
  static double mean_over_samples(ConstMatrixView<T> y, MatrixView<T> dy, double total, Weight weight, Target target) {
    T one[most_rows];
    int no_label[most_rows];
    std::fill_n(one, most_rows, T(1));
    std::fill_n(no_label, most_rows, -1);
    return mean_of_blocks(y, dy, total, weight, [&](Index first, auto x, auto dx, const T* scale, double* loss) {
      T m[most_rows];
      detail::cross_entropy(x, no_label, one, dx, loss, m);  // log sum_k exp(x_ik - m_i), and p into dx
      for (Index i = 0; i < x.rows(); ++i)
        loss[i] = row_loss(x.row(i), dx ? dx.row(i) : nullptr, x.cols(), m[i], static_cast<T>(loss[i]), scale[i],
                           target(first + i));
    });
  }

  /// l of one row; scale * dl/dx into `dx` if it is given, which holds p = softmax(x) until then.
  template <class T, class Q>
  static double row_loss(const T* x, T* dx, Index classes, T m, T log_sum, T scale, const Q& q) {
    double loss = 0;
    T q_sum = 0;
    for (Index k = 0; k < classes; ++k) {
      const T q_k = q(k);
      q_sum += q_k;
      if (q_k != T(0)) loss += static_cast<double>(q_k * (log_sum - (x[k] - m)));  // 0 log 0 = 0: a logit may be -inf
    }
    if (dx != nullptr)
      for (Index k = 0; k < classes; ++k)  // dl/dx_k = p_k sum_j q_j - q_k
        dx[k] = scale == T(0) ? T(0) : scale * (dx[k] * q_sum - q(k));
    return loss;
  }

  CrossEntropyLossOptions options_;
};

}  // namespace mlp
