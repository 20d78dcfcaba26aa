// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include <mlp/core/matrix.hpp>
#include <mlp/io/layer_pattern.hpp>
#include <mlp/io/onnx_node.hpp>

// The layers on tokens: a sample is a row [tokens * width], token after token. n and w are the numbers of tokens and of
// columns of a token, B the batch, which no node knows.

namespace mlp::detail {

/// y = x / 2 (1 + erf(x / sqrt(2)))
inline std::vector<OnnxNode> onnx_gelu() {
  return {{"Constant", {}, "root", {{"value", std::numbers::sqrt2}}},
          {"Constant", {}, "one", {{"value", 1.0}}},
          {"Constant", {}, "half", {{"value", 0.5}}},
          {"Div", {"x", "root"}, "z"},
          {"Erf", {"z"}, "erf"},
          {"Add", {"erf", "one"}, "sum"},
          {"Mul", {"x", "sum"}, "twice"},
          {"Mul", {"twice", "half"}}};
}

/// [c, h, w] an image and p the side of a patch: the pixels of a patch become a row, and a convolution a product, which
/// ONNX Runtime (1.30) has in double, too.
inline std::vector<OnnxNode> onnx_patch_embedding(const LayerNumbers& numbers) {
  const auto [c, h, w, p, n, features] = numbers.size;
  return OnnxNodes()
      .reshape("x", {-1, c, h / p, p, w / p, p}, "pixels")
      .transpose("pixels", {0, 2, 4, 1, 3, 5}, "squares")  // [B, h / p, w / p, c, p, p]
      .reshape("squares", {-1, c * p * p}, "patches")
      .flatten("weight", 1, "matrix")  // [features, c, p, p] -> [features, c p p]
      .affine("patches", "matrix", "bias", "tokens")
      .reshape("tokens", {-1, n * features}, "y");
}

inline std::vector<OnnxNode> onnx_position_embedding(const LayerNumbers&) {
  return OnnxNodes().flatten("weight", 1, "row").add({"Add", {"x", "row"}});  // [1, n, w] -> [1, n w]
}

/// y = [0, x] + [c, 0], which needs no batch to repeat c for.
inline std::vector<OnnxNode> onnx_class_token(const LayerNumbers& numbers) {
  const Index n = numbers.size[0], w = numbers.size[1];
  return OnnxNodes()
      .integers("before", {0, w, 0, 0})
      .integers("behind", {0, 0, 0, n * w})
      .add({"Pad", {"x", "before"}, "tokens"})
      .flatten("weight", 2, "row")  // [1, 1, w] -> [1, w]
      .add({"Pad", {"row", "behind"}, "token"})
      .add({"Add", {"tokens", "token"}});
}

inline std::vector<OnnxNode> onnx_first_token(const LayerNumbers& numbers) {
  return OnnxNodes().columns("x", 0, numbers.size[1], "y");
}

inline std::vector<OnnxNode> onnx_mean_pooling(const LayerNumbers& numbers) {
  const Index n = numbers.size[0], w = numbers.size[1];
  return OnnxNodes()
      .reshape("x", {-1, n, w}, "tokens")
      .add({"ReduceMean", {"tokens"}, "y", {{"axes", OnnxNode::Integers{1}}, {"keepdims", 0}}});
}

/// y = gelu(x W1^T + b1) W2^T + b2
inline std::vector<OnnxNode> onnx_feed_forward(const LayerNumbers&) {
  return OnnxNodes()
      .affine("x", "fc1.weight", "fc1.bias", "z")
      .layer(onnx_gelu(), "gelu.", "z", "h")
      .affine("h", "fc2.weight", "fc2.bias", "y");
}

inline std::vector<OnnxNode> onnx_channel_mixing(const LayerNumbers& numbers) {
  const Index n = numbers.size[0], w = numbers.size[1];
  return OnnxNodes()
      .reshape("x", {-1, w}, "tokens")  // [B n, w]
      .layer(onnx_feed_forward(numbers), "", "tokens", "mixed")
      .reshape("mixed", {-1, n * w}, "y");
}

inline std::vector<OnnxNode> onnx_token_mixing(const LayerNumbers& numbers) {
  const Index w = numbers.size[0], n = numbers.size[1];
  return OnnxNodes()
      .reshape("x", {-1, n, w}, "tokens")
      .transpose("tokens", {0, 2, 1}, "channels")
      .reshape("channels", {-1, n}, "rows")  // [B w, n]
      .layer(onnx_feed_forward(numbers), "", "rows", "mixed")
      .reshape("mixed", {-1, w, n}, "mixed_channels")
      .transpose("mixed_channels", {0, 2, 1}, "mixed_tokens")
      .reshape("mixed_tokens", {-1, n * w}, "y");
}

/// [Q K V] = X W_in^T + b_in;  O = softmax(Q / sqrt(d) K^T) V of each head;  Y = O W_out^T + b_out. Beside a product of
/// doubles ONNX Runtime (1.30) would round 1 / sqrt(d) to a float.
inline std::vector<OnnxNode> onnx_self_attention(const LayerNumbers& numbers) {
  const Index n = numbers.size[0], w = numbers.size[1], heads = numbers.size[2], d = w / heads;
  OnnxNodes nodes;
  nodes.reshape("x", {-1, w}, "tokens")
      .affine("tokens", "in_proj_weight", "in_proj_bias", "qkv")
      .columns("qkv", 0, w, "q.columns")
      .columns("qkv", w, w, "k.columns")
      .columns("qkv", 2 * w, w, "v.columns")
      .number("scale", 1 / std::sqrt(static_cast<double>(d)))
      .add({"Mul", {"q.columns", "scale"}, "q.scaled"});
  const auto heads_of = [&](const std::string& columns, OnnxNode::Integers order, const std::string& y) {
    nodes.reshape(columns, {-1, n, heads, d}, y + ".heads").transpose(y + ".heads", std::move(order), y);
  };
  heads_of("q.scaled", {0, 2, 1, 3}, "q");   // [B, heads, n, d]
  heads_of("k.columns", {0, 2, 3, 1}, "k");  // [B, heads, d, n], which is K^T
  heads_of("v.columns", {0, 2, 1, 3}, "v");
  return nodes.add({"MatMul", {"q", "k"}, "s"})
      .add({"Softmax", {"s"}, "p", {{"axis", -1}}})
      .add({"MatMul", {"p", "v"}, "o"})
      .transpose("o", {0, 2, 1, 3}, "o.heads")
      .reshape("o.heads", {-1, w}, "o.tokens")
      .affine("o.tokens", "out_proj.weight", "out_proj.bias", "projected")
      .reshape("projected", {-1, n * w}, "y");
}

}  // namespace mlp::detail
