// SPDX-License-Identifier: MIT
#include <mlp/io/model_file.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include <mlp/core/file.hpp>
#include <mlp/math/init.hpp>
#include <mlp/math/rng.hpp>
#include <mlp/models/sequential.hpp>

#include "support/small_models.hpp"
#include "support/temporary_folder.hpp"

using namespace mlp;

namespace {

const Matrix<float> two_rows = (Matrix<float>(2, 3) << 1, -2, 0.5f, 3, 0.25f, -1).finished();

auto make_net() {
  Rng rng(1);
  return Sequential{Linear(3, 4, rng), ReLU(),     Linear(4, 4, rng), Tanh(),   Linear(4, 3, rng),
                    Sigmoid(),         Identity(), LogSoftmax(),      Softmax()};
}

/// A model file with this text instead of its own, the checksum made anew.
std::string model_file_error(const std::string& key, const std::string& text) {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.safetensors";
  save_network(make_net(), path);
  Metadata metadata = SafeTensors::read(path).metadata();
  if (text.empty())
    metadata.erase(key);
  else
    metadata[key] = text;
  SafeTensorsWriter writer;
  const auto net = make_net();
  detail::add_parameters(writer, "", net);
  writer.write(path, metadata);
  try {
    load_network(path);
  } catch (const FormatError& error) {
    const std::string what = error.what();
    return what.starts_with(path + ": ") ? what.substr(path.size() + 2) : what;
  }
  return "no error";
}

}  // namespace

TEST_CASE("a network comes back from its file without code, with what feeds it") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.safetensors";
  const auto net = make_net();
  const RowVector<double> mean = (RowVector<double>(3) << 0.1, -2, 1e300).finished();
  const RowVector<double> scale = (RowVector<double>(3) << 1.0 / 3, 2, 5e-324).finished();
  save_network(net, path,
               {.features = {"a", "b \"quoted\"", "ü"},
                .scaler = StandardScaler(mean, scale),
                .image = ImageInput{3, 1, 1, 1 / 127.5, -1},
                .classes = {"no", "yes", "maybe"},
                .target = "mood"});
  const auto [loaded, how] = load_network(path);
  CHECK(loaded.predict(two_rows) == net.predict(two_rows));
  CHECK(loaded.size() == 9);
  CHECK(how.features == std::vector<std::string>{"a", "b \"quoted\"", "ü"});
  REQUIRE(how.scaler);
  CHECK(how.scaler->mean() == mean);
  CHECK(how.scaler->scale() == scale);
  REQUIRE(how.image);
  CHECK(how.image->width == 3);
  CHECK(how.image->height == 1);
  CHECK(how.image->channels == 1);
  CHECK(how.image->scale == 1 / 127.5);
  CHECK(how.image->shift == -1);
  CHECK(how.classes == std::vector<std::string>{"no", "yes", "maybe"});
  CHECK(how.target == "mood");

  save_network(load_network<double>(path).network, folder / "again.safetensors");
  CHECK(load_network(folder / "again.safetensors").network.predict(two_rows) == net.predict(two_rows));
  CHECK_FALSE(load_network(folder / "again.safetensors").preprocessing.scaler);
}

TEST_CASE("a large model comes back to the last bit, and not from a damaged file") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.safetensors";
  Rng rng(4);
  const Network<float> net{Linear(700, 1001, rng), ReLU(), Linear(1001, 3, rng)};
  save_network(net, path);
  const std::string good = read_file(path);
  REQUIRE(good.size() > std::size_t{1} << 20);  // not taken into memory as a whole
  const Matrix<float> inputs = Matrix<float>::Random(4, 700);
  CHECK(load_network(path).network.predict(inputs) == net.predict(inputs));
  const Matrix<double> in_double = inputs.cast<double>();
  CHECK((load_network<double>(path).network.predict(in_double).cast<float>() - net.predict(inputs)).norm() < 1e-3f);
  for (const std::size_t at : {good.find("mlp.layers"), std::size_t{1} << 20, good.size() - 1}) {
    CAPTURE(at);
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    write_file_atomically(path, bad);
    CHECK_THROWS_WITH_AS(load_network(path),
                         (path + ": damaged: the bytes do not make the checksum in the file").c_str(), FormatError);
  }
}

TEST_CASE("every layer of the library comes back with its numbers, to the last bit") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.safetensors";
  Rng rng(2);
  Network<float> net{Flatten(),
                     Linear(3, 12, rng),
                     LayerNorm(12, 0.1),
                     GELU(),
                     Reshape(3, 4),
                     GELU(GELU::tanh),
                     Linear(12, 6, rng),
                     SiLU(),
                     LeakyReLU(0.1),
                     LeakyReLU(-1.0 / 3),
                     ELU(1e-3),
                     ELU(),
                     Softplus(0.3, 2.5),
                     Softplus(),
                     LayerNorm(6),
                     Linear(6, 3, rng),
                     ReLU(),
                     Tanh(),
                     Sigmoid(),
                     Identity(),
                     Softmax(),
                     LogSoftmax()};
  Network<float>::visit_parameters(
      [](const ParameterName&, MatrixView<float> p) { p.array() = p.array() * 1.5f + 0.25f; }, net);
  save_network(net, path);
  const Network<float> loaded = load_network(path).network;
  CHECK(loaded.describe() == net.describe());
  CHECK(loaded.predict(two_rows) == net.predict(two_rows));
}

TEST_CASE("blocks come back with their numbers, to the last bit") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.safetensors";
  Rng rng(2);
  const Network<float> nested(Residual(Sequential(Linear(48, 5, rng), Network<float>(ReLU(), Linear(5, 48, rng)))),
                              Residual(Residual(Linear(48, 48, rng))), BatchNorm1d(48), Dropout(0.25),
                              PerToken(6, LayerNorm(8)), PerToken(6, FeedForward(8, 4, rng, 0.1)),
                              TokenMixing(6, 8, 3, rng, 0.1), ChannelMixing(6, 8, 3, rng, 0.1));
  for (Network<float> net :
       {nested, mlp_mixer(testing::small_mixer, rng), vision_transformer(testing::small_dropping_transformer(), rng)}) {
    CAPTURE(net.describe());
    Network<float>::visit_parameters(
        [](const ParameterName&, MatrixView<float> p) { p.array() = p.array() * 1.5f + 0.25f; }, net);
    save_network(net, path);
    const Network<float> loaded = load_network(path).network;
    Matrix<float> images(3, 48);
    uniform_init(view(images), -1, 1, rng);
    CHECK(loaded.predict(images) == net.predict(images));
    CHECK(parameter_count(loaded) == parameter_count(net));
    save_network(loaded, folder / "again.safetensors");  // what was read can be written
    CHECK(load_network(folder / "again.safetensors").network.predict(images) == net.predict(images));
  }
}

TEST_CASE("a newer version is refused by name, and so is a file that is no model file") {
  CHECK(model_file_error("mlp.model", "2") == "model file of version 2, this library reads up to 1");
  CHECK(model_file_error("mlp.model", "one") == "model file of version \"one\", expected a number");
  CHECK(model_file_error("mlp.model", "") == "not a model file: has no mlp.model");
  CHECK(model_file_error("mlp.layers", "") == "not a model file: has no mlp.layers");
  CHECK(model_file_error("mlp.preprocessing", "") == "not a model file: has no mlp.preprocessing");
}

TEST_CASE("layers that do not make the network of the weights are refused") {
  CHECK(model_file_error("mlp.layers", "[") == "mlp.layers is no JSON");
  CHECK(model_file_error("mlp.layers", "{}") == "mlp.layers is no list of layers");
  CHECK(model_file_error("mlp.layers", "[]") == "mlp.layers is no list of layers");
  CHECK(model_file_error("mlp.layers", "[1]") == "layer 0 is no text");
  for (const char* const name :
       {"Linear(3 -> 4", "Linear(3)", "Linear(-3 -> 4)", "Linear(0 -> 4)", "Linear(3 -> 4)x", "Conv(3 -> 4)",
        "Linear(3 -> 4.5)", "Linear(99999999999999999999 -> 4)", "", "ReLU", "GELU(sin)", "LeakyReLU()",
        "LeakyReLU(0.1", "LeakyReLU(0.1,)", "LeakyReLU(0.10)", "ELU(1e999)", "Softplus(beta 1)", "LayerNorm(4)",
        "Reshape(0, 4)"})
    CHECK(model_file_error("mlp.layers", "[\"" + std::string(name) + "\"]") ==
          "layer 0 is \"" + std::string(name) + "\", which this library does not know");
  CHECK(model_file_error("mlp.layers", "[\"Linear(1000000000 -> 1000000000)\"]") ==
        "layer 0 is \"Linear(1000000000 -> 1000000000)\", but 0.weight has another shape");
  CHECK(model_file_error("mlp.layers", "[\"LayerNorm(1000000000, eps 1e-05)\"]") ==
        "layer 0 is \"LayerNorm(1000000000, eps 1e-05)\", but 0.weight has another shape");
  CHECK(model_file_error("mlp.layers", "[\"ReLU()\",\"LayerNorm(4, eps 1e-05)\"]") ==
        "layer 1 is \"LayerNorm(4, eps 1e-05)\", but 1.weight is missing");
  CHECK(model_file_error("mlp.layers", "[\"Softplus(beta 0, threshold 20)\"]") ==
        "layer 0: mlp::Softplus: beta must be above 0 and finite, got 0");
  CHECK(model_file_error("mlp.layers", "[\"LeakyReLU(nan)\"]") ==
        "layer 0: mlp::LeakyReLU: negative_slope must be finite, got nan");
  CHECK(model_file_error("mlp.layers", R"j(["Linear(3 -> 4)","Reshape(2, 3)"])j") ==
        "layer 1 cannot follow the one before it");
  for (const char* const name :
       {"FirstToken(2147483648 tokens, 1 features)", "FeedForward(3 -> 4)", "Residual()", "Sequential()",
        "PerToken(49)", "PerToken(2, FirstToken(1 tokens, 2 features), ReLU())", "Residual(Linear(3 -> 4)"})
    CHECK(model_file_error("mlp.layers", "[\"" + std::string(name) + "\"]")
              .ends_with("which this library does not know"));
  CHECK(model_file_error("mlp.layers", "[\"FeedForward(3 -> 1000000000 -> 3)\"]") ==
        "layer 0 is \"FeedForward(3 -> 1000000000 -> 3)\", but 0.fc1.weight is missing");
  CHECK(model_file_error("mlp.layers", "[\"Residual(Sequential(ReLU(), Linear(1000000000 -> 3)))\"]") ==
        "layer 0 is \"Linear(1000000000 -> 3)\", but 0.block.1.weight is missing");
  CHECK(model_file_error("mlp.layers", "[\"Residual(FirstToken(2 tokens, 3 features))\"]") ==
        "layer 0: mlp::Residual(FirstToken(2 tokens, 3 features)): expected output [batch, 6], got [batch, 3]");
  CHECK(model_file_error("mlp.layers", "[\"PerToken(2, ReLU())\"]") ==
        "layer 0: mlp::PerToken: ReLU() does not say how many features a token has");
  std::string nested;
  for (int i = 0; i < 100000; ++i) nested += "Residual(";
  nested += "ReLU()" + std::string(100000, ')');
  CHECK(model_file_error("mlp.layers", "[\"" + nested + "\"]") == "layer 0 is nested too deep");
  const auto residuals = [&](std::size_t depth) {
    const std::string text = nested.substr(0, 9 * depth) + "ReLU()" + std::string(depth, ')');
    return model_file_error("mlp.layers", "[\"" + text + "\"]");
  };
  CHECK(residuals(16).starts_with("does not fit the model: unexpected: 0.bias"));
  CHECK(residuals(17) == "layer 0 is nested too deep");
  CHECK(model_file_error("mlp.layers", "[\"ReLU()\",\"Linear(3 -> 4)\"]") ==
        "layer 1 is \"Linear(3 -> 4)\", but 1.weight is missing");
  CHECK(
      model_file_error("mlp.layers", R"j(["Linear(3 -> 4)","ReLU()","ReLU()","ReLU()","Linear(4 -> 3)","ReLU()"])j") ==
      "does not fit the model: unexpected: 2.bias, 2.weight");
}

TEST_CASE("preprocessing that makes no sense is refused") {
  CHECK(model_file_error("mlp.preprocessing", "[]") == "mlp.preprocessing is no object");
  CHECK(model_file_error("mlp.preprocessing", R"({"x":1})") ==
        "mlp.preprocessing has \"x\", which this library does not know");
  CHECK(model_file_error("mlp.preprocessing", R"({"features":[1]})") == "features is no list of texts");
  CHECK(model_file_error("mlp.preprocessing", R"({"scaler":{"mean":[0]}})") ==
        "the scaler has no list of numbers \"scale\"");
  CHECK(model_file_error("mlp.preprocessing", R"({"scaler":{"mean":[0,1],"scale":[1]}})") ==
        "the scaler has means and scales of different columns");
  CHECK(model_file_error("mlp.preprocessing", R"({"scaler":{"mean":[0],"scale":[0]}})") ==
        "mlp::StandardScaler: scale of column 0 must be above 0 and finite, got 0");
  CHECK(
      model_file_error("mlp.preprocessing", R"({"image":{"width":1e9,"height":1,"channels":1,"scale":1,"shift":0}})") ==
      "the image has no size \"width\"");
  CHECK(
      model_file_error("mlp.preprocessing", R"({"image":{"width":1,"height":1,"channels":1,"scale":"1","shift":0}})") ==
      "the image has no number \"scale\"");
}
