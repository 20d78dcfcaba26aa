// SPDX-License-Identifier: MIT
#include <mlp/optim/parameter_group.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <mlp/layers/batch_norm_1d.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/losses/mse.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/models/tape.hpp>
#include <mlp/optim/adamw.hpp>
#include <mlp/optim/clip_grad.hpp>
#include <mlp/optim/sgd.hpp>

#include "support/bits.hpp"
#include "support/is_bias.hpp"

using namespace mlp;
using mlp::testing::is_bias;

namespace {

const auto is_first = [](const std::string& name) { return name.starts_with("0."); };

/// All weights 0, all gradients 1: a step of SGD gives each parameter minus its rate.
auto zeros() {
  return Sequential{Linear<double>(2, 3), ReLU(), Linear<double>(3, 1)};
}
using ZeroNet = decltype(zeros());
ZeroNet ones() {
  ZeroNet net = zeros();
  ZeroNet::visit_parameters([](const ParameterName&, auto w) { w.array() = 1; }, net);
  return net;
}
/// The first element of each parameter: 0.weight, 0.bias, 2.weight, 2.bias.
std::vector<double> firsts(const ZeroNet& net) {
  std::vector<double> values;
  ZeroNet::visit_parameters([&](const ParameterName&, auto w) { values.push_back(w(0, 0)); }, net);
  return values;
}

/// Somebody's own rule: lr times the sign of the gradient.
struct SignDescent {
  static constexpr const char* name = "SignDescent";
  static constexpr std::array<const char*, 0> state_names{};
  std::array<bool, 0> state_needed() const { return {}; }
  double lr() const { return rate; }
  std::string describe() const { return "SignDescent()"; }
  template <class T>
  T step(double lr, Index) const {
    return static_cast<T>(lr);
  }
  template <class T>
  static void move(T lr, MatrixView<T> w, ConstMatrixView<T> g, const std::array<MatrixView<T>, 0>&) {
    w.array() -= lr * g.array().sign();
  }
  double rate = 0.5;
};

}  // namespace

TEST_CASE("the first group that claims a parameter has it, and the rest belong to the first rule") {
  ZeroNet net = zeros();
  Optimizer sgd(net, SGD({.lr = 0.5}),
                {{.of = is_bias, .rule = SGD({.lr = 2})}, {.of = is_first, .rule = SGD({.lr = 8})}});
  CHECK(sgd.groups() == 3);
  sgd.step(net, ones());
  CHECK(firsts(net) == std::vector<double>{-8, -2, -0.5, -2});
}

TEST_CASE("each group has a learning rate of its own, group 0 that of the first rule") {
  ZeroNet net = zeros();
  Optimizer sgd(net, RuleWithGroups(SGD({.lr = 0.5}), {{.of = is_bias, .rule = SGD({.lr = 2})}}));
  CHECK(sgd.lr() == 0.5);
  CHECK(sgd.lr(1) == 2);
  sgd.set_lr(0.25);
  sgd.set_lr(4, 1);
  sgd.step(net, ones());
  CHECK(firsts(net) == std::vector<double>{-0.25, -4, -0.25, -4});
  CHECK_THROWS_WITH_AS(sgd.lr(2), "mlp::Optimizer: group must be in [0, 2), got 2", ValueError);
  CHECK_THROWS_WITH_AS(sgd.set_lr(1, -1), "mlp::Optimizer: group must be in [0, 2), got -1", ValueError);
  CHECK_THROWS_WITH_AS(sgd.set_lr(-1, 1), "mlp::SGD: lr must be at least 0 and finite, got -1", ValueError);
}

TEST_CASE("a state that only one group needs is there for it") {
  ZeroNet net = zeros();
  Optimizer sgd(net, SGD({.lr = 1}), {{.of = is_bias, .rule = SGD({.lr = 1, .momentum = 0.5})}});
  sgd.step(net, ones());
  sgd.step(net, ones());
  CHECK(firsts(net) == std::vector<double>{-2, -2.5, -2, -2.5});
  int states = 0;
  sgd.visit_state([&](const std::string& name, auto&) { states += name == "velocity" ? 1 : 0; });
  CHECK(states == 1);
}

TEST_CASE("a group that claims nothing, or cannot say what it claims, is refused") {
  const ZeroNet net = zeros();
  const auto never = [](const std::string&) { return false; };
  CHECK_THROWS_WITH_AS(Optimizer(net, SGD(), {{.of = is_bias, .rule = SGD()}, {.of = never, .rule = SGD()}}),
                       "mlp::Optimizer: group 2 claims no parameter", ValueError);
  CHECK_THROWS_WITH_AS(Optimizer(net, SGD(), {{.of = nullptr, .rule = SGD()}}),
                       "mlp::Optimizer: group 1 has no predicate", ValueError);
}

TEST_CASE("a network that has grown since is refused") {
  Network<double> net(Linear<double>(2, 3));
  Optimizer sgd(net, SGD(), {{.of = is_bias, .rule = SGD()}});
  net.add(Linear<double>(3, 1));
  CHECK_THROWS_WITH_AS(sgd.step(net, net), "mlp::Optimizer: made for 2 parameters, got 4", ValueError);
}

TEST_CASE("a step with the tape is a backward and a step, with and without groups") {
  Rng rng(5);
  const Sequential start{Linear<double>(4, 5, rng), ReLU(), Linear<double>(5, 2, rng)};
  const Matrix<double> x = Matrix<double>::Random(7, 4), target = Matrix<double>::Random(7, 2);
  const auto check = [&](auto make) {
    auto by = start, by_gradient = start;
    auto one = make(), other = make();
    Tape tape(by), plain(by_gradient);
    for (int i = 0; i < 3; ++i) {
      const auto y = tape.forward(x);
      MSELoss()(y, target, tape.output_gradient());
      one.step(by, tape);
      const auto z = plain.forward(x);
      MSELoss()(z, target, plain.output_gradient());
      plain.backward();
      other.step(by_gradient, plain.gradient());
    }
    CHECK(testing::bitwise_equal(by.get<0>().weight(), by_gradient.get<0>().weight()));
    CHECK(testing::bitwise_equal(by.get<2>().bias(), by_gradient.get<2>().bias()));
    CHECK_FALSE(testing::bitwise_equal(by.get<2>().bias(), start.get<2>().bias()));
  };
  check([&] { return Optimizer(start, SGD({.lr = 0.1, .weight_decay = 0.1})); });
  check([&] {
    return Optimizer(start, SGD({.lr = 0.1, .weight_decay = 0.1}), {{.of = is_bias, .rule = SGD({.lr = 0.2})}});
  });
  check([&] { return Optimizer(start, AdamW({.lr = 0.1}), {{.of = is_bias, .rule = AdamW({.weight_decay = 0})}}); });
}

TEST_CASE("statistics become what the backward found, whatever the rule, and belong to no group and no norm") {
  Rng rng(6);
  Sequential net{Linear<double>(3, 4, rng), BatchNorm1d<double>(4), Linear<double>(4, 1, rng)};
  const Matrix<double> x = Matrix<double>::Random(8, 3), target = Matrix<double>::Random(8, 1);
  std::vector<std::string> asked;
  const auto note = [&](const std::string& name) {
    asked.push_back(name);
    return name.starts_with("1.");
  };
  Optimizer adamw(net, AdamW({.lr = 0.1}), {{.of = note, .rule = AdamW({.lr = 0.2, .weight_decay = 0.5})}});
  CHECK(asked == std::vector<std::string>{"0.weight", "0.bias", "1.weight", "1.bias", "2.weight", "2.bias"});
  Tape tape(net);
  const auto y = tape.forward(x);
  MSELoss()(y, target, tape.output_gradient());
  tape.backward();
  const auto statistics = [](const auto& model) {
    std::vector<double> values;
    model.visit_parameters(
        [&](const ParameterName& name, auto w) {
          if (name.leaf().statistic) values.insert(values.end(), w.data(), w.data() + w.size());
        },
        model);
    return values;
  };
  const std::vector<double> found = statistics(tape.gradient());
  CHECK(found.size() == 8);
  CHECK(found != statistics(net));
  double squares = 0;
  net.visit_parameters(
      [&](const ParameterName& name, auto g) { squares += name.leaf().statistic ? 0 : g.matrix().squaredNorm(); },
      std::as_const(tape).gradient());
  CHECK(clip_grad_norm(tape.gradient(), 1e-3) == doctest::Approx(std::sqrt(squares)).epsilon(1e-14));
  clip_grad_value(tape.gradient(), 1e-4);
  CHECK(statistics(tape.gradient()) == found);
  adamw.step(net, tape.gradient());
  CHECK(statistics(net) == found);
}

TEST_CASE("a rule of one's own is a class of a few lines") {
  ZeroNet net = zeros();
  Optimizer descent(net, SignDescent{0.5}, {{.of = is_bias, .rule = SignDescent{2}}});
  ZeroNet gradient = ones();
  gradient.get<2>().weight().array() *= -100;
  descent.step(net, gradient);
  CHECK(firsts(net) == std::vector<double>{-0.5, -2, 0.5, -2});
  Optimizer alone(net, SignDescent{0.5});
  Tape tape(net);
  const Matrix<double> x = Matrix<double>::Ones(1, 2), target = Matrix<double>::Zero(1, 1);
  const auto y = tape.forward(x);
  MSELoss()(y, target, tape.output_gradient());
  alone.step(net, tape);
  CHECK(firsts(net)[3] == -1.5);
}
