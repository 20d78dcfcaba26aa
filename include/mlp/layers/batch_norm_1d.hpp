// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>

#include <mlp/core/buffer.hpp>
#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/math/columns.hpp>

namespace mlp {

struct BatchNorm1dOptions {
  double eps = 1e-5;
  double momentum = 0.1;  ///< how much of the running statistics each batch replaces
};

/// Each feature with the mean and the variance of its column, as torch.nn.BatchNorm1d on [batch, features]:
///
///     y = (x - m) / sqrt(v + eps) w + b        s = 1 / sqrt(v + eps),   c = (x - m) s
///
/// m, v (divided by n) are those of the batch in training, else the running ones, which every step of training moves:
///
///     running_mean <- (1 - momentum) running_mean + momentum m
///     running_var  <- (1 - momentum) running_var  + momentum v n / (n - 1)
///
///     dw = sum of dy c,   db = sum of dy                                over the n samples of the batch
///     dx = w s (dy - db / n - c dw / n)    in training,    dx = w s dy    else
///
/// A gradient holds the next running statistics where those of the model lie, and the optimizer takes them over.
/// Shapes: x, y [batch, features]; w, b, m, v [features]. Initial values: w 1, b 0, running mean 0, running variance 1.
/// Source: Ioffe and Szegedy 2015.
///
///     Sequential net{Linear(784, 128, rng), BatchNorm1d(128), ReLU(), Linear(128, 10, rng)};
template <class T = float>
class BatchNorm1d {
 public:
  using Scalar = T;
  struct Cache {
    Buffer<T> mean, variance, inverse;  ///< m, v and s
    Buffer<T> scale, shift, slope;      ///< w s, and of backward db / n and s dw / n
    bool of_batch = false;              ///< whose m and v they are
  };

  /// @throws ValueError `mlp::BatchNorm1d: num_features must be at least 1, got 0`,
  ///   `mlp::BatchNorm1d: eps must be at least 0 and finite, got -1`,
  ///   `mlp::BatchNorm1d: momentum must be in [0, 1], got 2`
  explicit BatchNorm1d(Index num_features, BatchNorm1dOptions options = {}) : options_(options) {
    detail::check_at_least("BatchNorm1d", "num_features", num_features, 1);
    detail::check_not_negative("BatchNorm1d", "eps", options.eps);
    if (!(options.momentum >= 0 && options.momentum <= 1))
      throw ValueError("mlp::BatchNorm1d: momentum must be in [0, 1], got " + detail::number_text(options.momentum));
    weight_.setOnes(num_features);
    bias_.setZero(num_features);
    running_mean_.setZero(num_features);
    running_var_.setOnes(num_features);
  }

  Index in_features() const { return weight_.cols(); }
  const BatchNorm1dOptions& options() const { return options_; }
  /// All [1, features].
  MatrixView<T> weight() { return weight_; }
  MatrixView<T> bias() { return bias_; }
  MatrixView<T> running_mean() { return running_mean_; }
  MatrixView<T> running_var() { return running_var_; }
  ConstMatrixView<T> weight() const { return weight_; }
  ConstMatrixView<T> bias() const { return bias_; }
  ConstMatrixView<T> running_mean() const { return running_mean_; }
  ConstMatrixView<T> running_var() const { return running_var_; }

  /// "BatchNorm1d(128, eps 1e-05, momentum 0.1)"
  std::string describe() const {
    return "BatchNorm1d(" + std::to_string(in_features()) + ", eps " + detail::number_text(options_.eps) +
           ", momentum " + detail::number_text(options_.momentum) + ")";
  }

  Shape output_shape(Shape input) const {
    check_input(*this, input);
    return input;
  }

  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const {
    check_forward(*this, x, y);
    cache.of_batch = false;
    cache.mean.resize(1, in_features()).array() = running_mean_.array();
    cache.variance.resize(1, in_features()).array() = running_var_.array();
    normalize(x, y, cache);
  }
  /// @throws ValueError `mlp::BatchNorm1d(...): training needs more than 1 sample in a batch`
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache, const Training&) const {
    check_forward(*this, x, y);
    if (x.rows() == 0) return forward(x, y, cache);  // no mean to move
    if (x.rows() == 1) throw ValueError("mlp::" + describe() + ": training needs more than 1 sample in a batch");
    cache.of_batch = true;
    column_moments(x, cache.mean.resize(1, in_features()), cache.variance.resize(1, in_features()));
    normalize(x, y, cache);
  }

  /// @throws ShapeError `mlp::BatchNorm1d(...): expected statistics of the forward [1, 128], got [0, 0]`, the same for
  ///   the gradient: a layer of as many features
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, BatchNorm1d& grad,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    check_row("statistics of the forward", cache.mean.view().shape());
    check_row("gradient", view(grad.weight_).shape());
    const ConstMatrixView<T> mean = cache.mean.view(), inverse = cache.inverse.view();
    column_gradients(x, mean, inverse, dy, grad.weight(), grad.bias());  // dw = sum of dy c, db = sum of dy
    const T n = static_cast<T>(x.rows());
    if (dx) {
      const MatrixView<T> shift = cache.shift.resize(1, in_features()), slope = cache.slope.resize(1, in_features());
      const T share = cache.of_batch ? 1 / n : T(0);
      shift.array() = share * grad.bias_.array();                                     // db / n
      slope.array() = share * inverse.array() * grad.weight_.array();                 // s dw / n
      normalize_columns_backward(x, mean, cache.scale.view(), shift, slope, dy, dx);  // w s (dy - db / n - c dw / n)
    }
    move_statistics(cache, n, grad);
  }

  template <class F, class... Layers>
  static void visit_parameters(F&& f, Layers&... layers) {
    f(ParameterName{.part = "weight", .dimensions = 1}, view(layers.weight_)...);
    f(ParameterName{.part = "bias", .dimensions = 1}, view(layers.bias_)...);
    f(ParameterName{.part = "running_mean", .dimensions = 1, .statistic = true}, view(layers.running_mean_)...);
    f(ParameterName{.part = "running_var", .dimensions = 1, .statistic = true}, view(layers.running_var_)...);
  }

 private:
  void check_row(const char* what, Shape got) const {
    const Shape expected{1, in_features()};
    if (got != expected) throw ShapeError::expected(describe(), what, expected, got);
  }

  void normalize(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const {
    const MatrixView<T> inverse = cache.inverse.resize(1, in_features()), scale = cache.scale.resize(1, in_features());
    inverse.array() = (cache.variance.view().array() + static_cast<T>(options_.eps)).sqrt().inverse();
    scale.array() = inverse.array() * weight_.array();
    normalize_columns(x, cache.mean.view(), scale, bias_, y);
  }

  void move_statistics(const Cache& cache, T n, BatchNorm1d& grad) const {
    grad.running_mean_ = running_mean_;
    grad.running_var_ = running_var_;
    if (!cache.of_batch) return;
    const T share = static_cast<T>(options_.momentum), keep = static_cast<T>(1 - options_.momentum);
    grad.running_mean_.array() = keep * running_mean_.array() + share * cache.mean.view().array();
    grad.running_var_.array() = keep * running_var_.array() + share * (n / (n - 1)) * cache.variance.view().array();
  }

  BatchNorm1dOptions options_;
  RowVector<T> weight_, bias_, running_mean_, running_var_;
};

}  // namespace mlp
