// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
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
  std::string describe() const { return "CrossEntropyLoss()"; }

  template <MatrixLike P>
  double operator()(const P& y, std::span<const int> labels, MatrixView<ScalarOf<P>> dy = {},
                    SampleWeights weights = {}) const {
    using T = ScalarOf<P>;
    const ConstMatrixView<T> logits = view(y);
    detail::check_shapes(name, logits, dy);
    if (static_cast<Index>(labels.size()) != logits.rows())
      throw ShapeError("mlp::CrossEntropyLoss: expected " + std::to_string(logits.rows()) + " labels, got " +
                       std::to_string(labels.size()));
    check_class_weights(logits.cols());
    check_labels(labels, logits.cols());
    const double total = total_weight(labels, weights);

    const T even = static_cast<T>(options_.label_smoothing / static_cast<double>(logits.cols()));
    const T rest = static_cast<T>(1 - options_.label_smoothing);
    const auto weight_and_label = [&](Index i) {
      const int label = labels[static_cast<std::size_t>(i)];
      return std::pair(ignores(label) ? 0.0 : detail::weight_at(weights, i), label);
    };
    if (options_.label_smoothing == 0 && options_.weight.empty())
      return mean_over_samples(logits, dy, total, [&](Index i) {
        const auto [w, label] = weight_and_label(i);
        return std::pair(w, OneHot{label});
      });
    return mean_over_samples(logits, dy, total, [&](Index i) {
      const auto [w, label] = weight_and_label(i);
      return std::pair(w, [=, this, t = label](Index k) {
        return class_weight<T>(k) * (even + (k == t ? rest : T(0)));
      });
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
    check_class_weights(logits.cols());
    check_targets(probabilities);
    const double total = detail::checked_total(name, weights, logits.rows());

    const T even = static_cast<T>(options_.label_smoothing / static_cast<double>(logits.cols()));
    const T rest = static_cast<T>(1 - options_.label_smoothing);
    return mean_over_samples(logits, dy, total, [&](Index i) {
      const T* const t = probabilities.row(i);
      return std::pair(detail::weight_at(weights, i),
                       [=, this](Index k) { return class_weight<T>(k) * (rest * t[k] + even); });
    });
  }

  /// What each call checks first. @throws ValueError `mlp::CrossEntropyLoss: label of sample 5 must be in [0, 3), got
  /// 7`
  void check_labels(std::span<const int> labels, Index classes) const {
    for (std::size_t i = 0; i < labels.size(); ++i)
      if ((labels[i] < 0 || labels[i] >= classes) && !ignores(labels[i]))
        detail::throw_out_of_range(name, "label of sample " + std::to_string(i),
                                   "in [0, " + std::to_string(classes) + ")", std::to_string(labels[i]));
  }

  /// The same for probabilities. @throws ValueError `mlp::CrossEntropyLoss: target of sample 5, output 2 must be in [0,
  /// 1], got 1.5`
  template <MatrixLike M>
  void check_targets(const M& probabilities) const {
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
    if (!options_.weight.empty() && static_cast<Index>(options_.weight.size()) != classes)
      throw ShapeError("mlp::CrossEntropyLoss: expected " + std::to_string(classes) + " class weights, got " +
                       std::to_string(options_.weight.size()));
  }

  /// sum_i w_i l_i / total with l = -sum_k q_k log p_k, whatever the target was: `sample(i)` is w_i and the function q.
  template <class T, class Sample>
  static double mean_over_samples(ConstMatrixView<T> y, MatrixView<T> dy, double total, Sample sample) {
    if (total == 0)
      total = std::numeric_limits<double>::quiet_NaN();  // PyTorch has 0/0 too, even where smoothing makes sum > 0
    double sum = 0;
    const Index block = std::clamp<Index>(chunk / y.cols(), 1, most_rows);
    for (Index first = 0; first < y.rows(); first += block) {
      const Index count = std::min(block, y.rows() - first);
      T m[most_rows];
      double exp_sum[most_rows];
      exponents(y.rows(first, count), dy ? dy.rows(first, count) : dy, m, exp_sum);
      for (Index r = 0; r < count; ++r) {
        const Index i = first + r;
        const auto [w, q] = sample(i);
        T* const dx = dy ? dy.row(i) : nullptr;
        if (w != 0)
          sum += w * row_loss(y.row(i), dx, y.cols(), m[r], exp_sum[r], static_cast<T>(w / total), q);
        else if (dx != nullptr)
          std::fill_n(dx, y.cols(), T(0));
      }
    }
    return sum / total;
  }

  static constexpr Index most_rows = 64, chunk = 1024;  // what is worth one call of a kernel, and fits on the stack

  /// m_i = max_k x_ik and sum_k exp(x_ik - m_i) of a block of rows. The exponents go into `dx`, if it is given.
  template <class T>
  static void exponents(ConstMatrixView<T> x, MatrixView<T> dx, T* m, double* sums) {
    for (Index i = 0; i < x.rows(); ++i) {
      m[i] = *std::max_element(x.row(i), x.row(i) + x.cols());
      sums[i] = 0;
    }
    T unread[chunk];
    for (Index first = 0; first < x.cols(); first += chunk) {
      const Index count = std::min(chunk, x.cols() - first);
      const MatrixView<T> e =
          dx ? MatrixView<T>(dx.data() + first, x.rows(), count, dx.stride()) : MatrixView<T>(unread, x.rows(), count);
      detail::exp_shifted(ConstMatrixView<T>(x.data() + first, x.rows(), count, x.stride()), m, e);
      for (Index i = 0; i < x.rows(); ++i)
        for (Index k = 0; k < count; ++k) sums[i] += static_cast<double>(e(i, k));
    }
  }

  /// l of one row; scale * dl/dx into `dx` if it is given, which holds exp(x - m) until then.
  template <class T, class Q>
  static double row_loss(const T* x, T* dx, Index classes, T m, double exp_sum, T scale, const Q& q) {
    const T log_sum = static_cast<T>(std::log(exp_sum));
    double loss = 0;
    T q_sum = 0;
    for (Index k = 0; k < classes; ++k) {
      const T q_k = q(k);
      q_sum += q_k;
      if (q_k != T(0)) loss += static_cast<double>(q_k * (log_sum - (x[k] - m)));  // 0 log 0 = 0: a logit may be -inf
    }
    if (dx != nullptr) {
      const T factor = static_cast<T>(static_cast<double>(q_sum) / exp_sum);
      for (Index k = 0; k < classes; ++k) dx[k] = scale * (dx[k] * factor - q(k));  // dl/dx_k = p_k sum_j q_j - q_k
    }
    return loss;
  }

  /// The same where q is 1 for one class and 0 for the others.
  struct OneHot {
    int label;
  };
  template <class T>
  static double row_loss(const T* x, T* dx, Index classes, T m, double exp_sum, T scale, OneHot q) {
    if (dx != nullptr) {
      const T factor = static_cast<T>(1 / exp_sum);
      const T at_label = dx[q.label] * factor - 1;
      for (Index k = 0; k < classes; ++k) dx[k] = scale * (dx[k] * factor);
      dx[q.label] = scale * at_label;
    }
    return static_cast<double>(static_cast<T>(std::log(exp_sum)) - (x[q.label] - m));
  }

  CrossEntropyLossOptions options_;
};

}  // namespace mlp
