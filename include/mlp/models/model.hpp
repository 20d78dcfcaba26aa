// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <mlp/core/buffer.hpp>
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

/// A table of the layers of a model, the shapes of their outputs and the numbers of their parameters.
///
///     std::cout << summary(net);
template <class Model>
std::string summary(const Model& model) {
  struct Row {
    std::string layer, output, parameters;
  };
  std::vector<Row> rows{{"layer", "output", "parameters"}};
  Shape shape{dynamic, model.in_features()};
  rows.push_back({"input", shape.cols == dynamic ? "[batch, any]" : to_string(shape), ""});
  model.for_each_layer([&](Index i, const auto& layer) {
    shape = shape_after(layer, shape);
    rows.push_back({std::to_string(i) + "  " + layer.describe(),
                    shape.cols == dynamic ? "[batch, any]" : to_string(shape), std::to_string(parameter_count(layer))});
  });
  rows.push_back({"total", "", std::to_string(parameter_count(model))});

  std::size_t widths[3] = {};
  for (const Row& row : rows) {
    widths[0] = std::max(widths[0], row.layer.size());
    widths[1] = std::max(widths[1], row.output.size());
    widths[2] = std::max(widths[2], row.parameters.size());
  }
  const std::string rule(widths[0] + widths[1] + widths[2] + 4, '-');
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    if (i == 1 || i + 1 == rows.size()) text += rule + '\n';
    text += row.layer + std::string(widths[0] - row.layer.size() + 2, ' ');
    text += row.output + std::string(widths[1] - row.output.size() + 2, ' ');
    text += std::string(widths[2] - row.parameters.size(), ' ') + row.parameters + '\n';
  }
  return text;
}

}  // namespace mlp
