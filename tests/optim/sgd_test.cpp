// SPDX-License-Identifier: MIT
#include <mlp/optim/sgd.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include <mlp/layers/linear.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>

#include "support/bits.hpp"
#include "support/not_a_number.hpp"
#include "support/reference.hpp"

using namespace mlp;
using mlp::testing::not_a_number;

namespace {

/// Weight row by row, then bias.
template <class T>
void assign(Linear<T>& layer, const nlohmann::json& values) {
  std::size_t next = 0;
  Linear<T>::visit_parameters(
      [&](const ParameterName&, MatrixView<T> w) {
        for (Index i = 0; i < w.size(); ++i) w.data()[i] = values[next++].get<T>();
      },
      layer);
  REQUIRE(next == values.size());
}

template <class T>
double largest_error(const Linear<T>& layer, const nlohmann::json& values) {
  Linear<T> expected = layer;
  assign(expected, values);
  return std::max(testing::max_relative_error(layer.weight(), expected.weight()),
                  testing::max_relative_error(layer.bias(), expected.bias()));
}

template <class T>
void check_against_pytorch(double tolerance) {
  const nlohmann::json reference = testing::reference("sgd.json");
  REQUIRE(reference["cases"].size() == 10);
  for (const nlohmann::json& c : reference["cases"]) {
    CAPTURE(c["options"].dump());
    const nlohmann::json& o = c["options"];
    const nlohmann::json& steps = c[sizeof(T) == sizeof(float) ? "float32" : "float64"];
    Linear<T> layer(2, 3), gradient(2, 3);
    assign(layer, reference["start"]);
    Optimizer sgd(layer, SGD({.lr = 0.1,
                              .momentum = o["momentum"],
                              .dampening = o["dampening"],
                              .weight_decay = o["weight_decay"],
                              .nesterov = o["nesterov"]}));
    for (std::size_t step = 0; step < 20; ++step) {
      CAPTURE(step);
      if (step == 10) sgd.set_lr(0.05);
      assign(gradient, reference["gradients"][step]);
      sgd.step(layer, gradient);
      CHECK(largest_error(layer, steps[step]) <= tolerance);
    }
  }
}

}  // namespace

TEST_CASE("SGD makes PyTorch's steps with every combination of its options") {
  check_against_pytorch<double>(1e-14);
  check_against_pytorch<float>(1e-6);
}

TEST_CASE("the first velocity is the gradient, not damped") {
  Linear<double> layer(1, 1), gradient(1, 1);
  gradient.weight()(0, 0) = 1;
  Optimizer sgd(layer, SGD({.lr = 1, .momentum = 0.5, .dampening = 0.75}));
  sgd.step(layer, gradient);
  CHECK(layer.weight()(0, 0) == -1);
  sgd.step(layer, gradient);
  CHECK(layer.weight()(0, 0) == -1 - (0.5 + 0.25));
}

TEST_CASE("without weight decay the weights are not read: an infinite one stays infinite and makes no NaN elsewhere") {
  for (const double momentum : {0.0, 0.5}) {
    CAPTURE(momentum);
    Linear<double> layer(1, 1), gradient(1, 1);
    layer.weight()(0, 0) = std::numeric_limits<double>::infinity();
    gradient.weight()(0, 0) = 1;
    Optimizer sgd(layer, SGD({.lr = 1, .momentum = momentum}));
    sgd.step(layer, gradient);
    sgd.step(layer, gradient);
    CHECK(layer.weight()(0, 0) == std::numeric_limits<double>::infinity());
  }
}

TEST_CASE("a learning rate of 0 moves nothing") {
  Rng rng(1);
  Linear<float> layer(4, 3, rng);
  const Linear<float> before = layer, gradient(4, 3, rng);
  Optimizer sgd(layer, SGD({.lr = 0, .momentum = 0.9, .weight_decay = 0.1, .nesterov = true}));
  for (int i = 0; i < 3; ++i) sgd.step(layer, gradient);
  CHECK(testing::bitwise_equal(layer.weight(), before.weight()));
}

TEST_CASE("an optimizer starts with its rule's rate and takes another") {
  const Linear layer(2, 1);
  Optimizer sgd(layer, SGD({.lr = 0.3}));
  CHECK(sgd.lr() == 0.3);
  sgd.set_lr(0.1);
  CHECK(sgd.lr() == 0.1);
  CHECK_THROWS_WITH_AS(sgd.set_lr(-1), "mlp::SGD: lr must be at least 0 and finite, got -1", ValueError);
  CHECK(sgd.lr() == 0.1);
}

TEST_CASE("SGD refuses options out of range") {
  CHECK_THROWS_WITH_AS(SGD({.lr = -0.1}), "mlp::SGD: lr must be at least 0 and finite, got -0.1", ValueError);
  CHECK_THROWS_WITH_AS(SGD({.lr = not_a_number}), "mlp::SGD: lr must be at least 0 and finite, got nan", ValueError);
  CHECK_THROWS_WITH_AS(SGD({.lr = HUGE_VAL}), "mlp::SGD: lr must be at least 0 and finite, got inf", ValueError);
  CHECK_THROWS_WITH_AS(SGD({.momentum = -1}), "mlp::SGD: momentum must be at least 0 and finite, got -1", ValueError);
  CHECK_THROWS_WITH_AS(SGD({.weight_decay = -1e-9}), "mlp::SGD: weight_decay must be at least 0 and finite, got -1e-09",
                       ValueError);
  CHECK_THROWS_WITH_AS(SGD({.dampening = not_a_number}), "mlp::SGD: dampening must be finite, got nan", ValueError);
  const char* const nesterov = "mlp::SGD: nesterov needs a momentum above 0 and a dampening of 0";
  CHECK_THROWS_WITH_AS(SGD({.nesterov = true}), nesterov, ValueError);
  CHECK_THROWS_WITH_AS(SGD({.momentum = 0.9, .dampening = 0.1, .nesterov = true}), nesterov, ValueError);
  CHECK_NOTHROW(SGD({.momentum = 0.9, .nesterov = true}));
}

TEST_CASE("the gradient of another model of the same type is refused and named") {
  using Net = Sequential<Linear<float>, ReLU, Linear<float>>;
  Net net{Linear(9, 64), ReLU(), Linear(64, 1)};
  const Net other{Linear(9, 32), ReLU(), Linear(32, 1)};
  const char* const text = "mlp::SGD: expected gradient of 0.weight [64, 9], got [32, 9]";
  Optimizer plain(net, SGD({.lr = 0.1}));
  CHECK_THROWS_WITH_AS(plain.step(net, other), text, ShapeError);
  Optimizer momentum(net, SGD({.lr = 0.1, .momentum = 0.9}));
  CHECK_THROWS_WITH_AS(momentum.step(net, other), text, ShapeError);
  Net small = other;
  CHECK_THROWS_WITH_AS(momentum.step(small, other), "mlp::SGD: expected velocity of 0.weight [32, 9], got [64, 9]",
                       ShapeError);
  // Found in the last layer, it leaves the first as it was.
  const Net ones = [] {
    Net n{Linear(9, 64), ReLU(), Linear(64, 2)};
    Net::visit_parameters([](const ParameterName&, auto w) { w.array() = 1; }, n);
    return n;
  }();
  CHECK_THROWS_WITH_AS(plain.step(net, ones), "mlp::SGD: expected gradient of 2.weight [1, 64], got [2, 64]",
                       ShapeError);
  CHECK(net.get<0>().weight().array().isZero(0));
  Network<float> network(Linear(9, 64), ReLU());
  const Network<float> another(Linear(9, 32), ReLU());
  Optimizer sgd(network, SGD({.lr = 0.1}));
  CHECK_THROWS_WITH_AS(sgd.step(network, another), text, ShapeError);
}
