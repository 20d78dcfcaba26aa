// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include <mlp/core/matrix.hpp>
#include <mlp/io/layer_pattern.hpp>
#include <mlp/layers/batch_norm_1d.hpp>
#include <mlp/layers/channel_mixing.hpp>
#include <mlp/layers/class_token.hpp>
#include <mlp/layers/dropout.hpp>
#include <mlp/layers/elu.hpp>
#include <mlp/layers/feed_forward.hpp>
#include <mlp/layers/first_token.hpp>
#include <mlp/layers/flatten.hpp>
#include <mlp/layers/gelu.hpp>
#include <mlp/layers/identity.hpp>
#include <mlp/layers/layer_norm.hpp>
#include <mlp/layers/leaky_relu.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/log_softmax.hpp>
#include <mlp/layers/mean_pooling.hpp>
#include <mlp/layers/multi_head_self_attention.hpp>
#include <mlp/layers/patch_embedding.hpp>
#include <mlp/layers/position_embedding.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/layers/reshape.hpp>
#include <mlp/layers/sigmoid.hpp>
#include <mlp/layers/silu.hpp>
#include <mlp/layers/softmax.hpp>
#include <mlp/layers/softplus.hpp>
#include <mlp/layers/tanh.hpp>
#include <mlp/layers/token_mixing.hpp>
#include <mlp/models/any_layer.hpp>

namespace mlp::detail {

/// How a layer comes back from what its `describe()` says: scan_layer.
template <class T>
struct LayerMaker {
  std::string_view pattern;
  AnyLayer<T> (*make)(const LayerNumbers&);
  std::string_view weight = {};                                ///< the parameter that tells whether the sizes are true
  std::vector<Index> (*shape)(const LayerNumbers&) = nullptr;  ///< of it, in a file
};

/// A new layer of the library is added here; those made of layers are in ModelFileReader::layer.
template <class T>
inline constexpr LayerMaker<T> layer_makers[] = {
    {"Linear(# -> #)", [](const LayerNumbers& n) -> AnyLayer<T> { return Linear<T>(n.size[0], n.size[1]); }, "weight",
     [](const LayerNumbers& n) {
       return std::vector<Index>{n.size[1], n.size[0]};
     }},
    {"LayerNorm(#, eps %)", [](const LayerNumbers& n) -> AnyLayer<T> { return LayerNorm<T>(n.size[0], n.real[0]); },
     "weight", [](const LayerNumbers& n) { return std::vector<Index>{n.size[0]}; }},
    {"BatchNorm1d(#, eps %, momentum %)",
     [](const LayerNumbers& n) -> AnyLayer<T> {
       return BatchNorm1d<T>(n.size[0], {.eps = n.real[0], .momentum = n.real[1]});
     },
     "weight", [](const LayerNumbers& n) { return std::vector<Index>{n.size[0]}; }},
    {"ReLU()", [](const LayerNumbers&) -> AnyLayer<T> { return ReLU(); }},
    {"Tanh()", [](const LayerNumbers&) -> AnyLayer<T> { return Tanh(); }},
    {"Sigmoid()", [](const LayerNumbers&) -> AnyLayer<T> { return Sigmoid(); }},
    {"Softmax()", [](const LayerNumbers&) -> AnyLayer<T> { return Softmax(); }},
    {"LogSoftmax()", [](const LayerNumbers&) -> AnyLayer<T> { return LogSoftmax(); }},
    {"GELU()", [](const LayerNumbers&) -> AnyLayer<T> { return GELU(); }},
    {"GELU(tanh)", [](const LayerNumbers&) -> AnyLayer<T> { return GELU(GELU::tanh); }},
    {"SiLU()", [](const LayerNumbers&) -> AnyLayer<T> { return SiLU(); }},
    {"LeakyReLU(%)", [](const LayerNumbers& n) -> AnyLayer<T> { return LeakyReLU(n.real[0]); }},
    {"ELU(%)", [](const LayerNumbers& n) -> AnyLayer<T> { return ELU(n.real[0]); }},
    {"Softplus(beta %, threshold %)",
     [](const LayerNumbers& n) -> AnyLayer<T> { return Softplus(n.real[0], n.real[1]); }},
    {"Dropout(%)", [](const LayerNumbers& n) -> AnyLayer<T> { return Dropout<T>(n.real[0]); }},
    {"Identity()", [](const LayerNumbers&) -> AnyLayer<T> { return Identity(); }},
    {"Flatten()", [](const LayerNumbers&) -> AnyLayer<T> { return Flatten(); }},
    {"Reshape(#, #)", [](const LayerNumbers& n) -> AnyLayer<T> { return Reshape(n.size[0], n.size[1]); }},
    {"FeedForward(# -> # -> #[, dropout %])",
     [](const LayerNumbers& n) -> AnyLayer<T> { return FeedForward<T>(n.size[0], n.size[1], n.real[0]); }, "fc1.weight",
     [](const LayerNumbers& n) {
       return std::vector<Index>{n.size[1], n.size[0]};
     }},
    {"TokenMixing(# channels, # -> # -> #[, dropout %])",
     [](const LayerNumbers& n) -> AnyLayer<T> { return TokenMixing<T>(n.size[1], n.size[0], n.size[2], n.real[0]); },
     "fc1.weight",
     [](const LayerNumbers& n) {
       return std::vector<Index>{n.size[2], n.size[1]};
     }},
    {"ChannelMixing(# tokens, # -> # -> #[, dropout %])",
     [](const LayerNumbers& n) -> AnyLayer<T> { return ChannelMixing<T>(n.size[0], n.size[1], n.size[2], n.real[0]); },
     "fc1.weight",
     [](const LayerNumbers& n) {
       return std::vector<Index>{n.size[2], n.size[1]};
     }},
    {"MultiHeadSelfAttention(# tokens, # channels, # heads)",
     [](const LayerNumbers& n) -> AnyLayer<T> { return MultiHeadSelfAttention<T>(n.size[0], n.size[1], n.size[2]); },
     "in_proj_weight",
     [](const LayerNumbers& n) {
       return std::vector<Index>{3 * n.size[1], n.size[1]};
     }},
    {"PatchEmbedding(# x # x #, patch # -> # tokens, # features)",
     [](const LayerNumbers& n) -> AnyLayer<T> {
       return PatchEmbedding<T>(
           {.height = n.size[1], .width = n.size[2], .channels = n.size[0], .patch = n.size[3], .features = n.size[5]});
     },
     "weight",
     [](const LayerNumbers& n) {
       return std::vector<Index>{n.size[5], n.size[0], n.size[3], n.size[3]};
     }},
    {"PositionEmbedding(# tokens, # features)",
     [](const LayerNumbers& n) -> AnyLayer<T> { return PositionEmbedding<T>(n.size[0], n.size[1]); }, "weight",
     [](const LayerNumbers& n) {
       return std::vector<Index>{1, n.size[0], n.size[1]};
     }},
    {"ClassToken(# tokens, # features)",
     [](const LayerNumbers& n) -> AnyLayer<T> { return ClassToken<T>(n.size[0], n.size[1]); }, "weight",
     [](const LayerNumbers& n) {
       return std::vector<Index>{1, 1, n.size[1]};
     }},
    {"FirstToken(# tokens, # features)",
     [](const LayerNumbers& n) -> AnyLayer<T> { return FirstToken(n.size[0], n.size[1]); }},
    {"MeanPooling(# tokens, # features)",
     [](const LayerNumbers& n) -> AnyLayer<T> { return MeanPooling(n.size[0], n.size[1]); }},
};

}  // namespace mlp::detail
