// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <numbers>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#ifndef ONNX_ML
#error "mlp/io/onnx.hpp: link the CMake target onnx_proto, or define ONNX_ML and ONNX_NAMESPACE=onnx"
#endif
#include <onnx/onnx_pb.h>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/file.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/parameter.hpp>
#include <mlp/core/shape.hpp>
#include <mlp/core/text.hpp>
#include <mlp/core/version.hpp>
#include <mlp/core/view.hpp>
#include <mlp/data/scaler.hpp>
#include <mlp/io/layer_pattern.hpp>
#include <mlp/io/model_file.hpp>
#include <mlp/io/safetensors.hpp>

namespace mlp {

/// One node of what a layer is in ONNX. Names are the layer's own: `x` is its input, `y` its output, a parameter has
/// the name that `visit_parameters` gives it, anything else is what a node before has as output. A number in the type
/// of the model is {"Constant", {}, "half", {{"value", 0.5}}}.
struct OnnxNode {
  std::string op;                   ///< "Gemm", of operator set 17
  std::vector<std::string> inputs;  ///< {"x", "weight", "bias"}
  std::string output = "y";
  std::map<std::string, std::variant<std::int64_t, double>> attributes = {};  ///< {{"transB", 1}}
};

struct OnnxOptions {
  /// Its image scale and shift, then its scaler, become nodes before the first layer. The rest is not written.
  Preprocessing preprocessing = {};
  /// The nodes of layers of your own, by what `describe()` says; none for those of the library.
  std::function<std::vector<OnnxNode>(const std::string& layer)> own_layers = {};
};

namespace detail {

inline constexpr int onnx_ir_version = 8;
inline constexpr int onnx_operator_set = 17;  // the newest one of that version
inline constexpr const char* onnx_exporter = "export_onnx";

/// The nodes of a layer by what its `describe()` says: scan_layer.
struct OnnxPattern {
  std::string_view pattern;
  std::vector<OnnxNode> (*nodes)(const LayerNumbers&);
};

inline std::vector<OnnxNode> onnx_identity(const LayerNumbers&) {
  return {{"Identity", {"x"}}};
}
/// y = x / 2 (1 + erf(x / sqrt(2)))
inline std::vector<OnnxNode> onnx_gelu(const LayerNumbers&) {
  return {{"Constant", {}, "root", {{"value", std::numbers::sqrt2}}},
          {"Constant", {}, "one", {{"value", 1.0}}},
          {"Constant", {}, "half", {{"value", 0.5}}},
          {"Div", {"x", "root"}, "z"},
          {"Erf", {"z"}, "erf"},
          {"Add", {"erf", "one"}, "sum"},
          {"Mul", {"x", "sum"}, "twice"},
          {"Mul", {"twice", "half"}}};
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

/// A new layer of the library is added here.
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
    {"GELU()", onnx_gelu},
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
};

/// The nodes of a layer that describes itself so; none where there is no counterpart.
template <class T>
std::vector<OnnxNode> onnx_nodes(std::string_view layer) {
  for (const OnnxPattern& known : onnx_patterns<T>)
    if (const std::optional<LayerNumbers> numbers = scan_layer(layer, known.pattern)) return known.nodes(*numbers);
  return {};
}

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

  void parameter(const std::string& name, ConstMatrixView<T> value, int dimensions) {
    onnx::TensorProto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    fill(tensor, value, dimensions);
    known_.insert(name);
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
    parameter(name, converted, dimensions);
  }

  /// Appends a layer. `place`, `0` for the first, stands before the names of its own. @throws ValueError
  /// `mlp::export_onnx: layer 1, Swish(3): Mul takes "betta", which is neither a parameter nor made before`,
  /// `mlp::export_onnx: layer 1, Swish(3): no node makes "y"`
  void append(const std::string& place, const std::string& what, const std::vector<OnnxNode>& nodes) {
    const auto full = [&](const std::string& name) { return name == "x" ? last_ : place + "." + name; };
    const auto fail = [&](const std::string& why) {
      throw ValueError("mlp::" + std::string(onnx_exporter) + ": " + what + ": " + why);
    };
    for (const OnnxNode& part : nodes) {
      onnx::NodeProto& node = *graph().add_node();
      node.set_op_type(part.op);
      for (const std::string& name : part.inputs) {
        if (name != "x" && !known_.contains(full(name)))
          fail(part.op + " takes " + in_quotes(name) + ", which is neither a parameter nor made before");
        node.add_input(full(name));
      }
      node.set_name(full(part.output));
      node.set_doc_string(what);
      node.add_output(full(part.output));
      known_.insert(full(part.output));
      for (const auto& [name, value] : part.attributes) {
        if (part.op == "Constant" && name == "value")
          set_number(*node.add_attribute(), std::visit([](auto number) { return static_cast<T>(number); }, value));
        else
          set(*node.add_attribute(), name, value);
      }
    }
    if (nodes.back().output != "y") fail("the last node must make \"y\", it makes " + in_quotes(nodes.back().output));
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

  static void fill(onnx::TensorProto& tensor, ConstMatrixView<T> value, int dimensions) {
    tensor.set_data_type(type);
    if (dimensions > 1) tensor.add_dims(value.rows());
    if (dimensions > 0) tensor.add_dims(value.cols());
    std::string copy;
    const std::string_view bytes = little_endian_bytes(value, copy);
    tensor.set_raw_data(bytes.data(), bytes.size());
  }

  static void set_number(onnx::AttributeProto& attribute, T number) {
    attribute.set_name("value");
    attribute.set_type(onnx::AttributeProto::TENSOR);
    fill(*attribute.mutable_t(), {&number, 1, 1}, 0);
  }

  static void set(onnx::AttributeProto& attribute, const std::string& name,
                  const std::variant<std::int64_t, double>& value) {
    attribute.set_name(name);
    if (const auto* const whole = std::get_if<std::int64_t>(&value)) {
      attribute.set_type(onnx::AttributeProto::INT);
      attribute.set_i(*whole);
    } else {
      attribute.set_type(onnx::AttributeProto::FLOAT);
      attribute.set_f(static_cast<float>(std::get<double>(value)));
    }
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

struct OnnxLayer {
  std::string what;  ///< "layer 1, ReLU()"
  std::vector<OnnxNode> nodes;
};

/// @throws ValueError `mlp::export_onnx: layer 1, Swish(3), has no counterpart in ONNX`, `mlp::Network: has no layers`
template <class Model>
std::vector<OnnxLayer> onnx_layers(const Model& model, const OnnxOptions& options) {
  std::vector<OnnxLayer> layers;
  model.for_each_layer([&](Index i, const auto& layer) {
    const std::string text = layer.describe();
    const std::string what = "layer " + std::to_string(i) + ", " + text;
    std::vector<OnnxNode> nodes;
    if (options.own_layers) nodes = options.own_layers(text);
    if (nodes.empty()) nodes = onnx_nodes<typename Model::Scalar>(text);
    if (nodes.empty())
      throw ValueError("mlp::" + std::string(onnx_exporter) + ": " + what + ", has no counterpart in ONNX");
    layers.push_back({what, std::move(nodes)});
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
  Model::visit_parameters(
      [&](const ParameterName& name, ConstMatrixView<T> p) { graph.parameter(name.str(), p, name.leaf().dimensions); },
      model);
  for (std::size_t i = 0; i < layers.size(); ++i) graph.append(std::to_string(i), layers[i].what, layers[i].nodes);
  return graph.finish(columns, output.cols);
}

}  // namespace detail

/// Writes a model for ONNX Runtime and whatever else reads ONNX: `input` [batch, in] to `output` [batch, out] for any
/// batch, in the numbers of the model, float or double, its parameters under PyTorch's names. The library's layers are
/// known; `options.own_layers` says what others are.
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
