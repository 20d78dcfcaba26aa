// SPDX-License-Identifier: MIT
#include <mlp/models/network.hpp>

#include <doctest/doctest.h>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <mlp/layers/linear.hpp>
#include <mlp/layers/log_softmax.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/layers/sigmoid.hpp>
#include <mlp/layers/tanh.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/models/tape.hpp>
#include <mlp/optim/sgd.hpp>
#include <mlp/testing/check_gradients.hpp>

#include "models/user_layers.hpp"
#include "support/bits.hpp"

using namespace mlp;
using mlp::testing::bitwise_equal;

namespace {

template <class Model>
std::vector<std::pair<std::string, Matrix<typename Model::Scalar>>> parameters_of(const Model& model) {
  using T = typename Model::Scalar;
  std::vector<std::pair<std::string, Matrix<T>>> all;
  Model::visit_parameters(
      [&](const ParameterName& name, ConstMatrixView<T> w) { all.emplace_back(name.str(), w.matrix()); }, model);
  return all;
}

template <class A, class B>
void check_same_parameters(const A& a, const B& b) {
  const auto x = parameters_of(a);
  const auto y = parameters_of(b);
  REQUIRE(x.size() == y.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    CAPTURE(x[i].first);
    CHECK(x[i].first == y[i].first);
    CHECK(bitwise_equal(x[i].second, y[i].second));
  }
}

/// Three steps of both models on batches of different sizes: every output, gradient and weight has the same bits.
template <class Static, class Dynamic>
void check_same_training(Static a, Dynamic b, Index in, Index out) {
  using T = typename Static::Scalar;
  check_same_parameters(a, b);
  Tape tape_a(a);
  Tape tape_b(b);
  Optimizer step_a(a, SGD({.lr = 0.1, .momentum = 0.9, .weight_decay = 0.01}));
  Optimizer step_b(b, SGD({.lr = 0.1, .momentum = 0.9, .weight_decay = 0.01}));
  for (const Index batch : {8, 1, 33}) {
    const Matrix<T> x = Matrix<T>::Random(batch, in);
    const Matrix<T> dy = Matrix<T>::Random(batch, out);
    Matrix<T> dx_a(batch, in), dx_b(batch, in);
    CHECK(bitwise_equal(tape_a.forward(x), tape_b.forward(x)));
    tape_a.output_gradient().array() = dy.array();
    tape_b.output_gradient().array() = dy.array();
    tape_a.backward(view(dx_a));
    tape_b.backward(view(dx_b));
    CHECK(bitwise_equal(dx_a, dx_b));
    check_same_parameters(tape_a.gradient(), tape_b.gradient());
    step_a.step(a, tape_a.gradient());
    step_b.step(b, tape_b.gradient());
    check_same_parameters(a, b);
  }
  const Matrix<T> x = Matrix<T>::Random(1500, in);
  CHECK(bitwise_equal(a.predict(x), b.predict(x)));
}

}  // namespace

TEST_CASE("static and dynamic models have the same bits in outputs, gradients and weights") {
  Rng rng(4);
  const Linear<float> a(6, 5, rng), b(5, 4, rng), c(4, 3, rng);
  check_same_training(Sequential{a, ReLU(), b, Tanh(), c, LogSoftmax()}, Network(a, ReLU(), b, Tanh(), c, LogSoftmax()),
                      6, 3);
  const Linear<double> d(6, 5, rng), e(5, 1, rng);
  check_same_training(Sequential{d, Sigmoid(), e}, Network<double>(d, Sigmoid(), e), 6, 1);
}

TEST_CASE("a layer of one's own trains in both, inside a nested block too") {
  Rng rng(4);
  const Linear<double> a(6, 5, rng), b(5, 2, rng);
  const testing::Scale<double> scale(1.5);
  check_same_training(Sequential{a, scale, Tanh(), b}, Network<double>(a, scale, Tanh(), b), 6, 2);
  const Sequential block{scale, Tanh(), b};
  check_same_training(Sequential{a, block}, Network<double>(a, block), 6, 2);
  check_same_training(Sequential{a, block}, Network<double>(a, Network<double>(scale, Tanh(), b)), 6, 2);
}

TEST_CASE("a Network is built in a loop") {
  Rng rng(4), same(4);
  Network net;
  Index features = 9;
  for (const Index width : {64, 32}) {
    net.add(Linear(features, width, rng)).add(ReLU());
    features = width;
  }
  net.add(Linear(features, 1, rng));
  CHECK(net.size() == 5);
  CHECK(net.describe() == "Network(Linear(9 -> 64), ReLU(), Linear(64 -> 32), ReLU(), Linear(32 -> 1))");
  CHECK(net.in_features() == 9);
  CHECK(net.output_shape({32, 9}) == Shape{32, 1});
  const Linear a(9, 64, same), b(64, 32, same), c(32, 1, same);
  check_same_parameters(net, Sequential{a, ReLU(), b, ReLU(), c});
}

TEST_CASE("a Network may have one layer, and another Network as a layer") {
  Rng rng(4);
  const Network one(Linear(3, 2, rng));
  CHECK(one.size() == 1);
  const Network<float> copy(one);
  CHECK(copy.size() == 1);
  const Network outer(one, ReLU());
  CHECK(outer.describe() == "Network(Network(Linear(3 -> 2)), ReLU())");
  CHECK(parameters_of(outer).front().first == "0.0.weight");
}

TEST_CASE("copies of a Network are deep, assignment too") {
  Rng rng(4);
  Network net(Linear(3, 2, rng), ReLU());
  const auto before = parameters_of(net);
  Network copy = net;
  set_zero(copy);
  CHECK(bitwise_equal(parameters_of(net)[0].second, before[0].second));
  CHECK(parameters_of(copy)[0].second.isZero(0));
  copy = net;
  CHECK(bitwise_equal(parameters_of(copy)[1].second, before[1].second));
  set_zero(net);
  CHECK(bitwise_equal(parameters_of(copy)[1].second, before[1].second));
}

TEST_CASE("the gradients of a Network are right") {
  Rng rng(4);
  const Network<double> net(Linear<double>(5, 4, rng), Tanh(), testing::Scale<double>(0.7), Linear<double>(4, 2, rng));
  for (const Index batch : {1, 3}) {
    Matrix<double> x(batch, 5);
    for (Index i = 0; i < x.size(); ++i) x.data()[i] = rng.uniform(-1.0, 1.0);
    CHECK(testing::check_gradients(net, x));
  }
}

TEST_CASE("the first layer of a Network is asked for no dx unless the caller wants one") {
  testing::Probe::Seen first, second;
  const Network net{testing::Probe(first), testing::Probe(second)};
  Tape tape(net);
  const Matrix<float> x = Matrix<float>::Ones(2, 3);
  Matrix<float> dx(2, 3);
  tape.forward(x);
  tape.output_gradient().array() = 1;
  tape.backward();
  CHECK_FALSE(first.asked_for_dx);
  CHECK(second.asked_for_dx);
  tape.backward(view(dx));
  CHECK(first.asked_for_dx);
}

TEST_CASE("rows between the layers of a model begin at lines of the cache, forward and backward") {
  const auto check = [](const auto& net, const testing::Probe::Seen& seen) {
    Tape tape(net);
    const Matrix<float> x = Matrix<float>::Ones(2, 3);
    CHECK(tape.forward(x).stride() == 2);  // what the caller sees has no gaps
    tape.output_gradient().array() = 1;
    tape.backward();
    CHECK(seen.x_stride == 32);
    CHECK(seen.dy_stride == 32);
  };
  testing::Probe::Seen in_sequential, in_network;
  check(Sequential{Linear(3, 20), testing::Probe(in_sequential), Linear(20, 2)}, in_sequential);
  check(Network{Linear(3, 20), testing::Probe(in_network), Linear(20, 2)}, in_network);
}

TEST_CASE("a layer that cannot follow is refused and leaves the network as it was") {
  Network net(Linear(9, 64), ReLU());
  CHECK_THROWS_WITH_AS(net.add(Linear(32, 1)), "mlp::Linear(32 -> 1): expected input [batch, 32], got [batch, 64]",
                       ShapeError);
  CHECK(net.size() == 2);
  net.add(Linear(64, 1));
  CHECK(net.output_shape({5, 9}) == Shape{5, 1});
  CHECK_THROWS_WITH_AS(net.predict(Matrix<float>(5, 8)), "mlp::Linear(9 -> 64): expected input [batch, 9], got [5, 8]",
                       ShapeError);
}

TEST_CASE("a Network that was moved away begins anew") {
  Network<float> a(Linear(3, 2));
  const Network<float> b = std::move(a);
  a.add(Linear(5, 2));
  CHECK(a.in_features() == 5);
  CHECK(b.in_features() == 3);
}

TEST_CASE("a Network without layers says so") {
  const Network net;
  const Matrix<float> x(5, 8);
  CHECK_THROWS_WITH_AS(net.predict(x), "mlp::Network: has no layers", ValueError);
  Tape tape(net);
  CHECK_THROWS_WITH_AS(tape.forward(x), "mlp::Network: has no layers", ValueError);
  CHECK(net.in_features() == dynamic);
  CHECK(parameter_count(net) == 0);
}

TEST_CASE("networks of different depth do not go side by side") {
  Network deep(Linear(3, 3), ReLU(), Linear(3, 1));
  const Network shallow(Linear(3, 3), ReLU());
  Optimizer sgd(deep, SGD({.lr = 0.1}));
  CHECK_THROWS_WITH_AS(sgd.step(deep, shallow), "mlp::Network: models side by side have different numbers of layers",
                       ValueError);
}

TEST_CASE("a Network that grows between two passes has the gradients of one that was whole from the start") {
  Rng rng(4);
  const Linear<float> a(3, 4, rng), b(4, 2, rng);
  Network net(a, ReLU());
  const Matrix<float> x = Matrix<float>::Random(5, 3);
  Tape tape(net);
  tape.forward(x);
  tape.output_gradient().array() = 1;
  tape.backward();
  net.add(b);
  net.add(Tanh());
  const Network whole(a, ReLU(), b, Tanh());
  Tape other(whole);
  CHECK(bitwise_equal(tape.forward(x), other.forward(x)));
  tape.output_gradient().array() = 1;
  other.output_gradient().array() = 1;
  tape.backward();
  other.backward();
  check_same_parameters(tape.gradient(), other.gradient());
}

TEST_CASE("a Network that has grown since its forward has nothing to go back through") {
  Rng rng(4);
  Network net(Linear(3, 4, rng));
  net.add(Tanh());
  const Matrix<float> x = Matrix<float>::Random(5, 3);
  Tape tape(net);
  tape.forward(x);
  tape.output_gradient().array() = 1;
  net.add(ReLU()).add(ReLU());
  CHECK_THROWS_WITH_AS(tape.backward(), "mlp::Network: backward needs a forward of this network first", ValueError);
  CHECK(tape.first_not_finite().empty());  // of the layers that the forward went through
}

TEST_CASE("backward without a tape wants a gradient of as many layers") {
  Rng rng(4);
  const Network net(Linear(3, 4, rng), ReLU());
  Network<float> shallow(Linear(3, 4, rng));
  const Matrix<float> x = Matrix<float>::Random(5, 3), dy = Matrix<float>::Ones(5, 4);
  Matrix<float> y(5, 4);
  Network<float>::Cache cache;
  CHECK_THROWS_WITH_AS(net.backward(x, y, dy, cache, shallow, {}),
                       "mlp::Network: backward needs a forward of this network first", ValueError);
  net.forward(x, y, cache);
  CHECK_THROWS_WITH_AS(net.backward(x, y, dy, cache, shallow, {}),
                       "mlp::Network: models side by side have different numbers of layers", ValueError);
}

TEST_CASE("a model whose backward meets a wrong shape has written nothing") {
  Rng rng(4);
  const Linear<float> a(3, 4, rng), b(4, 2, rng);
  const auto check = [](const auto& net, const std::string& name) {
    const Matrix<float> x = Matrix<float>::Random(5, 3), dy = Matrix<float>::Ones(5, 2);
    Matrix<float> y(5, 2), dx(5, 3), short_dx(4, 3);
    typename std::decay_t<decltype(net)>::Cache cache;
    net.forward(x, y, cache);
    auto grad = net;
    CHECK_THROWS_WITH_AS(net.backward(x, y, dy, cache, grad, short_dx),
                         (name + ": expected input gradient [5, 3], got [4, 3]").c_str(), ShapeError);
    CHECK_THROWS_WITH_AS(net.backward(x, y, dy.topRows(4), cache, grad, dx),
                         (name + ": expected output gradient [5, 2], got [4, 2]").c_str(), ShapeError);
    CHECK_THROWS_WITH_AS(net.backward(x, y.leftCols(1), dy, cache, grad, dx),
                         (name + ": expected output [5, 2], got [5, 1]").c_str(), ShapeError);
    CHECK_THROWS_WITH_AS(net.backward(x.leftCols(2), y, dy, cache, grad, dx),
                         "mlp::Linear(3 -> 4): expected input [batch, 3], got [5, 2]", ShapeError);
    check_same_parameters(grad, net);
  };
  check(Sequential{a, ReLU(), b}, "mlp::Sequential(Linear(3 -> 4), ReLU(), Linear(4 -> 2))");
  check(Network<float>(a, ReLU(), b), "mlp::Network(Linear(3 -> 4), ReLU(), Linear(4 -> 2))");
}
