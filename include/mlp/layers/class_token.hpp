// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/math/reduce.hpp>
#include <mlp/math/threads.hpp>

namespace mlp {

/// One more token in front, learned and the same for every sample, in which an encoder gathers what the sample is:
/// y = [c, x]; dc = sum over the batch of the gradient of the first token, dx = the rest.
///
/// Shapes: x [batch, tokens * features], y [batch, (tokens + 1) * features]; c is the parameter `weight`, [1,
/// features], in files [1, 1, features]. Initial value: 0, as torchvision's. Source: Dosovitskiy et al. 2020, equation
/// 1, after Devlin et al. 2018.
///
///     ClassToken token(49, 128);   // 50 tokens come out
template <class T = float>
class ClassToken {
 public:
  using Scalar = T;
  struct Cache {};

  /// @throws ValueError `mlp::ClassToken: tokens must be at least 1, got 0`
  ClassToken(Index tokens, Index features) : tokens_(tokens), file_shape_{1, 1, features} {
    detail::check_at_least("ClassToken", "tokens", tokens, 1);
    detail::check_at_least("ClassToken", "features", features, 1);
    weight_.setZero(features);
  }

  Index in_features() const { return tokens_ * weight_.cols(); }
  MatrixView<T> weight() { return weight_; }
  ConstMatrixView<T> weight() const { return weight_; }

  /// "ClassToken(49 tokens, 128 features)"
  std::string describe() const {
    return "ClassToken(" + std::to_string(tokens_) + " tokens, " + std::to_string(weight_.cols()) + " features)";
  }

  Shape output_shape(Shape input) const {
    check_input(*this, input);
    return {input.rows, input.cols + weight_.cols()};
  }

  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    detail::in_parts(x.size(), x.rows(), 1, [&](Index first, Index count) {
      for (Index i = first; i < first + count; ++i) {
        std::copy_n(weight_.data(), weight_.cols(), y.row(i));
        std::copy_n(x.row(i), x.cols(), y.row(i) + weight_.cols());
      }
    });
  }

  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, ClassToken& grad,
                MatrixView<T> dx, Update<T> update = {}) const {
    check_backward(*this, x, y, dy, dx);
    const ConstMatrixView<T> dc(dy.data(), dy.rows(), weight_.cols(), dy.stride());
    sum_rows(dc, grad.weight(), update);
    if (!dx) return;
    detail::in_parts(dx.size(), dx.rows(), 1, [&](Index first, Index count) {
      for (Index i = first; i < first + count; ++i) std::copy_n(dy.row(i) + weight_.cols(), dx.cols(), dx.row(i));
    });
  }

  template <class F, class First, class... Rest>
  static void visit_parameters(F&& f, First& first, Rest&... rest) {
    f(ParameterName{.part = "weight", .file_shape = first.file_shape_}, view(first.weight_), view(rest.weight_)...);
  }

 private:
  Index tokens_;
  std::array<Index, 3> file_shape_;
  RowVector<T> weight_;
};

}  // namespace mlp
