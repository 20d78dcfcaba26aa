// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/math/elementwise.hpp>
#include <mlp/math/reduce.hpp>
#include <mlp/math/threads.hpp>

namespace mlp {

/// The mean of all tokens of a sample, x.mean(dim=1) in PyTorch: y = 1/n sum_t x_t, dx_t = dy / n.
///
/// Shapes: x [batch, tokens * features], y [batch, features].
///
///     MeanPooling pool(49, 128);
class MeanPooling {
 public:
  struct Cache {};

  /// @throws ValueError if a size is below 1.
  MeanPooling(Index tokens, Index features) : tokens_(tokens), features_(features) {
    detail::check_at_least("MeanPooling", "tokens", tokens, 1);
    detail::check_at_least("MeanPooling", "features", features, 1);
  }

  Index in_features() const { return tokens_ * features_; }

  /// "MeanPooling(49 tokens, 128 features)"
  std::string describe() const {
    return "MeanPooling(" + std::to_string(tokens_) + " tokens, " + std::to_string(features_) + " features)";
  }

  Shape output_shape(Shape input) const {
    if (input.cols != in_features()) throw ShapeError::expected(describe(), "input", {dynamic, in_features()}, input);
    return {input.rows, features_};
  }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    detail::in_parts(x.size(), x.rows(), 1, [&](Index first, Index count) {
      for (Index i = first; i < first + count; ++i)
        sum_rows(ConstMatrixView<T>(x.row(i), tokens_, features_), y.rows(i, 1), {T(1) / static_cast<T>(tokens_)});
    });
  }

  template <class T>
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, MeanPooling&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    if (!dx) return;
    detail::in_parts(dx.size(), dx.rows(), 1, [&](Index first, Index count) {
      for (Index i = first; i < first + count; ++i) {
        const MatrixView<T> share(dx.row(i), 1, features_);
        update<T>(share, {T(1) / static_cast<T>(tokens_)}, dy.rows(i, 1));  // dx_t = dy / n
        for (Index t = 1; t < tokens_; ++t) std::copy_n(share.data(), features_, dx.row(i) + t * features_);
      }
    });
  }

  template <class F, class... Layers>
  static void visit_parameters(F&&, Layers&...) {}

 private:
  Index tokens_, features_;
};

}  // namespace mlp
