// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mlp/core/error.hpp>
#include <mlp/core/text.hpp>
#include <mlp/io/layer_pattern.hpp>
#include <mlp/io/onnx_layers.hpp>
#include <mlp/io/onnx_node.hpp>

namespace mlp::detail {

inline constexpr const char* onnx_exporter = "export_onnx";

/// The nodes of a layer of a model, of numbers of type T, and of the layers inside of it, by what `describe()` says.
template <class T>
class OnnxNesting {
 public:
  static constexpr int most = 16;  ///< layers around another
  using OwnLayers = std::function<std::vector<OnnxNode>(const std::string& layer)>;

  /// `what` the layer of the model is: "layer 1, Residual(Swish(3))".
  OnnxNesting(std::string what, const OwnLayers& own) : what_(std::move(what)), own_(own) {}

  /// @throws ValueError `mlp::export_onnx: layer 1, Swish(3), has no counterpart in ONNX`, `mlp::export_onnx: Swish(3)
  /// in layer 1, Residual(Swish(3)), has no counterpart in ONNX`, `mlp::export_onnx: layer 1, Swish(3): the last node
  /// must make "y", it makes "z"`, `mlp::export_onnx: layer 0, Residual(...): has layers nested more than 16 deep`
  std::vector<OnnxNode> nodes(std::string_view layer, int depth = 0) const {
    if (depth > most) fail(what_ + ": has layers nested more than " + std::to_string(most) + " deep");
    const std::string where = (depth == 0 ? "" : std::string(layer) + " in ") + what_;
    std::vector<OnnxNode> found = own_ ? own_(std::string(layer)) : std::vector<OnnxNode>{};
    if (found.empty()) found = known(layer, depth);
    if (found.empty()) fail(where + ", has no counterpart in ONNX");
    if (found.back().output != "y")
      fail(where + ": the last node must make \"y\", it makes " + in_quotes(found.back().output));
    return found;
  }

 private:
  [[noreturn]] static void fail(const std::string& why) {
    throw ValueError("mlp::" + std::string(onnx_exporter) + ": " + why);
  }

  /// None for a layer that is not the library's.
  std::vector<OnnxNode> known(std::string_view layer, int depth) const {
    if (const auto block = inside(layer, "Residual")) return residual(*block, depth);
    if (const auto tokens = inside(layer, "PerToken")) return per_token(*tokens, depth);
    if (const auto layers = inside(layer, "Sequential")) return chain(*layers, depth);
    if (const auto layers = inside(layer, "Network")) return chain(*layers, depth);
    return onnx_nodes<T>(layer);
  }

  std::vector<OnnxNode> residual(std::string_view block, int depth) const {
    return OnnxNodes().layer(nodes(block, depth + 1), "block.", "x", "block.y").add({"Add", {"x", "block.y"}});
  }

  /// How wide a token is, the text does not say, and no node needs to know.
  std::vector<OnnxNode> per_token(std::string_view text, int depth) const {
    const std::string_view number = split_layers(text).front();
    const std::optional<LayerNumbers> tokens = scan_layer(number, "#");
    if (!tokens || number.size() == text.size()) return {};
    const Index n = tokens->size[0];
    return OnnxNodes()
        .reshape("x", {0, n, -1}, "tokens")
        .flatten("tokens", 2, "rows")  // [B n, in]
        .layer(nodes(text.substr(number.size() + 2), depth + 1), "", "rows", "each.y", "each.")
        .integers("front", {0})
        .add({"Unsqueeze", {"each.y", "front"}, "all"})  // [1, B n, out]
        .reshape("all", {-1, n, 0}, "y.tokens")          // [B, n, out]
        .flatten("y.tokens", 1, "y");
  }

  std::vector<OnnxNode> chain(std::string_view text, int depth) const {
    if (text.empty()) return {};
    const std::vector<std::string_view> layers = split_layers(text);
    OnnxNodes all;
    std::string x = "x";
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const std::string place = std::to_string(i) + ".";
      const std::string y = i + 1 == layers.size() ? "y" : place + "y";
      all.layer(nodes(layers[i], depth + 1), place, x, y);
      x = y;
    }
    return all;
  }

  std::string what_;
  const OwnLayers& own_;
};

}  // namespace mlp::detail
