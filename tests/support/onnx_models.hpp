// SPDX-License-Identifier: MIT
#pragma once

// Before any header that reaches sys/mman.h, whose macro MAP_TYPE is a name in here.
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <mlp/io/onnx.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <mlp/core/file.hpp>

#include "support/temporary_folder.hpp"

namespace mlp::testing {

using Names = std::vector<std::string>;

/// y = x sigmoid(beta x), whose forward nobody calls here.
struct Swish {
  using Scalar = float;
  struct Cache {};
  RowVector<float> beta = RowVector<float>::Constant(3, 2);

  std::string describe() const { return "Swish(3)"; }
  Shape output_shape(Shape input) const { return input; }
  void forward(ConstMatrixView<float>, MatrixView<float>, Cache&) const {}
  void backward(ConstMatrixView<float>, ConstMatrixView<float>, ConstMatrixView<float>, Cache&, Swish&,
                MatrixView<float>) const {}
  template <class F, class... Layers>
  static void visit_parameters(F&& f, Layers&... layers) {
    f(ParameterName{.part = "beta", .dimensions = 1}, view(layers.beta)...);
  }
};

inline std::vector<OnnxNode> swish_nodes(const std::string& layer) {
  if (!layer.starts_with("Swish(")) return {};
  return {{"Mul", {"x", "beta"}, "bx"}, {"Sigmoid", {"bx"}, "s"}, {"Mul", {"x", "s"}}};
}

/// What is written, found right by the checker of ONNX, all its shapes included.
template <class Model>
onnx::ModelProto exported(const Model& model, const OnnxOptions& options = {}) {
  const TemporaryFolder folder;
  export_onnx(model, folder / "net.onnx", options);
  CHECK(folder.count() == 1);
  onnx::ModelProto read;
  REQUIRE(read.ParseFromString(read_file(folder / "net.onnx")));
  CHECK_NOTHROW(onnx::checker::check_model(read));
  onnx::ModelProto inferred = read;
  CHECK_NOTHROW(onnx::shape_inference::InferShapes(inferred, onnx::OpSchemaRegistry::Instance(), {true, 1, false}));
  return read;
}

/// "Gemm(input, 0.weight, 0.bias) -> 0.y"
inline Names nodes_of(const onnx::ModelProto& model) {
  Names texts;
  for (const onnx::NodeProto& node : model.graph().node()) {
    std::string text = node.op_type() + "(";
    for (int i = 0; i < node.input_size(); ++i) text += (i == 0 ? "" : ", ") + node.input(i);
    CHECK(node.output_size() == 1);
    texts.push_back(text + ") -> " + node.output(0));
  }
  return texts;
}

inline std::string shape_of(const onnx::ValueInfoProto& value) {
  std::string text;
  for (const auto& dim : value.type().tensor_type().shape().dim())
    text += " " + (dim.has_dim_param() ? dim.dim_param() : std::to_string(dim.dim_value()));
  return value.name() + text;
}

inline const onnx::TensorProto& initializer(const onnx::ModelProto& model, const std::string& name) {
  for (const onnx::TensorProto& tensor : model.graph().initializer())
    if (tensor.name() == name) return tensor;
  FAIL("no initializer ", name);
  return model.graph().initializer(0);
}

inline std::vector<std::int64_t> dims_of(const onnx::TensorProto& tensor) {
  return {tensor.dims().begin(), tensor.dims().end()};
}

template <class T>
std::vector<T> values_of(const onnx::TensorProto& tensor) {
  std::vector<T> values(tensor.raw_data().size() / sizeof(T));
  std::memcpy(values.data(), tensor.raw_data().data(), values.size() * sizeof(T));
  return values;
}

/// Of an export that must leave the file in its place as it was.
template <class Error, class Model>
std::string refusal(const Model& model, const OnnxOptions& options = {}) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "net.onnx", "old");
  std::string text = "no error";
  try {
    export_onnx(model, folder / "net.onnx", options);
  } catch (const Error& error) {
    text = error.what();
  }
  CHECK(read_file(folder / "net.onnx") == "old");
  CHECK(folder.count() == 1);
  return text;
}

}  // namespace mlp::testing
