// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <string>

#include <mlp/losses/cross_entropy.hpp>
#include <mlp/models/mlp_mixer.hpp>
#include <mlp/models/summary.hpp>
#include <mlp/models/tape.hpp>
#include <mlp/models/vision_transformer.hpp>
#include <mlp/optim/adamw.hpp>
#include <mlp/optim/optimizer.hpp>
#include <mlp/testing/check_gradients.hpp>

#include "support/bits.hpp"
#include "support/reference.hpp"
#include "support/set_parameters.hpp"
#include "support/small_models.hpp"

using namespace mlp;
using mlp::testing::max_relative_error;
using mlp::testing::set_parameters;
using mlp::testing::small_mixer;
using mlp::testing::small_transformer;
using mlp::testing::to_matrix;
using mlp::testing::worst_gradient_error;

namespace {

template <class T>
Network<T> small(const std::string& name) {
  Rng rng(1);
  return name == "mlp_mixer" ? mlp_mixer<T>(small_mixer, rng) : vision_transformer<T>(small_transformer, rng);
}

/// Outputs, gradients and ten steps of AdamW.
template <class T>
void check_case(const nlohmann::json& c, double tolerance) {
  const nlohmann::json& expected = c[sizeof(T) == sizeof(float) ? "float32" : "float64"];
  Network<T> net = small<T>(c["layer"]);
  set_parameters<T>(net, c["parameters"]);
  const Matrix<T> x = to_matrix<T>(c["x"]);
  Matrix<T> dx(x.rows(), x.cols());
  Tape tape(net);
  CHECK(max_relative_error(tape.forward(x), to_matrix<T>(expected["y"])) <= tolerance);
  tape.output_gradient().matrix() = to_matrix<T>(c["dy"]);
  tape.backward(view(dx));
  CHECK(max_relative_error(dx, to_matrix<T>(expected["dx"])) <= tolerance);
  CHECK(worst_gradient_error<T>(tape.gradient(), expected["gradients"]) <= tolerance);

  const Labels labels = c["labels"].get<Labels>();
  const CrossEntropyLoss loss;
  Optimizer optimizer(net, AdamW({.lr = 0.01, .weight_decay = 0.05}));
  for (const nlohmann::json& expected_loss : expected["losses"]) {
    const auto y = tape.forward(x);
    const double value = loss(y, labels, tape.output_gradient());
    CHECK(std::abs(value - expected_loss.get<double>()) <= tolerance);
    optimizer.step(net, tape);
  }
  CHECK(max_relative_error(net.predict(x), to_matrix<T>(expected["after"])) <= tolerance);
}

/// The number of parameters without the memory for them: what one layer adds is what every layer adds.
template <class Config, class Make>
Index count_for_layers(Config config, const Make& make) {
  const Index layers = config.layers;
  const auto count = [&](Index n) {
    Rng rng(1);
    config.layers = n;
    return parameter_count(make(config, rng));
  };
  const Index none = count(0);
  return none + layers * (count(1) - none);
}

Index mixer_count(Index patch, Index features, Index layers, Index token_hidden, Index channel_hidden) {
  return count_for_layers(MlpMixerConfig{.height = 224,
                                         .width = 224,
                                         .channels = 3,
                                         .classes = 1000,
                                         .patch = patch,
                                         .features = features,
                                         .layers = layers,
                                         .token_hidden = token_hidden,
                                         .channel_hidden = channel_hidden},
                          mlp_mixer<float>);
}

}  // namespace

TEST_CASE("a Mixer and a Vision Transformer give PyTorch's outputs, gradients and ten steps of AdamW") {
  const nlohmann::json models = testing::reference("blocks.json")["models"];
  REQUIRE(models.size() == 2);
  for (const nlohmann::json& c : models) {
    CAPTURE(c["layer"].get<std::string>());
    check_case<double>(c, 1e-10);
    check_case<float>(c, 1e-5);
  }
}

TEST_CASE("the gradients of a whole Mixer and a whole Vision Transformer are right") {
  Rng rng(4);
  Matrix<double> x(2, 48);
  uniform_init(view(x), -1, 1, rng);
  for (const std::string name : {"mlp_mixer", "vision_transformer"})
    CHECK(testing::check_gradients(small<double>(name), x));
}

// Tolstikhin et al. 2021, table 1, gives 19, 18 and 59 million; Dosovitskiy et al. 2020, table 1, 86 million. The exact
// numbers follow from the sizes in these tables:
//   Mixer   (P^2 3 + 1) C  +  L [2 (2 C) + 2 S D_S + D_S + S + 2 C D_C + D_C + C]  +  2 C  +  (C + 1) 1000
//   ViT     (P^2 3 + 1) D + D + (S + 1) D  +  L [2 (2 D) + 4 D^2 + 4 D + 2 D M + M + D]  +  2 D  +  (D + 1) 1000
// with S = (224 / P)^2 patches.
TEST_CASE("the published models have as many parameters as published") {
  CHECK(mixer_count(32, 512, 8, 256, 2048) == 19'104'624);
  CHECK(mixer_count(16, 512, 8, 256, 2048) == 18'528'264);
  CHECK(mixer_count(16, 768, 12, 384, 3072) == 59'880'472);
  CHECK(count_for_layers(VisionTransformerConfig{.height = 224,
                                                 .width = 224,
                                                 .channels = 3,
                                                 .classes = 1000,
                                                 .patch = 16,
                                                 .features = 768,
                                                 .layers = 12,
                                                 .heads = 12,
                                                 .hidden = 3072},
                         vision_transformer<float>) == 86'567'656);
}

TEST_CASE("summary shows the blocks of a Mixer") {
  CHECK(summary(small<float>("mlp_mixer")) ==
        "layer                                                          output       parameters\n"
        "--------------------------------------------------------------------------------------\n"
        "input                                                          [batch, 48]\n"
        "0  PatchEmbedding(2 x 6 x 4, patch 2 -> 6 tokens, 8 features)  [batch, 48]          72\n"
        "1  Residual                                                    [batch, 48]          87\n"
        "     PerToken(6, LayerNorm(8, eps 1e-06))\n"
        "     TokenMixing(8 channels, 6 -> 5 -> 6)\n"
        "2  Residual                                                    [batch, 48]         143\n"
        "     PerToken(6, LayerNorm(8, eps 1e-06))\n"
        "     ChannelMixing(6 tokens, 8 -> 7 -> 8)\n"
        "3  Residual                                                    [batch, 48]          87\n"
        "     PerToken(6, LayerNorm(8, eps 1e-06))\n"
        "     TokenMixing(8 channels, 6 -> 5 -> 6)\n"
        "4  Residual                                                    [batch, 48]         143\n"
        "     PerToken(6, LayerNorm(8, eps 1e-06))\n"
        "     ChannelMixing(6 tokens, 8 -> 7 -> 8)\n"
        "5  PerToken(6, LayerNorm(8, eps 1e-06))                        [batch, 48]          16\n"
        "6  MeanPooling(6 tokens, 8 features)                           [batch, 8]            0\n"
        "7  Linear(8 -> 3)                                              [batch, 3]           27\n"
        "--------------------------------------------------------------------------------------\n"
        "total                                                                              575\n");
}
