// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/layers/tokens.hpp>

namespace mlp {

/// The same layer on every token: y_t = f(x_t), as a torch layer that acts on the last dimension of [batch, tokens,
/// width].
///
/// Shapes: x [batch, tokens * in], y [batch, tokens * out], token after token. Parameters have the names of the
/// layer's.
///
///     PerToken norm(49, LayerNorm(128));   // [batch, 49 * 128], each of 49 tokens normalised on its own
template <class L>
class PerToken {
 public:
  using Scalar = typename L::Scalar;
  struct Cache {
    detail::LayerCache<L> layer;
    Buffer<Scalar> x, y, dy, dx;  ///< copies of what has gaps between its rows
  };

  /// @throws ValueError `mlp::PerToken: tokens must be at least 1, got 0`, `mlp::PerToken: ReLU() does not say how many
  /// features a token has`
  PerToken(Index tokens, L layer) : tokens_(tokens), layer_(std::move(layer)) {
    detail::check_at_least("PerToken", "tokens", tokens, 1);
    if (layer_.in_features() == dynamic)
      throw ValueError("mlp::PerToken: " + layer_.describe() + " does not say how many features a token has");
  }

  Index tokens() const { return tokens_; }
  const L& layer() const { return layer_; }
  Index in_features() const { return tokens_ * layer_.in_features(); }

  /// "PerToken(49, LayerNorm(128))"
  std::string describe() const { return "PerToken(" + std::to_string(tokens_) + ", " + layer_.describe() + ")"; }

  Shape output_shape(Shape input) const {
    check_input(*this, input);
    const Shape one =
        layer_.output_shape({input.rows == dynamic ? dynamic : input.rows * tokens_, input.cols / tokens_});
    return {input.rows, tokens_ * one.cols};
  }

  void forward(ConstMatrixView<Scalar> x, MatrixView<Scalar> y, Cache& cache) const { run(x, y, cache); }
  void forward(ConstMatrixView<Scalar> x, MatrixView<Scalar> y, Cache& cache,
               const Training& training) const requires detail::TrainsDifferently<L, Scalar> {
    run(x, y, cache, training);
  }

  void backward(ConstMatrixView<Scalar> x, ConstMatrixView<Scalar> y, ConstMatrixView<Scalar> dy, Cache& cache,
                PerToken& grad, MatrixView<Scalar> dx, Update<Scalar> update = {}) const {
    check_backward(*this, x, y, dy, dx);
    const auto x_t = detail::read_tokens(x, tokens_, cache.x), y_t = detail::read_tokens(y, tokens_, cache.y);
    const auto dy_t = detail::read_tokens(dy, tokens_, cache.dy);
    detail::write_tokens(dx, tokens_, cache.dx, [&](MatrixView<Scalar> dx_t) {
      detail::backward<Scalar>(layer_, x_t, y_t, dy_t, cache.layer, grad.layer_, dx_t, update);
    });
  }

  template <class F, class... Layers>
  static void visit_parameters(F&& f, Layers&... layers) {
    L::visit_parameters(f, layers.layer_...);
  }

 private:
  template <class... Mode>
  void run(ConstMatrixView<Scalar> x, MatrixView<Scalar> y, Cache& cache, const Mode&... training) const {
    check_forward(*this, x, y);
    const auto x_t = detail::read_tokens(x, tokens_, cache.x);
    detail::write_tokens(y, tokens_, cache.y, [&](MatrixView<Scalar> y_t) {
      detail::forward<Scalar>(layer_, x_t, y_t, cache.layer.own, training...);
    });
  }

  Index tokens_;
  L layer_;
};

}  // namespace mlp
