// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <mlp/core/error.hpp>
#include <mlp/core/file.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/parameter.hpp>
#include <mlp/core/shape.hpp>
#include <mlp/core/view.hpp>
#include <mlp/data/scaler.hpp>
#include <mlp/io/model_file.hpp>
#include <mlp/io/onnx_graph.hpp>
#include <mlp/io/onnx_nesting.hpp>
#include <mlp/io/onnx_node.hpp>

namespace mlp {

struct OnnxOptions {
  /// Its image scale and shift, then its scaler, become nodes before the first layer. The rest is not written.
  Preprocessing preprocessing = {};
  /// The nodes of layers of your own, by what `describe()` says, wherever they are; none for those of the library.
  std::function<std::vector<OnnxNode>(const std::string& layer)> own_layers = {};
};

namespace detail {

struct OnnxLayer {
  std::string what;  ///< "layer 1, ReLU()"
  std::vector<OnnxNode> nodes;
};

/// @throws ValueError `mlp::Network: has no layers`, and as OnnxNesting
template <class Model>
std::vector<OnnxLayer> onnx_layers(const Model& model, const OnnxOptions& options) {
  std::vector<OnnxLayer> layers;
  model.for_each_layer([&](Index i, const auto& layer) {
    const std::string text = layer.describe();
    const std::string what = "layer " + std::to_string(i) + ", " + text;
    layers.push_back({what, OnnxNesting<typename Model::Scalar>(what, options.own_layers).nodes(text)});
  });
  if (layers.empty()) throw ValueError("mlp::Network: has no layers");
  return layers;
}

/// The columns of the input: what the layers ask for, and the preprocessing has to agree. @throws ShapeError,
/// ValueError `mlp::export_onnx: no layer says how many columns the input has`
template <class Model>
Index onnx_columns(const Model& model, const Preprocessing& how) {
  Index columns = in_features_of(model);
  const auto meet = [&](const char* what, Index its) {
    if (columns == dynamic) columns = its;
    if (columns != its) throw ShapeError::expected(onnx_exporter, what, {dynamic, columns}, {dynamic, its});
  };
  if (how.image) meet("image", how.image->width * how.image->height * how.image->channels);
  if (how.scaler) meet("scaler", how.scaler->mean().size());
  if (columns == dynamic)
    throw ValueError("mlp::" + std::string(onnx_exporter) + ": no layer says how many columns the input has");
  return columns;
}

/// The bytes of the file.
template <class Model>
std::string onnx_file(const Model& model, const OnnxOptions& options) {
  using T = typename Model::Scalar;
  const std::vector<OnnxLayer> layers = onnx_layers(model, options);
  const Preprocessing& how = options.preprocessing;
  const Index columns = onnx_columns(model, how);
  const Shape output = model.output_shape({dynamic, columns});
  std::size_t size = 0;
  Model::visit_parameters(
      [&](const ParameterName&, ConstMatrixView<T> p) { size += static_cast<std::size_t>(p.size()) * sizeof(T); },
      model);
  check_onnx_size(size);

  OnnxGraph<T> graph;
  if (how.image) {
    graph.constant("image.scale", RowVector<double>::Constant(1, how.image->scale), 0);
    graph.constant("image.shift", RowVector<double>::Constant(1, how.image->shift), 0);
    graph.append("image", "image", {{"Mul", {"x", "scale"}, "scaled"}, {"Add", {"scaled", "shift"}}});
  }
  if (how.scaler) {
    graph.constant("scaler.mean", how.scaler->mean());
    graph.constant("scaler.scale", how.scaler->scale());
    graph.append("scaler", "scaler", {{"Sub", {"x", "mean"}, "difference"}, {"Div", {"difference", "scale"}}});
  }
  Model::visit_parameters([&](const ParameterName& name, ConstMatrixView<T> p) { graph.parameter(name, p); }, model);
  for (std::size_t i = 0; i < layers.size(); ++i) graph.append(std::to_string(i), layers[i].what, layers[i].nodes);
  return graph.finish(columns, output.cols);
}

}  // namespace detail

/// Writes a model for ONNX Runtime and whatever else reads ONNX: `input` [batch, in] to `output` [batch, out] for any
/// batch, in the numbers of the model, float or double, its parameters under PyTorch's names. The library's layers are
/// known, those inside of others, too; `options.own_layers` says what others are.
///
///     auto [net, preprocessing] = load_network("mpg.safetensors");
///     export_onnx(net, "mpg.onnx", {.preprocessing = preprocessing});   // takes raw rows, and scales them itself
///
/// A scaler in the file computes in the numbers of the model, where `StandardScaler` computes in double; images are
/// given as rows of 0 .. 255 in the type of the model, already resized. Needs libonnx and protobuf: CMake's
/// `find_package(ONNX)`, target `onnx_proto`, or `ONNX::onnx_proto` from version 1.16. Source:
/// https://github.com/onnx/onnx/blob/main/docs/IR.md, operator set 17.
///
/// @throws ValueError `mlp::export_onnx: layer 1, Swish(3), has no counterpart in ONNX`, ShapeError `mlp::export_onnx:
/// expected scaler [batch, 9], got [batch, 8]`, both before anything is written; IoError `mpg.onnx: cannot write: No
/// space left on device`
template <class Model>
void export_onnx(const Model& model, const std::string& path, const OnnxOptions& options = {}) {
  write_file_atomically(path, detail::onnx_file(model, options));
}

}  // namespace mlp
