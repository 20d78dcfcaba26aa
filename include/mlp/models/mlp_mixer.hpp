// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/layers/channel_mixing.hpp>
#include <mlp/layers/layer_norm.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/mean_pooling.hpp>
#include <mlp/layers/patch_embedding.hpp>
#include <mlp/layers/per_token.hpp>
#include <mlp/layers/residual.hpp>
#include <mlp/layers/token_mixing.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>

namespace mlp {

/// The names of Tolstikhin et al. 2021, table 1, are in brackets.
struct MlpMixerConfig {
  Index height = 0, width = 0;  ///< of an image, in pixels; have to be given
  Index channels = 1;           ///< of an image
  Index classes = 0;            ///< has to be given
  Index patch = 4;              ///< side of a patch, in pixels (P)
  Index features = 128;         ///< of a token, the hidden size (C)
  Index layers = 4;             ///< number of Mixer layers
  Index token_hidden = 64;      ///< of the MLPs over tokens (D_S)
  Index channel_hidden = 512;   ///< of the MLPs over channels (D_C)
  double dropout = 0;           ///< behind both layers of each MLP
  double eps = 1e-6;            ///< of each LayerNorm
};

/// The all-MLP Mixer: patches become tokens, MLPs mix in turns what is in the same channel of all tokens and what is in
/// all channels of a token, and a linear head reads the mean of the tokens.
///
///     X_0 = patches W_e^T + b_e
///     U   = X + token MLP(LayerNorm(X))          of each Mixer layer, on the columns of X [tokens, features]
///     X   = U + channel MLP(LayerNorm(U))        on its rows
///     y   = mean of the tokens of LayerNorm(X_L) W_h^T + b_h
///
/// Shapes: x [batch, channels * height * width], an image channel by channel and row by row; y [batch, classes].
/// Source: Tolstikhin et al. 2021, "MLP-Mixer: An all-MLP Architecture for Vision".
///
///     Network<float> mixer = mlp_mixer<float>({.height = 28, .width = 28, .classes = 10}, rng);
///
/// @throws ValueError if a size is below 1, or patch does not divide height and width
template <class T = float>
Network<T> mlp_mixer(const MlpMixerConfig& config, Rng& rng) {
  const PatchEmbedding<T> embedding({.height = config.height,
                                     .width = config.width,
                                     .channels = config.channels,
                                     .patch = config.patch,
                                     .features = config.features},
                                    rng);
  const Index tokens = embedding.tokens();
  const PerToken norm(tokens, LayerNorm<T>(config.features, config.eps));
  Network<T> net;
  net.add(embedding);
  for (Index i = 0; i < config.layers; ++i) {
    TokenMixing<T> token_mixing(tokens, config.features, config.token_hidden, rng, config.dropout);
    ChannelMixing<T> channel_mixing(tokens, config.features, config.channel_hidden, rng, config.dropout);
    net.add(Residual(Sequential(norm, token_mixing))).add(Residual(Sequential(norm, channel_mixing)));
  }
  net.add(norm).add(MeanPooling(tokens, config.features));
  return net.add(Linear<T>(config.features, config.classes, rng));
}

}  // namespace mlp
