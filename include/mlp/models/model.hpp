// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

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

/// "Sequential(Linear(9 -> 64), ReLU(), Linear(64 -> 1))"
template <class Model>
std::string describe_model(const char* name, const Model& model) {
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
