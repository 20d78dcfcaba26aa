// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <mlp/layers/layer.hpp>
#include <mlp/layers/token_pooling.hpp>
#include <mlp/math/elementwise.hpp>
#include <mlp/math/reduce.hpp>
#include <mlp/math/threads.hpp>

namespace mlp {

/// The mean of all tokens of a sample, x.mean(dim=1) in PyTorch: y = 1/n sum_t x_t, dx_t = dy / n.
///
/// Shapes: x [batch, tokens * features], y [batch, features].
///
///     MeanPooling pool(49, 128);
class MeanPooling : public detail::TokenPooling {
 public:
  /// @throws ValueError `mlp::MeanPooling: tokens must be at least 1, got 0`
  MeanPooling(Index tokens, Index features) : TokenPooling("MeanPooling", tokens, features) {}

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
};

}  // namespace mlp
