// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <mlp/core/matrix.hpp>

namespace mlp {

/// One node of what a layer is in ONNX. Names are the layer's own: `x` is its input, `y` its output, a parameter has
/// the name that `visit_parameters` gives it, anything else is what a node before has as output. A number in the type
/// of the model is {"Constant", {}, "half", {{"value", 0.5}}}, a list of whole ones, which is what says a shape,
/// {"Constant", {}, "shape", {{"value", OnnxNode::Integers{-1, 4}}}}.
struct OnnxNode {
  using Integers = std::vector<std::int64_t>;

  std::string op;                   ///< "Gemm", of operator set 17
  std::vector<std::string> inputs;  ///< {"x", "weight", "bias"}
  std::string output = "y";
  std::map<std::string, std::variant<std::int64_t, double, Integers>> attributes = {};  ///< {{"transB", 1}}
};

namespace detail {

/// The nodes of a layer in the making, each by one call: from `x`, to `y` in the last one.
class OnnxNodes {
 public:
  OnnxNodes& add(OnnxNode node) {
    nodes_.push_back(std::move(node));
    return *this;
  }

  OnnxNodes& number(const std::string& y, double value) { return add({"Constant", {}, y, {{"value", value}}}); }
  OnnxNodes& integers(const std::string& y, OnnxNode::Integers values) {
    return add({"Constant", {}, y, {{"value", std::move(values)}}});
  }

  /// In `shape` 0 stays what it was, and -1 is what is left.
  OnnxNodes& reshape(const std::string& x, OnnxNode::Integers shape, const std::string& y) {
    return integers(y + ".shape", std::move(shape)).add({"Reshape", {x, y + ".shape"}, y});
  }
  OnnxNodes& transpose(const std::string& x, OnnxNode::Integers order, const std::string& y) {
    return add({"Transpose", {x}, y, {{"perm", std::move(order)}}});
  }
  /// A matrix: the dimensions before `axis` make its rows.
  OnnxNodes& flatten(const std::string& x, std::int64_t axis, const std::string& y) {
    return add({"Flatten", {x}, y, {{"axis", axis}}});
  }
  OnnxNodes& columns(const std::string& x, Index first, Index count, const std::string& y) {
    return integers(y + ".first", {first})
        .integers(y + ".end", {first + count})
        .integers(y + ".axis", {1})
        .add({"Slice", {x, y + ".first", y + ".end", y + ".axis"}, y});
  }
  /// y = x W^T + b
  OnnxNodes& affine(const std::string& x, const std::string& weight, const std::string& bias, const std::string& y) {
    return add({"Gemm", {x, weight, bias}, y, {{"transB", 1}}});
  }

  /// The nodes of a layer inside of this one. `place` stands before the names of its parameters, "block." or nothing,
  /// `made` before what its nodes make.
  OnnxNodes& layer(const std::vector<OnnxNode>& inner, const std::string& place, const std::string& x,
                   const std::string& y, const std::string& made) {
    std::map<std::string, std::string> names{{"x", x}};
    for (OnnxNode node : inner) {
      for (std::string& name : node.inputs) {
        const auto known = names.find(name);
        name = known != names.end() ? known->second : place + name;
      }
      node.output = names[node.output] = node.output == "y" ? y : made + node.output;
      nodes_.push_back(std::move(node));
    }
    return *this;
  }
  OnnxNodes& layer(const std::vector<OnnxNode>& inner, const std::string& place, const std::string& x,
                   const std::string& y) {
    return layer(inner, place, x, y, place);
  }

  operator std::vector<OnnxNode>() const { return nodes_; }

 private:
  std::vector<OnnxNode> nodes_;
};

}  // namespace detail

}  // namespace mlp
