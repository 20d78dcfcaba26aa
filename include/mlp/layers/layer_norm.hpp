// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/core/buffer.hpp>
#include <mlp/core/check.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/math/layer_norm.hpp>

namespace mlp {

/// y = (x - mean) / sqrt(variance + eps) weight + bias over each row, as torch.nn.LayerNorm(features): the variance is
/// that of all its numbers, divided by their count.
///
/// Shapes: x, y [batch, features], weight and bias [features], at first ones and zeros.
/// Forward and backward throw ShapeError `mlp::LayerNorm(128, eps 1e-05): expected input [batch, 128], got [32, 10]`;
/// backward needs the cache of the forward before it.
/// Source: Ba, Kiros, Hinton, "Layer Normalization", arXiv 1607.06450.
///
///     Sequential net{Linear(9, 128, rng), LayerNorm(128), ReLU(), Linear(128, 1, rng)};
template <class T = float>
class LayerNorm {
 public:
  using Scalar = T;
  struct Cache {
    Buffer<T> statistics;  ///< [batch, 2]: mean and 1 / sqrt(variance + eps) of each row
    Buffer<T> sums;        ///< of blocks of rows, for the gradient of weight and bias
  };

  /// @throws ValueError `mlp::LayerNorm: features must be at least 1, got 0`,
  ///   `mlp::LayerNorm: eps must be at least 0 and finite, got -1`
  explicit LayerNorm(Index features, double eps = 1e-5) : eps_(eps) {
    detail::check_at_least("LayerNorm", "features", features, 1);
    detail::check_not_negative("LayerNorm", "eps", eps);
    weight_.setOnes(features);
    bias_.setZero(features);
  }

  Index in_features() const { return weight_.cols(); }
  double eps() const { return eps_; }
  /// [1, features]
  MatrixView<T> weight() { return weight_; }
  ConstMatrixView<T> weight() const { return weight_; }
  MatrixView<T> bias() { return bias_; }
  ConstMatrixView<T> bias() const { return bias_; }

  std::string describe() const {
    return "LayerNorm(" + std::to_string(in_features()) + ", eps " + detail::number_text(eps_) + ")";
  }

  Shape output_shape(Shape input) const {
    check_input(*this, input);
    return input;
  }

  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const {
    check_forward(*this, x, y);
    detail::layer_norm<T>({x, weight(), bias(), static_cast<T>(eps_), y, cache.statistics.resize(x.rows(), 2)});
  }
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, LayerNorm& grad,
                MatrixView<T> dx) const {
    backward(x, y, dy, cache, grad, dx, {});
  }

  /// With an update of the gradient: see layers/layer.hpp. @throws ShapeError `mlp::LayerNorm(4, eps 1e-05): expected
  /// statistics of the forward [8, 2], got [0, 0]`
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, LayerNorm& grad,
                MatrixView<T> dx, Update<T> update) const {
    check_backward(*this, x, y, dy, dx);
    const MatrixView<T> statistics = cache.statistics.view();
    if (statistics.shape() != Shape{x.rows(), 2})
      throw ShapeError::expected(describe(), "statistics of the forward", {x.rows(), 2}, statistics.shape());
    // dx = r (g - mean of g - n (mean of g n)), with g = dy weight, r = 1 / sqrt(variance + eps), n = (x - mean) r;
    // dweight = sum of dy n over the batch, dbias = sum of dy
    detail::layer_norm_backward<T>({x, weight(), statistics, dy, dx, {}}, cache.sums, grad.weight(), grad.bias(),
                                   update);
  }

  template <class F, class... Layers>
  static void visit_parameters(F&& f, Layers&... layers) {
    f(ParameterName{.part = "weight", .dimensions = 1}, view(layers.weight_)...);
    f(ParameterName{.part = "bias", .dimensions = 1}, view(layers.bias_)...);
  }

 private:
  RowVector<T> weight_;
  RowVector<T> bias_;
  double eps_;
};

}  // namespace mlp
