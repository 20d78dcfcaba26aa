// SPDX-License-Identifier: MIT
#include "support/onnx_models.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <mlp/io/model_file.hpp>
#include <mlp/layers/batch_norm_1d.hpp>
#include <mlp/layers/channel_mixing.hpp>
#include <mlp/layers/class_token.hpp>
#include <mlp/layers/dropout.hpp>
#include <mlp/layers/feed_forward.hpp>
#include <mlp/layers/first_token.hpp>
#include <mlp/layers/mean_pooling.hpp>
#include <mlp/layers/multi_head_self_attention.hpp>
#include <mlp/layers/patch_embedding.hpp>
#include <mlp/layers/per_token.hpp>
#include <mlp/layers/position_embedding.hpp>
#include <mlp/layers/residual.hpp>
#include <mlp/layers/token_mixing.hpp>
#include <mlp/math/rng.hpp>
#include <mlp/models/mlp_mixer.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/models/vision_transformer.hpp>

#include "support/small_models.hpp"
#include "support/temporary_folder.hpp"

using namespace mlp;
using namespace mlp::testing;

namespace {

using Integers = std::vector<std::int64_t>;

const onnx::NodeProto& node_that_makes(const onnx::ModelProto& model, const std::string& output) {
  for (const onnx::NodeProto& node : model.graph().node())
    if (node.output(0) == output) return node;
  FAIL("no node makes ", output);
  return model.graph().node(0);
}

/// Those of a constant, which has to be a list.
Integers integers(const onnx::ModelProto& model, const std::string& name) {
  const onnx::NodeProto& node = node_that_makes(model, name);
  REQUIRE(node.op_type() == "Constant");
  REQUIRE(node.attribute_size() == 1);
  CHECK(node.attribute(0).name() == "value");
  CHECK(node.attribute(0).type() == onnx::AttributeProto::TENSOR);
  const onnx::TensorProto& tensor = node.attribute(0).t();
  CHECK(tensor.data_type() == onnx::TensorProto::INT64);
  REQUIRE(dims_of(tensor) == Integers{tensor.int64_data_size()});
  return {tensor.int64_data().begin(), tensor.int64_data().end()};
}

/// The only attribute of a node.
Integers only_list(const onnx::ModelProto& model, const std::string& output, const std::string& attribute) {
  const onnx::NodeProto& node = node_that_makes(model, output);
  REQUIRE(node.attribute_size() == 1);
  CHECK(node.attribute(0).name() == attribute);
  CHECK(node.attribute(0).type() == onnx::AttributeProto::INTS);
  return {node.attribute(0).ints().begin(), node.attribute(0).ints().end()};
}

/// Without the constants, and without the names of those.
Names steps_of(const onnx::ModelProto& model) {
  Names texts;
  for (const std::string& text : nodes_of(model))
    if (!text.starts_with("Constant")) texts.push_back(text);
  return texts;
}

/// "0.weight" and its shape, of every parameter.
std::map<std::string, Integers> parameters_of(const onnx::ModelProto& model) {
  std::map<std::string, Integers> shapes;
  for (const onnx::TensorProto& tensor : model.graph().initializer()) shapes[tensor.name()] = dims_of(tensor);
  return shapes;
}

/// Linear(2 -> 2), with `around` layers around it in a model.
Network<float> nested(int around) {
  Network<float> net{Linear(2, 2)};
  for (int i = 0; i < around; ++i) {
    Network<float> outer;
    if (i % 2 == 0)
      outer.add(Residual(Linear(2, 2))).add(std::move(net));
    else
      outer.add(std::move(net));
    net = std::move(outer);
  }
  return net;
}

}  // namespace

TEST_CASE("an exported model predicts: dropout is nothing, and batch norm takes the running statistics") {
  BatchNorm1d<float> norm(3, {.eps = 0.25, .momentum = 0.5});
  norm.running_mean().matrix() << 1, 2, 3;
  norm.running_var().matrix() << 4, 5, 6;
  const onnx::ModelProto model = exported(Sequential{norm, Dropout(0.5)});
  CHECK(nodes_of(model) == Names{"BatchNormalization(input, 0.weight, 0.bias, 0.running_mean, 0.running_var) -> 0.y",
                                 "Identity(0.y) -> output"});
  REQUIRE(model.graph().node(0).attribute_size() == 1);
  CHECK(model.graph().node(0).attribute(0).name() == "epsilon");
  CHECK(model.graph().node(0).attribute(0).f() == 0.25f);
  CHECK(values_of<float>(initializer(model, "0.running_mean")) == std::vector<float>{1, 2, 3});
  CHECK(values_of<float>(initializer(model, "0.running_var")) == std::vector<float>{4, 5, 6});
  CHECK(dims_of(initializer(model, "0.running_var")) == Integers{3});
}

TEST_CASE("patches become the rows of a product with the weight of PyTorch's convolution") {
  const onnx::ModelProto model =
      exported(Sequential{PatchEmbedding<float>({.height = 6, .width = 4, .channels = 3, .patch = 2, .features = 5})});
  CHECK(steps_of(model) == Names{"Reshape(input, 0.pixels.shape) -> 0.pixels", "Transpose(0.pixels) -> 0.squares",
                                 "Reshape(0.squares, 0.patches.shape) -> 0.patches", "Flatten(0.weight) -> 0.matrix",
                                 "Gemm(0.patches, 0.matrix, 0.bias) -> 0.tokens",
                                 "Reshape(0.tokens, 0.y.shape) -> output"});
  CHECK(integers(model, "0.pixels.shape") == Integers{-1, 3, 3, 2, 2, 2});  // [batch, channel, row, y, column, x]
  CHECK(only_list(model, "0.squares", "perm") == Integers{0, 2, 4, 1, 3, 5});
  CHECK(integers(model, "0.patches.shape") == Integers{-1, 12});
  CHECK(integers(model, "0.y.shape") == Integers{-1, 30});
  CHECK(parameters_of(model) == std::map<std::string, Integers>{{"0.weight", {5, 3, 2, 2}}, {"0.bias", {5}}});
  CHECK(shape_of(model.graph().input(0)) == "input batch 72");
  CHECK(shape_of(model.graph().output(0)) == "output batch 30");
}

TEST_CASE("what stands before and behind an encoder is written for any batch") {
  const onnx::ModelProto model = exported(Network<float>{ClassToken<float>(4, 3), PositionEmbedding<float>(5, 3),
                                                         PerToken(5, Linear<float>(3, 2)), FirstToken(5, 2)});
  CHECK(steps_of(model) ==
        Names{"Pad(input, 0.before) -> 0.tokens", "Flatten(0.weight) -> 0.row", "Pad(0.row, 0.behind) -> 0.token",
              "Add(0.tokens, 0.token) -> 0.y",  //
              "Flatten(1.weight) -> 1.row", "Add(0.y, 1.row) -> 1.y", "Reshape(1.y, 2.tokens.shape) -> 2.tokens",
              "Flatten(2.tokens) -> 2.rows", "Gemm(2.rows, 2.weight, 2.bias) -> 2.each.y",
              "Unsqueeze(2.each.y, 2.front) -> 2.all", "Reshape(2.all, 2.y.tokens.shape) -> 2.y.tokens",
              "Flatten(2.y.tokens) -> 2.y", "Slice(2.y, 3.y.first, 3.y.end, 3.y.axis) -> output"});
  CHECK(integers(model, "0.before") == Integers{0, 3, 0, 0});
  CHECK(integers(model, "0.behind") == Integers{0, 0, 0, 12});
  CHECK(integers(model, "2.tokens.shape") == Integers{0, 5, -1});
  CHECK(integers(model, "2.y.tokens.shape") == Integers{-1, 5, 0});
  CHECK(integers(model, "3.y.first") == Integers{0});
  CHECK(integers(model, "3.y.end") == Integers{2});
  CHECK(integers(model, "3.y.axis") == Integers{1});
  CHECK(parameters_of(model) ==
        std::map<std::string, Integers>{
            {"0.weight", {1, 1, 3}}, {"1.weight", {1, 5, 3}}, {"2.weight", {2, 3}}, {"2.bias", {2}}});
  CHECK(shape_of(model.graph().output(0)) == "output batch 2");
}

TEST_CASE("the mean of tokens is a ReduceMean") {
  const onnx::ModelProto model = exported(Network<float>{MeanPooling(4, 3)});
  CHECK(steps_of(model) == Names{"Reshape(input, 0.tokens.shape) -> 0.tokens", "ReduceMean(0.tokens) -> output"});
  CHECK(integers(model, "0.tokens.shape") == Integers{-1, 4, 3});
  const onnx::NodeProto& mean = node_that_makes(model, "output");
  REQUIRE(mean.attribute_size() == 2);
  CHECK(mean.attribute(0).name() == "axes");
  CHECK(Integers(mean.attribute(0).ints().begin(), mean.attribute(0).ints().end()) == Integers{1});
  CHECK(mean.attribute(1).name() == "keepdims");
  CHECK(mean.attribute(1).i() == 0);
}

TEST_CASE("the MLPs of blocks are two products with a GELU between, on tokens or on channels") {
  const Names gelu{"Div(0.z, 0.gelu.root) -> 0.gelu.z", "Erf(0.gelu.z) -> 0.gelu.erf",
                   "Add(0.gelu.erf, 0.gelu.one) -> 0.gelu.sum", "Mul(0.z, 0.gelu.sum) -> 0.gelu.twice",
                   "Mul(0.gelu.twice, 0.gelu.half) -> 0.h"};
  const auto with_gelu = [&](Names before, const Names& behind) {
    before.insert(before.end(), gelu.begin(), gelu.end());
    before.insert(before.end(), behind.begin(), behind.end());
    return before;
  };
  for (const double dropout : {0.0, 0.1}) {
    const onnx::ModelProto alone = exported(Network<float>{FeedForward<float>(3, 5, dropout)});
    CHECK(steps_of(alone) == with_gelu({"Gemm(input, 0.fc1.weight, 0.fc1.bias) -> 0.z"},
                                       {"Gemm(0.h, 0.fc2.weight, 0.fc2.bias) -> output"}));
    CHECK(parameters_of(alone) ==
          std::map<std::string, Integers>{
              {"0.fc1.weight", {5, 3}}, {"0.fc1.bias", {5}}, {"0.fc2.weight", {3, 5}}, {"0.fc2.bias", {3}}});

    Names expected = with_gelu({"Reshape(input, 0.tokens.shape) -> 0.tokens",  //
                                "Gemm(0.tokens, 0.fc1.weight, 0.fc1.bias) -> 0.z"},
                               {"Gemm(0.h, 0.fc2.weight, 0.fc2.bias) -> 0.mixed",  //
                                "Reshape(0.mixed, 0.y.shape) -> output"});
    const onnx::ModelProto channels = exported(Network<float>{ChannelMixing<float>(4, 3, 5, dropout)});
    CHECK(steps_of(channels) == expected);
    CHECK(integers(channels, "0.tokens.shape") == Integers{-1, 3});
    CHECK(integers(channels, "0.y.shape") == Integers{-1, 12});

    const onnx::ModelProto tokens = exported(Network<float>{TokenMixing<float>(4, 3, 5, dropout)});
    expected =
        with_gelu({"Reshape(input, 0.tokens.shape) -> 0.tokens", "Transpose(0.tokens) -> 0.channels",
                   "Reshape(0.channels, 0.rows.shape) -> 0.rows",  //
                   "Gemm(0.rows, 0.fc1.weight, 0.fc1.bias) -> 0.z"},
                  {"Gemm(0.h, 0.fc2.weight, 0.fc2.bias) -> 0.mixed",
                   "Reshape(0.mixed, 0.mixed_channels.shape) -> 0.mixed_channels",
                   "Transpose(0.mixed_channels) -> 0.mixed_tokens", "Reshape(0.mixed_tokens, 0.y.shape) -> output"});
    CHECK(steps_of(tokens) == expected);
    CHECK(integers(tokens, "0.tokens.shape") == Integers{-1, 4, 3});
    CHECK(only_list(tokens, "0.channels", "perm") == Integers{0, 2, 1});
    CHECK(integers(tokens, "0.rows.shape") == Integers{-1, 4});
    CHECK(integers(tokens, "0.mixed_channels.shape") == Integers{-1, 3, 4});
    CHECK(only_list(tokens, "0.mixed_tokens", "perm") == Integers{0, 2, 1});
    CHECK(integers(tokens, "0.y.shape") == Integers{-1, 12});
  }
}

TEST_CASE_TEMPLATE("attention is a product of three parts of another, for each head", T, float, double) {
  const onnx::ModelProto model = exported(Network<T>{MultiHeadSelfAttention<T>(4, 6, 2)});
  CHECK(steps_of(model) == Names{"Reshape(input, 0.tokens.shape) -> 0.tokens",
                                 "Gemm(0.tokens, 0.in_proj_weight, 0.in_proj_bias) -> 0.qkv",
                                 "Slice(0.qkv, 0.q.columns.first, 0.q.columns.end, 0.q.columns.axis) -> 0.q.columns",
                                 "Slice(0.qkv, 0.k.columns.first, 0.k.columns.end, 0.k.columns.axis) -> 0.k.columns",
                                 "Slice(0.qkv, 0.v.columns.first, 0.v.columns.end, 0.v.columns.axis) -> 0.v.columns",
                                 "Mul(0.q.columns, 0.scale) -> 0.q.scaled",
                                 "Reshape(0.q.scaled, 0.q.heads.shape) -> 0.q.heads", "Transpose(0.q.heads) -> 0.q",
                                 "Reshape(0.k.columns, 0.k.heads.shape) -> 0.k.heads", "Transpose(0.k.heads) -> 0.k",
                                 "Reshape(0.v.columns, 0.v.heads.shape) -> 0.v.heads", "Transpose(0.v.heads) -> 0.v",
                                 "MatMul(0.q, 0.k) -> 0.s", "Softmax(0.s) -> 0.p", "MatMul(0.p, 0.v) -> 0.o",
                                 "Transpose(0.o) -> 0.o.heads", "Reshape(0.o.heads, 0.o.tokens.shape) -> 0.o.tokens",
                                 "Gemm(0.o.tokens, 0.out_proj.weight, 0.out_proj.bias) -> 0.projected",
                                 "Reshape(0.projected, 0.y.shape) -> output"});
  CHECK(integers(model, "0.k.columns.first") == Integers{6});
  CHECK(integers(model, "0.k.columns.end") == Integers{12});
  CHECK(integers(model, "0.v.columns.first") == Integers{12});
  CHECK(integers(model, "0.v.columns.end") == Integers{18});
  CHECK(integers(model, "0.q.heads.shape") == Integers{-1, 4, 2, 3});
  CHECK(only_list(model, "0.q", "perm") == Integers{0, 2, 1, 3});
  CHECK(only_list(model, "0.k", "perm") == Integers{0, 2, 3, 1});
  const onnx::TensorProto& scale = node_that_makes(model, "0.scale").attribute(0).t();
  REQUIRE(values_of<T>(scale).size() == 1);
  CHECK(std::abs(values_of<T>(scale)[0] - T(0.57735026918962576451)) <= std::numeric_limits<T>::epsilon() / 2);
  const onnx::NodeProto& softmax = node_that_makes(model, "0.p");
  CHECK(softmax.attribute(0).name() == "axis");
  CHECK(softmax.attribute(0).i() == -1);
  CHECK(parameters_of(model) == std::map<std::string, Integers>{{"0.in_proj_weight", {18, 6}},
                                                                {"0.in_proj_bias", {18}},
                                                                {"0.out_proj.weight", {6, 6}},
                                                                {"0.out_proj.bias", {6}}});
}

TEST_CASE("layers inside of layers have the dotted names of their parameters") {
  const onnx::ModelProto model = exported(
      Sequential{Linear(2, 3), Residual(Sequential{Residual(Linear(3, 3)), Tanh()}), Sequential{Linear(3, 1), ReLU()}});
  CHECK(nodes_of(model) == Names{"Gemm(input, 0.weight, 0.bias) -> 0.y",
                                 "Gemm(0.y, 1.block.0.block.weight, 1.block.0.block.bias) -> 1.block.0.block.y",
                                 "Add(0.y, 1.block.0.block.y) -> 1.block.0.y", "Tanh(1.block.0.y) -> 1.block.y",
                                 "Add(0.y, 1.block.y) -> 1.y", "Gemm(1.y, 2.0.weight, 2.0.bias) -> 2.0.y",
                                 "Relu(2.0.y) -> output"});
  CHECK(model.graph().node(2).doc_string() == "layer 1, Residual(Sequential(Residual(Linear(3 -> 3)), Tanh()))");

  const onnx::ModelProto twice = exported(Network<float>{PerToken(2, PerToken(3, Linear<float>(4, 5)))});
  CHECK(steps_of(twice) == Names{"Reshape(input, 0.tokens.shape) -> 0.tokens", "Flatten(0.tokens) -> 0.rows",
                                 "Reshape(0.rows, 0.each.tokens.shape) -> 0.each.tokens",
                                 "Flatten(0.each.tokens) -> 0.each.rows",
                                 "Gemm(0.each.rows, 0.weight, 0.bias) -> 0.each.each.y",
                                 "Unsqueeze(0.each.each.y, 0.each.front) -> 0.each.all",
                                 "Reshape(0.each.all, 0.each.y.tokens.shape) -> 0.each.y.tokens",
                                 "Flatten(0.each.y.tokens) -> 0.each.y", "Unsqueeze(0.each.y, 0.front) -> 0.all",
                                 "Reshape(0.all, 0.y.tokens.shape) -> 0.y.tokens", "Flatten(0.y.tokens) -> output"});
}

TEST_CASE("a layer of one's own is found inside of others, too") {
  const onnx::ModelProto model =
      exported(Network<float>{Residual(Sequential{Linear(3, 3), Swish()})}, {.own_layers = swish_nodes});
  CHECK(nodes_of(model) == Names{"Gemm(input, 0.block.0.weight, 0.block.0.bias) -> 0.block.0.y",
                                 "Mul(0.block.0.y, 0.block.1.beta) -> 0.block.1.bx",
                                 "Sigmoid(0.block.1.bx) -> 0.block.1.s", "Mul(0.block.0.y, 0.block.1.s) -> 0.block.y",
                                 "Add(input, 0.block.y) -> output"});

  // Before the library's own, and as a whole before its parts.
  const auto identity = [](const std::string& layer) -> std::vector<OnnxNode> {
    if (!layer.starts_with("Residual(")) return {};
    return {{"Identity", {"x"}}};
  };
  const onnx::ModelProto other = exported(Network<float>{Residual(Linear(3, 3))}, {.own_layers = identity});
  CHECK(nodes_of(other) == Names{"Identity(input) -> output"});
}

TEST_CASE("lists of whole numbers are attributes, and constants of 64 bits") {
  const auto own = [](const std::string& layer) -> std::vector<OnnxNode> {
    if (layer != "Swish(3)") return {};
    return {{"Constant", {}, "shape", {{"value", OnnxNode::Integers{-1, 3, 1}}}},
            {"Reshape", {"x", "shape"}, "column"},
            {"Transpose", {"column"}, "row", {{"perm", OnnxNode::Integers{0, 2, 1}}}},
            {"Flatten", {"row"}}};
  };
  const onnx::ModelProto model = exported(Network<float>{Linear(2, 3), Swish()}, {.own_layers = own});
  CHECK(integers(model, "1.shape") == Integers{-1, 3, 1});
  CHECK(only_list(model, "1.row", "perm") == Integers{0, 2, 1});
}

TEST_CASE("a Mixer and a Vision Transformer are found right by the checker, every shape of them") {
  Rng rng(3);
  const onnx::ModelProto mixer = exported(mlp_mixer<float>(testing::small_mixer, rng));
  CHECK(shape_of(mixer.graph().input(0)) == "input batch 48");
  CHECK(shape_of(mixer.graph().output(0)) == "output batch 3");
  CHECK(dims_of(initializer(mixer, "2.block.1.fc1.weight")) == Integers{7, 8});
  CHECK(dims_of(initializer(mixer, "1.block.1.fc1.weight")) == Integers{5, 6});

  const onnx::ModelProto transformer = exported(vision_transformer<double>(testing::small_dropping_transformer(), rng));
  CHECK(shape_of(transformer.graph().input(0)) == "input batch 48");
  CHECK(shape_of(transformer.graph().output(0)) == "output batch 3");
  CHECK(dims_of(initializer(transformer, "4.block.1.in_proj_weight")) == Integers{24, 8});
}

TEST_CASE("a model from a file is exported as the one that was saved there") {
  Rng rng(4);
  const Network<float> net = vision_transformer<float>(
      {.height = 4, .width = 4, .classes = 3, .patch = 2, .features = 6, .layers = 1, .heads = 2, .hidden = 5}, rng);
  const TemporaryFolder folder;
  save_network(net, folder / "net.safetensors");
  onnx::ModelProto made = exported(net);
  onnx::ModelProto loaded = exported(load_network(folder / "net.safetensors").network);
  for (onnx::ModelProto* const model : {&made, &loaded})  // a Sequential comes back as a Network, and is called so
    for (onnx::NodeProto& node : *model->mutable_graph()->mutable_node()) node.clear_doc_string();
  CHECK(made.graph().node_size() > 40);
  const bool same = made.SerializeAsString() == loaded.SerializeAsString();
  CHECK(same);
}

TEST_CASE("what is inside of a layer and has no counterpart is refused by both names") {
  CHECK(refusal<ValueError>(Network<float>{Linear(2, 3), Residual(Sequential{Linear(3, 3), Swish()})}) ==
        "mlp::export_onnx: Swish(3) in layer 1, Residual(Sequential(Linear(3 -> 3), Swish(3))), has no counterpart in "
        "ONNX");
  const auto wrong = [](OnnxNode node) {
    return OnnxOptions{.own_layers = [node](const std::string& layer) {
      return layer == "Swish(3)" ? std::vector<OnnxNode>{node} : std::vector<OnnxNode>{};
    }};
  };
  const Network<float> net{Residual(Sequential{Linear(3, 3), Swish()})};
  CHECK(refusal<ValueError>(net, wrong({"Mul", {"x", "beta"}, "z"})) ==
        "mlp::export_onnx: Swish(3) in layer 0, Residual(Sequential(Linear(3 -> 3), Swish(3))): the last node must "
        "make \"y\", it makes \"z\"");
  CHECK(refusal<ValueError>(net, wrong({"Mul", {"x", "betta"}})) ==
        "mlp::export_onnx: layer 0, Residual(Sequential(Linear(3 -> 3), Swish(3))): Mul takes \"block.1.betta\", which "
        "is neither a parameter nor made before");
}

TEST_CASE("layers are looked for 16 deep, not deeper") {
  CHECK_NOTHROW(exported(nested(16)));
  const std::string text = refusal<ValueError>(nested(17));
  CHECK(text.starts_with("mlp::export_onnx: layer 1, Network(Network(Residual("));
  CHECK(text.ends_with("): has layers nested more than 16 deep"));
}
