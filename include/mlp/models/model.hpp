// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <mlp/layers/layer.hpp>

namespace mlp {

/// The columns a layer asks of its input; `dynamic` if it takes any.
template <class L>
Index in_features_of(const L& layer) {
  if constexpr (requires { layer.in_features(); }) return layer.in_features();
  return dynamic;
}

/// The shape after `layer`, where the shape before it may not be known yet: `dynamic` columns.
template <class L>
Shape shape_after(const L& layer, Shape shape) {
  if (shape.cols == dynamic) shape.cols = in_features_of(layer);
  return shape.cols == dynamic ? shape : layer.output_shape(shape);
}

/// What a layer made of layers consists of, each as it describes itself; nothing of a simple one.
template <class L>
std::vector<std::string> parts_of(const L& layer) {
  std::vector<std::string> parts;
  if constexpr (requires { layer.parts(); }) {
    parts = layer.parts();
  } else if constexpr (requires { layer.block(); }) {
    parts = parts_of(layer.block());
    if (parts.empty()) parts.push_back(layer.block().describe());
  } else if constexpr (requires { layer.for_each_layer([](Index, const auto&) {}); }) {
    layer.for_each_layer([&](Index, const auto& part) { parts.push_back(part.describe()); });
  }
  return parts;
}

/// "Sequential(Linear(9 -> 64), ReLU(), Linear(64 -> 1))"
template <class Model>
[[gnu::cold]] std::string describe_model(const char* name, const Model& model) {
  std::string text = std::string(name) + "(";
  model.for_each_layer([&](Index i, const auto& layer) { text += (i == 0 ? "" : ", ") + layer.describe(); });
  return text + ")";
}

/// The output of a model for any number of rows, in chunks, so that activations stay small.
template <class Model>
auto predict_in_chunks(const Model& model, ConstMatrixView<typename Model::Scalar> x) {
  constexpr Index chunk = 1024;
  const Shape shape = model.output_shape(x.shape());
  Matrix<typename Model::Scalar> y(shape.rows, shape.cols);
  typename Model::Cache cache;
  for (Index first = 0; first < x.rows(); first += chunk) {
    const Index count = std::min(chunk, x.rows() - first);
    model.forward(x.rows(first, count), view(y).rows(first, count), cache);
  }
  return y;
}

}  // namespace mlp
