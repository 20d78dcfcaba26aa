// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/layers/channel_mixing.hpp>
#include <mlp/layers/class_token.hpp>
#include <mlp/layers/dropout.hpp>
#include <mlp/layers/first_token.hpp>
#include <mlp/layers/layer_norm.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/multi_head_self_attention.hpp>
#include <mlp/layers/patch_embedding.hpp>
#include <mlp/layers/per_token.hpp>
#include <mlp/layers/position_embedding.hpp>
#include <mlp/layers/residual.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>

namespace mlp {

/// The names of Dosovitskiy et al. 2020, table 1, are in brackets.
struct VisionTransformerConfig {
  Index height = 0, width = 0;  ///< of an image, in pixels; have to be given
  Index channels = 1;           ///< of an image
  Index classes = 0;            ///< has to be given
  Index patch = 4;              ///< side of a patch, in pixels (P)
  Index features = 128;         ///< of a token (hidden size D)
  Index layers = 4;             ///< number of encoder blocks
  Index heads = 4;              ///< of each attention; divides `features`
  Index hidden = 512;           ///< of each MLP (MLP size)
  double dropout = 0;           ///< behind the embedding, each attention and both layers of each MLP
  double eps = 1e-6;            ///< of each LayerNorm
};

/// The Vision Transformer, norm first: patches become tokens, one more token is to become the class, attention lets
/// tokens read each other, an MLP works on each, and a linear head reads the class token.
///
///     X_0 = [c, patches W_e^T + b_e] + P
///     U   = X + attention(LayerNorm(X))              of each encoder block
///     X   = U + MLP(LayerNorm(U))
///     y   = LayerNorm(first token of X_L) W_h^T + b_h
///
/// Shapes: x [batch, channels * height * width], an image channel by channel and row by row; y [batch, classes].
/// Source: Dosovitskiy et al. 2020, "An Image is Worth 16x16 Words", equations 1 to 4.
///
///     Network<float> vit = vision_transformer<float>({.height = 28, .width = 28, .classes = 10}, rng);
///
/// @throws ValueError if a size is below 1, patch does not divide height and width, or heads do not divide features
template <class T = float>
Network<T> vision_transformer(const VisionTransformerConfig& config, Rng& rng) {
  const PatchEmbedding<T> embedding({.height = config.height,
                                     .width = config.width,
                                     .channels = config.channels,
                                     .patch = config.patch,
                                     .features = config.features},
                                    rng);
  const Index tokens = embedding.tokens() + 1;
  const LayerNorm<T> norm(config.features, config.eps);
  Network<T> net;
  net.add(embedding)
      .add(ClassToken<T>(embedding.tokens(), config.features))
      .add(PositionEmbedding<T>(tokens, config.features, rng));
  if (config.dropout > 0) net.add(Dropout<T>(config.dropout));
  for (Index i = 0; i < config.layers; ++i) {
    const MultiHeadSelfAttention<T> attention(tokens, config.features, config.heads, rng);
    const ChannelMixing<T> mlp(tokens, config.features, config.hidden, rng, config.dropout);
    if (config.dropout > 0)
      net.add(Residual(Sequential(PerToken(tokens, norm), attention, Dropout<T>(config.dropout))));
    else
      net.add(Residual(Sequential(PerToken(tokens, norm), attention)));
    net.add(Residual(Sequential(PerToken(tokens, norm), mlp)));
  }
  // Each token is normalised on its own, so the first one is all that is needed.
  net.add(FirstToken(tokens, config.features)).add(norm);
  return net.add(Linear<T>(config.features, config.classes, rng));
}

}  // namespace mlp
