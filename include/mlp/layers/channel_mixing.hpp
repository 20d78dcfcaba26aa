// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/layers/feed_forward.hpp>
#include <mlp/layers/per_token.hpp>

namespace mlp {

/// The MLP of a Mixer layer, or of an encoder, that acts on every token alone: y_t = f(x_t), f of
/// FeedForward(channels -> hidden -> channels).
///
/// Shapes: x, y [batch, tokens * channels]. Parameters, initial values and errors as FeedForward and PerToken.
/// Source: Tolstikhin et al. 2021, equation 1, second line.
///
///     ChannelMixing mixing(49, 128, 512, rng);   // 49 tokens of 128 channels, 512 hidden units
template <class T = float>
class ChannelMixing : public PerToken<FeedForward<T>> {
 public:
  ChannelMixing(Index tokens, Index channels, Index hidden, double dropout = 0)
      : PerToken<FeedForward<T>>(tokens, FeedForward<T>(channels, hidden, dropout)) {}
  ChannelMixing(Index tokens, Index channels, Index hidden, Rng& rng, double dropout = 0)
      : PerToken<FeedForward<T>>(tokens, FeedForward<T>(channels, hidden, rng, dropout)) {}

  /// "ChannelMixing(49 tokens, 128 -> 512 -> 128)"
  std::string describe() const {
    return "ChannelMixing(" + std::to_string(this->tokens()) + " tokens, " + this->layer().sizes() + ")";
  }
};

}  // namespace mlp
