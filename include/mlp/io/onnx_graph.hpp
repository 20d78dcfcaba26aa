// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#ifndef ONNX_ML
#error "mlp/io/onnx.hpp: link the CMake target onnx_proto, or define ONNX_ML and ONNX_NAMESPACE=onnx"
#endif
#include <onnx/onnx_pb.h>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/parameter.hpp>
#include <mlp/core/text.hpp>
#include <mlp/core/version.hpp>
#include <mlp/core/view.hpp>
#include <mlp/io/onnx_nesting.hpp>
#include <mlp/io/onnx_node.hpp>
#include <mlp/io/safetensors.hpp>

namespace mlp::detail {

inline constexpr int onnx_ir_version = 8;
inline constexpr int onnx_operator_set = 17;  // the newest one of that version

/// @throws ValueError `mlp::export_onnx: the model takes 2400000000 bytes, an ONNX file holds at most 2147483647`
inline void check_onnx_size(std::size_t bytes) {
  constexpr std::size_t most = std::numeric_limits<std::int32_t>::max();  // of protobuf
  if (bytes > most)
    throw ValueError("mlp::" + std::string(onnx_exporter) + ": the model takes " + std::to_string(bytes) +
                     " bytes, an ONNX file holds at most " + std::to_string(most));
}

/// A chain of layers in the making, for numbers of type T.
template <class T>
class OnnxGraph {
 public:
  OnnxGraph() {
    model_.set_ir_version(onnx_ir_version);
    model_.set_producer_name("mlp");
    model_.set_producer_version(std::to_string(MLP_VERSION_MAJOR) + "." + std::to_string(MLP_VERSION_MINOR) + "." +
                                std::to_string(MLP_VERSION_PATCH));
    model_.add_opset_import()->set_version(onnx_operator_set);
    graph().set_name("mlp");
  }

  void parameter(const ParameterName& name, ConstMatrixView<T> value) {
    const ParameterName& leaf = name.leaf();
    if (leaf.file_shape.empty())
      initializer(name.str(), value, shape_of(value, leaf.dimensions));
    else
      initializer(name.str(), value, {leaf.file_shape.begin(), leaf.file_shape.end()});
  }

  /// The numbers of a preprocessing, which are double. @throws ValueError `mlp::export_onnx: scaler.mean[2] must be in
  /// the range of a float, got 1e+300`
  void constant(const std::string& name, const RowVector<double>& value, int dimensions = 1) {
    RowVector<T> converted(value.size());
    for (Index j = 0; j < value.size(); ++j) {
      converted(j) = static_cast<T>(value(j));
      if (!std::isfinite(converted(j)) || (converted(j) == 0 && value(j) != 0))
        throw_out_of_range(onnx_exporter, name + (dimensions == 0 ? "" : "[" + std::to_string(j) + "]"),
                           std::string("in the range of a ") + (std::same_as<T, float> ? "float" : "double"),
                           number_text(value(j)));
    }
    initializer(name, converted, shape_of(converted, dimensions));
  }

  /// Appends a layer. `place`, `0` for the first, stands before the names of its own. @throws ValueError
  /// `mlp::export_onnx: layer 1, Swish(3): Mul takes "betta", which is neither a parameter nor made before`
  void append(const std::string& place, const std::string& what, const std::vector<OnnxNode>& nodes) {
    const auto full = [&](const std::string& name) { return name == "x" ? last_ : place + "." + name; };
    for (const OnnxNode& part : nodes) {
      onnx::NodeProto& node = *graph().add_node();
      node.set_op_type(part.op);
      for (const std::string& name : part.inputs) {
        if (name != "x" && !known_.contains(full(name)))
          throw ValueError("mlp::" + std::string(onnx_exporter) + ": " + what + ": " + part.op + " takes " +
                           in_quotes(name) + ", which is neither a parameter nor made before");
        node.add_input(full(name));
      }
      node.set_name(full(part.output));
      node.set_doc_string(what);
      node.add_output(full(part.output));
      known_.insert(full(part.output));
      for (const auto& [name, value] : part.attributes) {
        onnx::AttributeProto& attribute = *node.add_attribute();
        attribute.set_name(name);
        const bool constant = part.op == "Constant" && name == "value";
        std::visit([&](const auto& v) { constant ? set_value(attribute, v) : set(attribute, v); }, value);
      }
    }
    last_ = full("y");
  }

  /// The file, with input [batch, in] and output [batch, out].
  std::string finish(Index in, Index out) {
    declare(*graph().add_input(), "input", in);
    declare(*graph().add_output(), "output", out);
    graph().mutable_node(graph().node_size() - 1)->set_output(0, "output");
    check_onnx_size(model_.ByteSizeLong());
    return model_.SerializeAsString();
  }

 private:
  static constexpr onnx::TensorProto::DataType type =
      std::same_as<T, float> ? onnx::TensorProto::FLOAT : onnx::TensorProto::DOUBLE;

  onnx::GraphProto& graph() { return *model_.mutable_graph(); }

  /// 0 dimensions: a number, 1: a row, 2: a matrix.
  static std::vector<Index> shape_of(ConstMatrixView<T> value, int dimensions) {
    return dimensions == 0   ? std::vector<Index>{}
           : dimensions == 1 ? std::vector<Index>{value.cols()}
                             : std::vector<Index>{value.rows(), value.cols()};
  }

  void initializer(const std::string& name, ConstMatrixView<T> value, const std::vector<Index>& shape) {
    onnx::TensorProto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    fill(tensor, value, shape);
    known_.insert(name);
  }

  static void fill(onnx::TensorProto& tensor, ConstMatrixView<T> value, const std::vector<Index>& shape) {
    tensor.set_data_type(type);
    for (const Index dimension : shape) tensor.add_dims(dimension);
    std::string copy;
    const std::string_view bytes = little_endian_bytes(value, copy);
    tensor.set_raw_data(bytes.data(), bytes.size());
  }

  static void set_value(onnx::AttributeProto& attribute, double number) {
    attribute.set_type(onnx::AttributeProto::TENSOR);
    const T value = static_cast<T>(number);
    fill(*attribute.mutable_t(), {&value, 1, 1}, {});
  }
  static void set_value(onnx::AttributeProto& attribute, std::int64_t number) {
    set_value(attribute, static_cast<double>(number));
  }
  static void set_value(onnx::AttributeProto& attribute, const OnnxNode::Integers& numbers) {
    attribute.set_type(onnx::AttributeProto::TENSOR);
    onnx::TensorProto& tensor = *attribute.mutable_t();
    tensor.set_data_type(onnx::TensorProto::INT64);
    tensor.add_dims(static_cast<std::int64_t>(numbers.size()));
    for (const std::int64_t number : numbers) tensor.add_int64_data(number);
  }

  static void set(onnx::AttributeProto& attribute, std::int64_t number) {
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(number);
  }
  static void set(onnx::AttributeProto& attribute, double number) {
    attribute.set_type(onnx::AttributeProto::FLOAT);
    attribute.set_f(static_cast<float>(number));
  }
  static void set(onnx::AttributeProto& attribute, const OnnxNode::Integers& numbers) {
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t number : numbers) attribute.add_ints(number);
  }

  static void declare(onnx::ValueInfoProto& value, const char* name, Index columns) {
    value.set_name(name);
    onnx::TypeProto::Tensor& tensor = *value.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type);
    tensor.mutable_shape()->add_dim()->set_dim_param("batch");
    tensor.mutable_shape()->add_dim()->set_dim_value(columns);
  }

  onnx::ModelProto model_;
  std::set<std::string> known_;
  std::string last_ = "input";
};

}  // namespace mlp::detail
