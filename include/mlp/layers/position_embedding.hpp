// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/math/elementwise.hpp>
#include <mlp/math/init.hpp>
#include <mlp/math/reduce.hpp>
#include <mlp/math/threads.hpp>

namespace mlp {

/// Where each token stands, learned: y = x + P, the same P for every sample; dP = sum of dy over the batch.
///
/// Shapes: x, y [batch, tokens * features]; P is the parameter `weight`, [1, tokens * features], in files [1, tokens,
/// features]. Initial values: from a normal distribution of mean 0 and standard deviation 0.02, as torchvision's.
/// Source: Dosovitskiy et al. 2020, equation 1.
///
///     PositionEmbedding positions(50, 128, rng);
template <class T = float>
class PositionEmbedding {
 public:
  using Scalar = T;
  struct Cache {};

  /// All zeros. @throws ValueError `mlp::PositionEmbedding: tokens must be at least 1, got 0`
  PositionEmbedding(Index tokens, Index features) : file_shape_{1, tokens, features} {
    detail::check_at_least("PositionEmbedding", "tokens", tokens, 1);
    detail::check_at_least("PositionEmbedding", "features", features, 1);
    weight_.setZero(tokens * features);
  }
  PositionEmbedding(Index tokens, Index features, Rng& rng) : PositionEmbedding(tokens, features) {
    normal_init(weight(), 0, 0.02, rng);
  }

  Index tokens() const { return file_shape_[1]; }
  Index in_features() const { return weight_.cols(); }
  MatrixView<T> weight() { return weight_; }
  ConstMatrixView<T> weight() const { return weight_; }

  /// "PositionEmbedding(50 tokens, 128 features)"
  std::string describe() const {
    return "PositionEmbedding(" + std::to_string(tokens()) + " tokens, " + std::to_string(file_shape_[2]) +
           " features)";
  }

  Shape output_shape(Shape input) const {
    check_input(*this, input);
    return input;
  }

  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    detail::in_parts(x.size(), x.rows(), 1, [&](Index first, Index count) {
      for (Index i = first; i < first + count; ++i) add<T>(x.rows(i, 1), weight_, y.rows(i, 1));  // y = x + P
    });
  }

  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, PositionEmbedding& grad,
                MatrixView<T> dx, Update<T> update = {}) const {
    check_backward(*this, x, y, dy, dx);
    if (dx) apply(Activation::identity, dy, dx);  // dx = dy
    sum_rows(dy, grad.weight(), update);          // dP = sum of dy over the batch
  }

  template <class F, class First, class... Rest>
  static void visit_parameters(F&& f, First& first, Rest&... rest) {
    f(ParameterName{.part = "weight", .file_shape = first.file_shape_}, view(first.weight_), view(rest.weight_)...);
  }

 private:
  std::array<Index, 3> file_shape_;
  RowVector<T> weight_;
};

}  // namespace mlp
