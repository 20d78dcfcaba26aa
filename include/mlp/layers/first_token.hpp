// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/layers/layer.hpp>

namespace mlp {

/// Only the first token of each sample, where a ClassToken was put: x[:, 0] in PyTorch. dx is dy there, 0 elsewhere.
///
/// Shapes: x [batch, tokens * features], y [batch, features].
///
///     FirstToken pick(50, 128);
class FirstToken {
 public:
  struct Cache {};

  /// @throws ValueError if a size is below 1.
  FirstToken(Index tokens, Index features) : tokens_(tokens), features_(features) {
    detail::check_at_least("FirstToken", "tokens", tokens, 1);
    detail::check_at_least("FirstToken", "features", features, 1);
  }

  Index in_features() const { return tokens_ * features_; }

  /// "FirstToken(50 tokens, 128 features)"
  std::string describe() const {
    return "FirstToken(" + std::to_string(tokens_) + " tokens, " + std::to_string(features_) + " features)";
  }

  Shape output_shape(Shape input) const {
    if (input.cols != in_features()) throw ShapeError::expected(describe(), "input", {dynamic, in_features()}, input);
    return {input.rows, features_};
  }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    for (Index i = 0; i < x.rows(); ++i) std::copy_n(x.row(i), features_, y.row(i));
  }

  template <class T>
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, FirstToken&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    if (!dx) return;
    for (Index i = 0; i < dx.rows(); ++i) {
      std::copy_n(dy.row(i), features_, dx.row(i));
      std::fill(dx.row(i) + features_, dx.row(i) + dx.cols(), T(0));
    }
  }

  template <class F, class... Layers>
  static void visit_parameters(F&&, Layers&...) {}

 private:
  Index tokens_, features_;
};

}  // namespace mlp
