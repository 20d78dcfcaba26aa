// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <optional>
#include <string_view>
#include <vector>

#include <mlp/io/layer_pattern.hpp>
#include <mlp/io/onnx_blocks.hpp>
#include <mlp/io/onnx_node.hpp>

namespace mlp::detail {

/// The nodes of a layer by what its `describe()` says: scan_layer.
struct OnnxPattern {
  std::string_view pattern;
  std::vector<OnnxNode> (*nodes)(const LayerNumbers&);
};

inline std::vector<OnnxNode> onnx_identity(const LayerNumbers&) {
  return {{"Identity", {"x"}}};
}
/// y = x s(x (c0 + c1 x^2)), s the sigmoid
inline std::vector<OnnxNode> onnx_tanh_gelu(const LayerNumbers&) {
  return {{"Constant", {}, "c0", {{"value", 1.5957691216057307118}}},    // sqrt(8 / pi)
          {"Constant", {}, "c1", {{"value", 0.071354816272600248776}}},  // 0.044715 of it
          {"Mul", {"x", "x"}, "square"},
          {"Mul", {"square", "c1"}, "bend"},
          {"Add", {"bend", "c0"}, "slope"},
          {"Mul", {"x", "slope"}, "v"},
          {"Sigmoid", {"v"}, "s"},
          {"Mul", {"x", "s"}}};
}
/// That of ONNX has neither beta nor threshold. From 20 on the threshold makes a difference of at most 2.1e-9.
inline std::vector<OnnxNode> onnx_softplus(const LayerNumbers& n) {
  if (n.real[0] == 1 && n.real[1] >= 20) return {{"Softplus", {"x"}}};
  return {{"Constant", {}, "beta", {{"value", n.real[0]}}},
          {"Constant", {}, "threshold", {{"value", n.real[1]}}},
          {"Mul", {"x", "beta"}, "z"},
          {"Softplus", {"z"}, "s"},
          {"Div", {"s", "beta"}, "curve"},
          {"Greater", {"z", "threshold"}, "is_linear"},
          {"Where", {"is_linear", "x", "curve"}}};
}

/// y = x s(x). In double ONNX Runtime (1.30) makes of that a node that it has in float only, so there it is x / (1 +
/// e^-x).
template <class T>
std::vector<OnnxNode> onnx_silu(const LayerNumbers&) {
  if (std::same_as<T, float>) return {{"Sigmoid", {"x"}, "s"}, {"Mul", {"x", "s"}}};
  return {{"Constant", {}, "one", {{"value", 1.0}}},
          {"Neg", {"x"}, "minus"},
          {"Exp", {"minus"}, "e"},
          {"Add", {"e", "one"}, "sum"},
          {"Div", {"x", "sum"}}};
}

/// A new layer of the library is added here; one that has layers inside, in onnx_nesting.hpp.
template <class T>
inline constexpr OnnxPattern onnx_patterns[] = {
    {"Linear(# -> #)",
     [](const LayerNumbers&) -> std::vector<OnnxNode> {
       return {{"Gemm", {"x", "weight", "bias"}, "y", {{"transB", 1}}}};
     }},
    {"LayerNorm(#, eps %)",
     [](const LayerNumbers& n) -> std::vector<OnnxNode> {
       return {{"LayerNormalization", {"x", "weight", "bias"}, "y", {{"axis", -1}, {"epsilon", n.real[0]}}}};
     }},
    {"BatchNorm1d(#, eps %, momentum %)",
     [](const LayerNumbers& n) -> std::vector<OnnxNode> {
       return {{"BatchNormalization",
                {"x", "weight", "bias", "running_mean", "running_var"},
                "y",
                {{"epsilon", n.real[0]}}}};
     }},
    {"ReLU()",
     [](const LayerNumbers&) -> std::vector<OnnxNode> {
       return {{"Relu", {"x"}}};
     }},
    {"Tanh()",
     [](const LayerNumbers&) -> std::vector<OnnxNode> {
       return {{"Tanh", {"x"}}};
     }},
    {"Sigmoid()",
     [](const LayerNumbers&) -> std::vector<OnnxNode> {
       return {{"Sigmoid", {"x"}}};
     }},
    {"Softmax()",
     [](const LayerNumbers&) -> std::vector<OnnxNode> {
       return {{"Softmax", {"x"}, "y", {{"axis", 1}}}};
     }},
    {"LogSoftmax()",
     [](const LayerNumbers&) -> std::vector<OnnxNode> {
       return {{"LogSoftmax", {"x"}, "y", {{"axis", 1}}}};
     }},
    {"GELU()", [](const LayerNumbers&) { return onnx_gelu(); }},
    {"GELU(tanh)", onnx_tanh_gelu},
    {"SiLU()", onnx_silu<T>},
    {"LeakyReLU(%)",
     [](const LayerNumbers& n) -> std::vector<OnnxNode> {
       return {{"LeakyRelu", {"x"}, "y", {{"alpha", n.real[0]}}}};
     }},
    {"ELU(%)",
     [](const LayerNumbers& n) -> std::vector<OnnxNode> {
       return {{"Elu", {"x"}, "y", {{"alpha", n.real[0]}}}};
     }},
    {"Softplus(beta %, threshold %)", onnx_softplus},
    {"Identity()", onnx_identity},
    {"Flatten()", onnx_identity},
    {"Reshape(#, #)", onnx_identity},
    {"Dropout(%)", onnx_identity},  // a file predicts
    {"PatchEmbedding(# x # x #, patch # -> # tokens, # features)", onnx_patch_embedding},
    {"PositionEmbedding(# tokens, # features)", onnx_position_embedding},
    {"ClassToken(# tokens, # features)", onnx_class_token},
    {"FirstToken(# tokens, # features)", onnx_first_token},
    {"MeanPooling(# tokens, # features)", onnx_mean_pooling},
    {"FeedForward(# -> # -> #[, dropout %])", onnx_feed_forward},
    {"ChannelMixing(# tokens, # -> # -> #[, dropout %])", onnx_channel_mixing},
    {"TokenMixing(# channels, # -> # -> #[, dropout %])", onnx_token_mixing},
    {"MultiHeadSelfAttention(# tokens, # channels, # heads)", onnx_self_attention},
};

/// The nodes of a layer that describes itself so; none where there is no counterpart.
template <class T>
std::vector<OnnxNode> onnx_nodes(std::string_view layer) {
  for (const OnnxPattern& known : onnx_patterns<T>)
    if (const std::optional<LayerNumbers> numbers = scan_layer(layer, known.pattern)) return known.nodes(*numbers);
  return {};
}

}  // namespace mlp::detail
