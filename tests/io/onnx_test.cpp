// SPDX-License-Identifier: MIT
#include "support/onnx_models.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <mlp/core/file.hpp>
#include <mlp/math/rng.hpp>
#include <mlp/models/sequential.hpp>

#include "support/temporary_folder.hpp"

using namespace mlp;
using namespace mlp::testing;

namespace {

/// Weights that claim to take more than a file can hold. Nobody may read them.
struct Huge : ShapePreserving {
  std::string describe() const { return "Identity()"; }
  void forward(ConstMatrixView<float>, MatrixView<float>, Cache&) const {}
  void backward(ConstMatrixView<float>, ConstMatrixView<float>, ConstMatrixView<float>, Cache&, Huge&,
                MatrixView<float>) const {}
  template <class F, class... Layers>
  static void visit_parameters(F&& f, Layers&...) {
    static float one = 0;
    f(ParameterName{"weight"}, ((void)sizeof(Layers), MatrixView<float>(&one, 30000, 20000))...);
  }
};

}  // namespace

TEST_CASE("each layer of the library becomes its node, in a chain from input to output") {
  Rng rng(1);
  const Sequential net{Linear(3, 4, rng), ReLU(),    Linear(4, 5, rng), Tanh(),      Sigmoid(),
                       Identity(),        Softmax(), LogSoftmax(),      Linear(5, 2)};
  const onnx::ModelProto model = exported(net);
  CHECK(nodes_of(model) == Names{"Gemm(input, 0.weight, 0.bias) -> 0.y", "Relu(0.y) -> 1.y",
                                 "Gemm(1.y, 2.weight, 2.bias) -> 2.y", "Tanh(2.y) -> 3.y", "Sigmoid(3.y) -> 4.y",
                                 "Identity(4.y) -> 5.y", "Softmax(5.y) -> 6.y", "LogSoftmax(6.y) -> 7.y",
                                 "Gemm(7.y, 8.weight, 8.bias) -> output"});
  CHECK(model.graph().node(0).name() == "0.y");
  CHECK(model.graph().node(0).doc_string() == "layer 0, Linear(3 -> 4)");
  for (const onnx::NodeProto& node : model.graph().node()) {
    const bool gemm = node.op_type() == "Gemm";
    const bool softmax = node.op_type() == "Softmax" || node.op_type() == "LogSoftmax";
    REQUIRE(node.attribute_size() == (gemm || softmax ? 1 : 0));
    if (node.attribute_size() == 0) continue;
    CHECK(node.attribute(0).name() == (gemm ? "transB" : "axis"));
    CHECK(node.attribute(0).type() == onnx::AttributeProto::INT);
    CHECK(node.attribute(0).i() == 1);
  }
  REQUIRE(model.graph().input_size() == 1);
  REQUIRE(model.graph().output_size() == 1);
  CHECK(shape_of(model.graph().input(0)) == "input batch 3");
  CHECK(shape_of(model.graph().output(0)) == "output batch 2");
  CHECK(model.ir_version() == 8);
  REQUIRE(model.opset_import_size() == 1);
  CHECK(model.opset_import(0).domain().empty());
  CHECK(model.opset_import(0).version() == 17);
  CHECK(model.producer_name() == "mlp");
}

TEST_CASE_TEMPLATE("layers that are several nodes compute in the numbers of the model", T, float, double) {
  constexpr int type = sizeof(T) == 4 ? onnx::TensorProto::FLOAT : onnx::TensorProto::DOUBLE;
  const onnx::ModelProto model = exported(
      Network<T>{Linear<T>(2, 4), GELU(), GELU(GELU::tanh), SiLU(), Softplus(0.3, 2), Flatten(), Reshape(2, 2)});
  Names expected{"Gemm(input, 0.weight, 0.bias) -> 0.y",
                 "Constant() -> 1.root",
                 "Constant() -> 1.one",
                 "Constant() -> 1.half",
                 "Div(0.y, 1.root) -> 1.z",
                 "Erf(1.z) -> 1.erf",
                 "Add(1.erf, 1.one) -> 1.sum",
                 "Mul(0.y, 1.sum) -> 1.twice",
                 "Mul(1.twice, 1.half) -> 1.y",
                 "Constant() -> 2.c0",
                 "Constant() -> 2.c1",
                 "Mul(1.y, 1.y) -> 2.square",
                 "Mul(2.square, 2.c1) -> 2.bend",
                 "Add(2.bend, 2.c0) -> 2.slope",
                 "Mul(1.y, 2.slope) -> 2.v",
                 "Sigmoid(2.v) -> 2.s",
                 "Mul(1.y, 2.s) -> 2.y"};
  const Names silu = sizeof(T) == 4 ? Names{"Sigmoid(2.y) -> 3.s", "Mul(2.y, 3.s) -> 3.y"}
                                    : Names{"Constant() -> 3.one", "Neg(2.y) -> 3.minus", "Exp(3.minus) -> 3.e",
                                            "Add(3.e, 3.one) -> 3.sum", "Div(2.y, 3.sum) -> 3.y"};
  const Names last{"Constant() -> 4.beta",
                   "Constant() -> 4.threshold",
                   "Mul(3.y, 4.beta) -> 4.z",
                   "Softplus(4.z) -> 4.s",
                   "Div(4.s, 4.beta) -> 4.curve",
                   "Greater(4.z, 4.threshold) -> 4.is_linear",
                   "Where(4.is_linear, 3.y, 4.curve) -> 4.y",
                   "Identity(4.y) -> 5.y",
                   "Identity(5.y) -> output"};
  expected.insert(expected.end(), silu.begin(), silu.end());
  expected.insert(expected.end(), last.begin(), last.end());
  CHECK(nodes_of(model) == expected);
  std::vector<T> constants;
  for (const onnx::NodeProto& node : model.graph().node()) {
    if (node.op_type() != "Constant") continue;
    REQUIRE(node.attribute_size() == 1);
    CHECK(node.attribute(0).name() == "value");
    CHECK(node.attribute(0).type() == onnx::AttributeProto::TENSOR);
    CHECK(node.attribute(0).t().data_type() == type);
    CHECK(dims_of(node.attribute(0).t()).empty());
    constants.push_back(values_of<T>(node.attribute(0).t()).at(0));
  }
  // sqrt(2), 1, 1/2; sqrt(8 / pi), 0.044715 of it; 1 of SiLU; beta, threshold
  std::vector<T> numbers{T(1.4142135623730951), 1, T(0.5), T(1.5957691216057308), T(0.07135481627260025), 1, T(0.3), 2};
  if (sizeof(T) == 4) numbers.erase(numbers.begin() + 5);
  CHECK(constants == numbers);
}

TEST_CASE("layers with numbers are nodes with attributes") {
  const onnx::ModelProto model =
      exported(Sequential{Linear(2, 3), LeakyReLU(0.1), ELU(0.5), Softplus(), LayerNorm(3, 0.25)});
  CHECK(nodes_of(model) == Names{"Gemm(input, 0.weight, 0.bias) -> 0.y", "LeakyRelu(0.y) -> 1.y", "Elu(1.y) -> 2.y",
                                 "Softplus(2.y) -> 3.y", "LayerNormalization(3.y, 4.weight, 4.bias) -> output"});
  const auto attribute = [&](int node, int i) { return model.graph().node(node).attribute(i); };
  CHECK(attribute(1, 0).name() == "alpha");
  CHECK(attribute(1, 0).f() == 0.1f);
  CHECK(attribute(2, 0).name() == "alpha");
  CHECK(attribute(2, 0).f() == 0.5f);
  CHECK(attribute(4, 0).name() == "axis");
  CHECK(attribute(4, 0).i() == -1);
  CHECK(attribute(4, 1).name() == "epsilon");
  CHECK(attribute(4, 1).f() == 0.25f);
  CHECK(dims_of(initializer(model, "4.weight")) == std::vector<std::int64_t>{3});
  CHECK(values_of<float>(initializer(model, "4.weight")) == std::vector<float>{1, 1, 1});
}

TEST_CASE_TEMPLATE("weights are written bit for bit under the names and shapes of PyTorch", T, float, double) {
  Network<T> net(Linear<T>(2, 3), ReLU(), Linear<T>(3, 1));
  std::vector<T> weight{1,
                        T(-0.0),
                        std::numeric_limits<T>::denorm_min(),
                        std::numeric_limits<T>::quiet_NaN(),
                        -std::numeric_limits<T>::infinity(),
                        T(1) / 3};
  int number = 0;
  Network<T>::visit_parameters(
      [&](const ParameterName& name, MatrixView<T> p) {
        if (name.str() == "0.weight") return std::memcpy(p.data(), weight.data(), 6 * sizeof(T)), void();
        for (Index i = 0; i < p.size(); ++i) p.data()[i] = static_cast<T>(++number);
      },
      net);
  const onnx::ModelProto model = exported(net);
  constexpr int type = sizeof(T) == 4 ? onnx::TensorProto::FLOAT : onnx::TensorProto::DOUBLE;
  CHECK(model.graph().input(0).type().tensor_type().elem_type() == type);
  CHECK(model.graph().output(0).type().tensor_type().elem_type() == type);
  REQUIRE(model.graph().initializer_size() == 4);
  for (const onnx::TensorProto& tensor : model.graph().initializer()) CHECK(tensor.data_type() == type);

  const onnx::TensorProto& first = initializer(model, "0.weight");
  CHECK(dims_of(first) == std::vector<std::int64_t>{3, 2});
  REQUIRE(first.raw_data().size() == 6 * sizeof(T));
  CHECK(std::memcmp(first.raw_data().data(), weight.data(), 6 * sizeof(T)) == 0);
  CHECK(dims_of(initializer(model, "0.bias")) == std::vector<std::int64_t>{3});
  CHECK(values_of<T>(initializer(model, "0.bias")) == std::vector<T>{1, 2, 3});
  CHECK(dims_of(initializer(model, "2.weight")) == std::vector<std::int64_t>{1, 3});
  CHECK(values_of<T>(initializer(model, "2.weight")) == std::vector<T>{4, 5, 6});
  CHECK(dims_of(initializer(model, "2.bias")) == std::vector<std::int64_t>{1});
  CHECK(values_of<T>(initializer(model, "2.bias")) == std::vector<T>{7});
}

TEST_CASE("a network and a sequential of the same layers make the same file") {
  const TemporaryFolder folder;
  Rng rng(2), same(2);
  export_onnx(Sequential{Linear(3, 4, rng), Tanh(), Linear(4, 2, rng)}, folder / "a.onnx");
  export_onnx(Network<float>{Linear(3, 4, same), Tanh(), Linear(4, 2, same)}, folder / "b.onnx");
  CHECK(read_file(folder / "a.onnx") == read_file(folder / "b.onnx"));
}

TEST_CASE("the scaler and the scale of images come before the first layer") {
  const RowVector<double> mean = (RowVector<double>(2) << 0.1, -2).finished();
  const RowVector<double> scale = (RowVector<double>(2) << 1.0 / 3, 4).finished();
  const Sequential net{Linear(2, 1)};

  const onnx::ModelProto scaled =
      exported(net, {.preprocessing = {.features = {"a", "b"}, .scaler = StandardScaler(mean, scale)}});
  CHECK(nodes_of(scaled) == Names{"Sub(input, scaler.mean) -> scaler.difference",
                                  "Div(scaler.difference, scaler.scale) -> scaler.y",
                                  "Gemm(scaler.y, 0.weight, 0.bias) -> output"});
  CHECK(dims_of(initializer(scaled, "scaler.mean")) == std::vector<std::int64_t>{2});
  CHECK(values_of<float>(initializer(scaled, "scaler.mean")) == std::vector<float>{0.1f, -2});
  CHECK(values_of<float>(initializer(scaled, "scaler.scale")) == std::vector<float>{1.0f / 3, 4});

  const onnx::ModelProto both = exported(
      net, {.preprocessing = {.scaler = StandardScaler(mean, scale), .image = ImageInput{1, 2, 1, 1 / 127.5, -1}}});
  CHECK(nodes_of(both) == Names{"Mul(input, image.scale) -> image.scaled", "Add(image.scaled, image.shift) -> image.y",
                                "Sub(image.y, scaler.mean) -> scaler.difference",
                                "Div(scaler.difference, scaler.scale) -> scaler.y",
                                "Gemm(scaler.y, 0.weight, 0.bias) -> output"});
  CHECK(dims_of(initializer(both, "image.scale")).empty());
  CHECK(values_of<float>(initializer(both, "image.scale")) == std::vector<float>{1 / 127.5f});
  CHECK(values_of<float>(initializer(both, "image.shift")) == std::vector<float>{-1});
  CHECK(shape_of(both.graph().input(0)) == "input batch 2");

  const Sequential in_double{Linear<double>(2, 1)};
  const onnx::ModelProto exact = exported(in_double, {.preprocessing = {.scaler = StandardScaler(mean, scale)}});
  CHECK(values_of<double>(initializer(exact, "scaler.scale")) == std::vector<double>{1.0 / 3, 4});
}

TEST_CASE("activations alone take as many columns as the preprocessing has") {
  const StandardScaler scaler(RowVector<double>::Zero(3), RowVector<double>::Ones(3));
  const onnx::ModelProto model = exported(Sequential{ReLU()}, {.preprocessing = {.scaler = scaler}});
  CHECK(shape_of(model.graph().output(0)) == "output batch 3");
  CHECK(refusal<ValueError>(Sequential{ReLU()}) == "mlp::export_onnx: no layer says how many columns the input has");
}

TEST_CASE("a layer of one's own becomes the nodes that its author gives") {
  Rng rng(1);
  const Network<float> net{Linear(2, 3, rng), Swish(), Linear(3, 1, rng)};
  const onnx::ModelProto model = exported(net, {.own_layers = swish_nodes});
  CHECK(nodes_of(model) == Names{"Gemm(input, 0.weight, 0.bias) -> 0.y", "Mul(0.y, 1.beta) -> 1.bx",
                                 "Sigmoid(1.bx) -> 1.s", "Mul(0.y, 1.s) -> 1.y",
                                 "Gemm(1.y, 2.weight, 2.bias) -> output"});
  CHECK(values_of<float>(initializer(model, "1.beta")) == std::vector<float>{2, 2, 2});

  const auto leaky = [](const std::string& layer) -> std::vector<OnnxNode> {
    if (layer != "ReLU()") return {};
    return {{"LeakyRelu", {"x"}, "y", {{"alpha", 0.25}}}};
  };
  const onnx::ModelProto other = exported(Sequential{Linear(2, 2), ReLU()}, {.own_layers = leaky});
  CHECK(nodes_of(other).back() == "LeakyRelu(0.y) -> output");
  CHECK(other.graph().node(1).attribute(0).type() == onnx::AttributeProto::FLOAT);
  CHECK(other.graph().node(1).attribute(0).f() == 0.25f);
}

TEST_CASE("what cannot be exported is refused by name before anything is written") {
  Rng rng(1);
  const Sequential net{Linear(2, 3, rng), Swish()};
  CHECK(refusal<ValueError>(net) == "mlp::export_onnx: layer 1, Swish(3), has no counterpart in ONNX");
  CHECK(refusal<ValueError>(Network<float>(Linear(2, 3, rng), Swish())) ==
        "mlp::export_onnx: layer 1, Swish(3), has no counterpart in ONNX");
  CHECK(refusal<ValueError>(Network<float>()) == "mlp::Network: has no layers");
  CHECK(refusal<ValueError>(Sequential{Linear(2, 3), Huge()}) ==
        "mlp::export_onnx: the model takes 2400000036 bytes, an ONNX file holds at most 2147483647");

  const auto wrong = [](const OnnxNode& node) {
    return OnnxOptions{.own_layers = [node](const std::string& layer) {
      return layer == "Swish(3)" ? std::vector<OnnxNode>{node} : std::vector<OnnxNode>{};
    }};
  };
  CHECK(refusal<ValueError>(net, wrong({"Mul", {"x", "betta"}})) ==
        "mlp::export_onnx: layer 1, Swish(3): Mul takes \"betta\", which is neither a parameter nor made before");
  CHECK(refusal<ValueError>(net, wrong({"Mul", {"x", "beta"}, "z"})) ==
        "mlp::export_onnx: layer 1, Swish(3): the last node must make \"y\", it makes \"z\"");
}

TEST_CASE("preprocessing that does not meet the model is refused") {
  const Sequential net{Linear(2, 1)};
  const auto scaled = [](double mean, double scale) {
    return OnnxOptions{.preprocessing = {.scaler = StandardScaler((RowVector<double>(2) << 0, mean).finished(),
                                                                  (RowVector<double>(2) << 1, scale).finished())}};
  };
  CHECK(refusal<ValueError>(net, scaled(1e300, 1)) ==
        "mlp::export_onnx: scaler.mean[1] must be in the range of a float, got 1e+300");
  CHECK(refusal<ValueError>(net, scaled(0, 1e-300)) ==
        "mlp::export_onnx: scaler.scale[1] must be in the range of a float, got 1e-300");
  CHECK_NOTHROW(exported(Sequential{Linear<double>(2, 1)}, scaled(1e300, 1e-300)));
  CHECK(refusal<ShapeError>(Sequential{Linear(3, 1)}, scaled(0, 1)) ==
        "mlp::export_onnx: expected scaler [batch, 3], got [batch, 2]");
  CHECK(refusal<ShapeError>(net, {.preprocessing = {.image = ImageInput{4, 3, 3}}}) ==
        "mlp::export_onnx: expected image [batch, 2], got [batch, 36]");
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(refusal<ValueError>(Sequential{Linear<double>(2, 1)},
                            {.preprocessing = {.image = ImageInput{2, 1, 1, infinity}}}) ==
        "mlp::export_onnx: image.scale must be in the range of a double, got inf");
}

TEST_CASE("a file that cannot be written is an error with its name") {
  CHECK_THROWS_WITH_AS(export_onnx(Sequential{Linear(2, 1)}, "/no/such/folder/net.onnx"),
                       "/no/such/folder/net.onnx: cannot write: No such file or directory", IoError);
}
