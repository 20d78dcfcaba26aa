// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <mlp/layers/layer.hpp>
#include <mlp/layers/token_pooling.hpp>

namespace mlp {

/// Only the first token of each sample, where a ClassToken was put: x[:, 0] in PyTorch. dx is dy there, 0 elsewhere.
///
/// Shapes: x [batch, tokens * features], y [batch, features].
///
///     FirstToken pick(50, 128);
class FirstToken : public detail::TokenPooling {
 public:
  /// @throws ValueError `mlp::FirstToken: tokens must be at least 1, got 0`
  FirstToken(Index tokens, Index features) : TokenPooling("FirstToken", tokens, features) {}

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
};

}  // namespace mlp
