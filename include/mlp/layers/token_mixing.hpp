// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/core/buffer.hpp>
#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/layers/feed_forward.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/layers/tokens.hpp>
#include <mlp/math/turn.hpp>

namespace mlp {

/// The MLP of a Mixer layer that lets tokens talk: the same FeedForward on every channel, whose features are the
/// tokens. A sample x is a matrix X [tokens, channels]:
///
///     Y = (f(X^T))^T,   f of FeedForward(tokens -> hidden -> tokens)        dX = (df^T (dY^T))^T
///
/// Shapes: x, y [batch, tokens * channels]. Parameters and initial values as FeedForward.
/// Source: Tolstikhin et al. 2021, equation 1, first line.
///
///     TokenMixing mixing(49, 128, 64, rng);   // 49 tokens of 128 channels, 64 hidden units
template <class T = float>
class TokenMixing {
 public:
  using Scalar = T;
  struct Cache {
    typename FeedForward<T>::Cache mlp;
    Buffer<T> x, y, dy, dx;  ///< transposed: [batch * channels, tokens]
    Buffer<T> copy;          ///< of what has gaps between its rows
  };

  /// All zeros. @throws ValueError `mlp::TokenMixing: channels must be at least 1, got 0`, and as FeedForward.
  TokenMixing(Index tokens, Index channels, Index hidden, double dropout = 0)
      : channels_(checked(channels)), mlp_(tokens, hidden, dropout) {}
  TokenMixing(Index tokens, Index channels, Index hidden, Rng& rng, double dropout = 0)
      : channels_(checked(channels)), mlp_(tokens, hidden, rng, dropout) {}

  Index tokens() const { return mlp_.in_features(); }
  Index channels() const { return channels_; }
  Index in_features() const { return tokens() * channels_; }

  /// "TokenMixing(128 channels, 49 -> 64 -> 49)"
  std::string describe() const {
    return "TokenMixing(" + std::to_string(channels_) + " channels, " + mlp_.sizes() + ")";
  }

  Shape output_shape(Shape input) const {
    check_input(*this, input);
    return input;
  }

  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const { run(x, y, cache); }
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache, const Training& training) const {
    run(x, y, cache, training);
  }

  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, TokenMixing& grad,
                MatrixView<T> dx, Update<T> update = {}) const {
    check_backward(*this, x, y, dy, dx);
    const MatrixView<T> dx_t = dx ? cache.dx.resize(turned(x)) : MatrixView<T>{};
    mlp_.backward(cache.x.view(), cache.y.view(), turn(dy, cache.dy, cache), cache.mlp, grad.mlp_, dx_t, update);
    turn_back(dx_t, dx, cache);
  }

  template <class F, class... Layers>
  static void visit_parameters(F&& f, Layers&... layers) {
    FeedForward<T>::visit_parameters(f, layers.mlp_...);
  }

 private:
  static Index checked(Index channels) {
    detail::check_at_least("TokenMixing", "channels", channels, 1);
    return channels;
  }

  Shape turned(ConstMatrixView<T> x) const { return {x.rows() * channels_, tokens()}; }

  /// [batch, tokens * channels] -> [batch * channels, tokens]
  ConstMatrixView<T> turn(ConstMatrixView<T> x, Buffer<T>& to, Cache& cache) const {
    transpose_each(x.rows(), detail::read_tokens(x, tokens(), cache.copy), to.resize(turned(x)));
    return to.view();
  }
  void turn_back(ConstMatrixView<T> y_t, MatrixView<T> y, Cache& cache) const {
    detail::write_tokens(y, tokens(), cache.copy, [&](MatrixView<T> to) {
      if (to) transpose_each(y.rows(), y_t, to);
    });
  }

  template <class... Mode>
  void run(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache, const Mode&... training) const {
    check_forward(*this, x, y);
    const MatrixView<T> y_t = cache.y.resize(turned(x));
    mlp_.forward(turn(x, cache.x, cache), y_t, cache.mlp, training...);
    turn_back(y_t, y, cache);
  }

  Index channels_;
  FeedForward<T> mlp_;
};

}  // namespace mlp
