// SPDX-License-Identifier: MIT
// Adam, AdamW, RMSprop and SGD, with and without groups of parameters, beside PyTorch.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <mlp/layers/linear.hpp>
#include <mlp/layers/tanh.hpp>
#include <mlp/math/isa.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/optim/adamw.hpp>
#include <mlp/optim/rmsprop.hpp>
#include <mlp/optim/sgd.hpp>

#include "support/is_bias.hpp"
#include "support/model_values.hpp"
#include "support/not_a_number.hpp"
#include "support/reference.hpp"

using namespace mlp;
using mlp::testing::is_bias;
using mlp::testing::not_a_number;

namespace {

using Json = nlohmann::json;

template <class Options>
Options common_options(const Json& o) {
  Options options;
  options.lr = o.at("lr");
  options.weight_decay = o.value("weight_decay", options.weight_decay);
  return options;
}
void read(const Json& o, SGD& rule) {
  auto options = common_options<SGDOptions>(o);
  options.momentum = o.value("momentum", 0.0);
  options.dampening = o.value("dampening", 0.0);
  options.nesterov = o.value("nesterov", false);
  rule = SGD(options);
}
template <WeightDecay Decay>
void read(const Json& o, BasicAdam<Decay>& rule) {
  auto options = common_options<BasicAdamOptions<Decay>>(o);
  if (o.contains("betas")) options.betas = {o["betas"][0], o["betas"][1]};
  options.eps = o.value("eps", options.eps);
  options.amsgrad = o.value("amsgrad", false);
  rule = BasicAdam<Decay>(options);
}
void read(const Json& o, RMSprop& rule) {
  auto options = common_options<RMSpropOptions>(o);
  options.alpha = o.value("alpha", options.alpha);
  options.eps = o.value("eps", options.eps);
  options.momentum = o.value("momentum", 0.0);
  options.centered = o.value("centered", false);
  rule = RMSprop(options);
}

/// The groups of make_optimizers.py: the rest, the biases, the second weight.
template <class Rule>
RuleWithGroups<Rule> make_rule(const Json& groups) {
  std::vector<Rule> rules(groups.size());
  for (std::size_t i = 0; i < rules.size(); ++i) read(groups[i], rules[i]);
  RuleWithGroups<Rule> rule(rules[0], {});
  if (rules.size() > 1) rule.groups.push_back({is_bias, rules[1]});
  // The predicate claims the second bias, too, which belongs to the group before.
  if (rules.size() > 2)
    rule.groups.push_back({[](const std::string& name) { return name.starts_with("2."); }, rules[2]});
  return rule;
}

template <class Rule, class T, class Model>
double largest_error(const Json& reference, const Json& c, Model model) {
  const std::string type = sizeof(T) == sizeof(float) ? "float32" : "float64";
  const std::vector<int> stored = reference["stored"][type];
  Model gradient = model;
  testing::assign_values(model, reference["start"]);
  Optimizer optimizer(model, make_rule<Rule>(c["groups"]));
  double worst = 0;
  std::size_t next = 0;
  for (std::size_t step = 0; step < 100; ++step) {
    if (step == 50) optimizer.set_lr(optimizer.lr() / 2);
    testing::assign_values(gradient, reference["gradients"][step]);
    optimizer.step(model, gradient);
    if (next < stored.size() && stored[next] == static_cast<int>(step) + 1)
      worst = std::max(worst, testing::largest_difference(model, c[type][next++]));
  }
  CHECK(next == stored.size());
  return worst;
}

template <class T, class Model>
double largest_error_of_rule(const Json& reference, const Json& c, const Model& model) {
  const std::string rule = c["rule"];
  if (rule == "SGD") return largest_error<SGD, T>(reference, c, model);
  if (rule == "Adam") return largest_error<Adam, T>(reference, c, model);
  if (rule == "AdamW") return largest_error<AdamW, T>(reference, c, model);
  REQUIRE(rule == "RMSprop");
  return largest_error<RMSprop, T>(reference, c, model);
}

template <class T>
auto small_net() {
  return Sequential{Linear<T>(2, 3), Tanh(), Linear<T>(3, 2)};
}

}  // namespace

TEST_CASE("every rule makes PyTorch's 100 steps with each option, with and without groups of parameters") {
  // The arithmetic is PyTorch's, so on processors with a fused multiply-add its bits are, too, with the same library of
  // mathematics. Without one each step rounds a few times more, by 6e-8 of a float and 1e-16 of a double.
#ifdef __GLIBC__
  const bool exact = isa() != Isa::baseline;
#else
  const bool exact = false;
#endif
  const Json reference = testing::reference("optimizers.json");
  REQUIRE(reference["cases"].size() == 22);
  for (const Json& c : reference["cases"]) {
    CAPTURE(c["rule"].get<std::string>());
    CAPTURE(c["groups"].dump());
    const Network<double> network(Linear<double>(2, 3), Tanh(), Linear<double>(3, 2));
    CHECK(largest_error_of_rule<double>(reference, c, small_net<double>()) <= (exact ? 0 : 1e-14));
    CHECK(largest_error_of_rule<double>(reference, c, network) <= (exact ? 0 : 1e-14));
    CHECK(largest_error_of_rule<float>(reference, c, small_net<float>()) <= (exact ? 0 : 1e-6));
  }
}

TEST_CASE("without eps Adam's first step is the learning rate, whatever the size of the gradient") {
  for (const double g : {1e-100, 3.0, -2e50}) {
    CAPTURE(g);
    Linear<double> layer(1, 1), gradient(1, 1);
    gradient.weight()(0, 0) = g;
    Optimizer adam(layer, Adam({.lr = 0.25, .eps = 0}));
    adam.step(layer, gradient);
    CHECK(layer.weight()(0, 0) == doctest::Approx(g > 0 ? -0.25 : 0.25).epsilon(1e-12));
  }
}

TEST_CASE("a decoupled weight decay shrinks weights that have no gradient, one in the gradient moves them by lr") {
  Linear<double> decoupled(1, 1), in_gradient(1, 1);
  const Linear<double> gradient(1, 1);
  decoupled.weight()(0, 0) = in_gradient.weight()(0, 0) = 8;
  Optimizer adamw(decoupled, AdamW({.lr = 0.5, .weight_decay = 0.25}));
  Optimizer adam(in_gradient, Adam({.lr = 0.5, .eps = 0, .weight_decay = 0.25}));
  adamw.step(decoupled, gradient);
  adam.step(in_gradient, gradient);
  CHECK(decoupled.weight()(0, 0) == 8 * (1 - 0.5 * 0.25));
  CHECK(in_gradient.weight()(0, 0) == doctest::Approx(7.5).epsilon(1e-14));
}

TEST_CASE("a gradient that stays the same has no variance, and leaves centered RMSprop finite") {
  for (const double g : {0.1, 1.0 / 3, 7.0}) {
    CAPTURE(g);
    Linear<float> layer(1, 1), gradient(1, 1);
    gradient.weight()(0, 0) = static_cast<float>(g);
    Optimizer rmsprop(layer, RMSprop({.lr = 1e-3, .alpha = 0.5, .eps = 1, .centered = true}));
    for (int i = 0; i < 200; ++i) rmsprop.step(layer, gradient);
    CHECK(std::isfinite(layer.weight()(0, 0)));
    CHECK(layer.weight()(0, 0) == doctest::Approx(-0.2 * g).epsilon(0.05));  // 200 steps of lr g / (0 + eps)
  }
}

TEST_CASE("a NaN in the gradient reaches the weight that it belongs to, and no other") {
  const auto check = [](auto rule) {
    Linear<double> layer(3, 1), gradient(3, 1);
    gradient.weight().array() = 1;
    gradient.weight()(0, 1) = std::numeric_limits<double>::quiet_NaN();
    Optimizer optimizer(layer, rule);
    optimizer.step(layer, gradient);
    gradient.weight()(0, 1) = 1;
    optimizer.step(layer, gradient);
    CHECK(std::isfinite(layer.weight()(0, 0)));
    CHECK(std::isnan(layer.weight()(0, 1)));
    CHECK(std::isfinite(layer.weight()(0, 2)));
  };
  check(Adam({.amsgrad = true}));
  check(AdamW());
  check(RMSprop({.momentum = 0.5, .centered = true}));
}

TEST_CASE("rules refuse options out of range") {
  CHECK_THROWS_WITH_AS(Adam({.lr = -0.1}), "mlp::Adam: lr must be at least 0 and finite, got -0.1", ValueError);
  CHECK_THROWS_WITH_AS(Adam({.betas = {1, 0.5}}), "mlp::Adam: betas[0] must be in [0, 1), got 1", ValueError);
  CHECK_THROWS_WITH_AS(Adam({.betas = {0.5, -1}}), "mlp::Adam: betas[1] must be in [0, 1), got -1", ValueError);
  CHECK_THROWS_WITH_AS(AdamW({.betas = {0.5, not_a_number}}), "mlp::AdamW: betas[1] must be in [0, 1), got nan",
                       ValueError);
  CHECK_THROWS_WITH_AS(AdamW({.eps = -1}), "mlp::AdamW: eps must be at least 0 and finite, got -1", ValueError);
  CHECK_THROWS_WITH_AS(AdamW({.weight_decay = HUGE_VAL}),
                       "mlp::AdamW: weight_decay must be at least 0 and finite, got inf", ValueError);
  CHECK_THROWS_WITH_AS(RMSprop({.lr = not_a_number}), "mlp::RMSprop: lr must be at least 0 and finite, got nan",
                       ValueError);
  CHECK_THROWS_WITH_AS(RMSprop({.alpha = 1}), "mlp::RMSprop: alpha must be in [0, 1), got 1", ValueError);
  CHECK_THROWS_WITH_AS(RMSprop({.eps = -1}), "mlp::RMSprop: eps must be at least 0 and finite, got -1", ValueError);
  CHECK_THROWS_WITH_AS(RMSprop({.weight_decay = -1}),
                       "mlp::RMSprop: weight_decay must be at least 0 and finite, got -1", ValueError);
  CHECK_THROWS_WITH_AS(RMSprop({.momentum = -1}), "mlp::RMSprop: momentum must be at least 0 and finite, got -1",
                       ValueError);
  CHECK(Adam().options().weight_decay == 0);
  CHECK(AdamW().options().weight_decay == 0.01);
}

TEST_CASE("rules say what they are") {
  CHECK(Adam().describe() == "Adam(betas 0.9 0.999, eps 1e-08, weight_decay 0)");
  CHECK(AdamW({.betas = {0.5, 0.75}, .amsgrad = true}).describe() ==
        "AdamW(betas 0.5 0.75, eps 1e-08, weight_decay 0.01, amsgrad)");
  CHECK(RMSprop({.momentum = 0.5, .centered = true}).describe() ==
        "RMSprop(alpha 0.99, eps 1e-08, weight_decay 0, momentum 0.5, centered)");
  const Optimizer plain(small_net<float>(), Adam());
  CHECK(plain.describe() == Adam().describe());
  const Optimizer groups(small_net<float>(), SGD(), {{.of = is_bias, .rule = SGD({.momentum = 0.5})}});
  CHECK(
      groups.describe() ==
      "SGD(momentum 0, dampening 0, weight_decay 0), SGD(momentum 0.5, dampening 0, weight_decay 0) of 0.bias 2.bias");
}

TEST_CASE("the gradient of another model is refused with the rule's name, before a parameter moves") {
  auto net = small_net<float>();
  decltype(net) other{Linear<float>(2, 3), Tanh(), Linear<float>(3, 4)};
  decltype(net)::visit_parameters([](const ParameterName&, auto g) { g.array() = 1; }, other);
  Optimizer adam(net, Adam());
  CHECK_THROWS_WITH_AS(adam.step(net, other), "mlp::Adam: expected gradient of 2.weight [2, 3], got [4, 3]",
                       ShapeError);
  CHECK(net.get<0>().weight().array().isZero(0));
  CHECK_THROWS_WITH_AS(adam.step(other, other), "mlp::Adam: expected exp_avg of 2.weight [4, 3], got [2, 3]",
                       ShapeError);
}
