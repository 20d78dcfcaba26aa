// SPDX-License-Identifier: MIT
#include <mlp/models/tape.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <thread>
#include <type_traits>

#include <mlp/layers/batch_norm_1d.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/layers/tanh.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/optim/optimizer.hpp>
#include <mlp/optim/sgd.hpp>

#include "support/bits.hpp"

using namespace mlp;
using mlp::testing::bitwise_equal;

namespace {

Sequential<Linear<float>, Tanh, Linear<float>> small_net() {
  Rng rng(8);
  const Linear a(4, 6, rng), b(6, 2, rng);
  return Sequential{a, Tanh(), b};
}

}  // namespace

TEST_CASE("a tape holds the output and the gradients of the last pass, whatever batch came before") {
  const auto net = small_net();
  Tape used(net);
  for (const Index batch : {9, 3, 12, 1}) {
    const Matrix<float> x = Matrix<float>::Random(batch, 4);
    Tape fresh(net);
    CHECK(bitwise_equal(used.forward(x), fresh.forward(x)));
    used.output_gradient().array() = 0.5f;
    fresh.output_gradient().array() = 0.5f;
    used.backward();
    fresh.backward();
    CHECK(bitwise_equal(used.gradient().get<0>().weight(), fresh.gradient().get<0>().weight()));
    CHECK(bitwise_equal(used.gradient().get<2>().bias(), fresh.gradient().get<2>().bias()));
  }
}

TEST_CASE("the rows of a batch are read where they are") {
  const auto net = small_net();
  const Matrix<float> all = Matrix<float>::Random(10, 4);
  Tape a(net), b(net);
  const Matrix<float> rows = all.middleRows(3, 5);
  CHECK(bitwise_equal(a.forward(ConstMatrixView<float>(all).rows(3, 5)), b.forward(rows)));
}

TEST_CASE("a single layer has a tape, too") {
  Rng rng(8);
  const Linear<double> layer(2, 3, rng);
  Tape tape(layer);
  const Matrix<double> x = Matrix<double>::Ones(4, 2);
  tape.forward(x);
  tape.output_gradient().array() = 1;
  tape.backward();
  CHECK(tape.gradient().bias().matrix() == Matrix<double>::Constant(1, 3, 4));
  CHECK(tape.gradient().weight().matrix() == Matrix<double>::Constant(3, 2, 4));
}

TEST_CASE("two tapes on one model are two threads") {
  const auto fixed = small_net();
  const Network network(fixed.get<0>(), Tanh(), fixed.get<2>());
  const auto check = [](const auto& net) {
    const Matrix<float> x = Matrix<float>::Random(20, 4);
    Tape alone(net);
    const Matrix<float> y = alone.forward(x).matrix();
    alone.output_gradient().array() = 1;
    Matrix<float> dx(20, 4);
    alone.backward(view(dx));
    int wrong[2] = {0, 0};
    const auto run = [&](int& mine) {
      Tape tape(net);
      Matrix<float> my_dx(20, 4);
      for (int i = 0; i < 200; ++i) {
        if (!bitwise_equal(tape.forward(x), y)) ++mine;
        tape.output_gradient().array() = 1;
        tape.backward(view(my_dx));
        if (!bitwise_equal(my_dx, dx) || !bitwise_equal(net.predict(x), y)) ++mine;
      }
    };
    std::thread first(run, std::ref(wrong[0]));
    std::thread second(run, std::ref(wrong[1]));
    first.join();
    second.join();
    CHECK(wrong[0] == 0);
    CHECK(wrong[1] == 0);
  };
  check(fixed);
  check(network);
}

TEST_CASE("what is missing before a backward is named") {
  const auto net = small_net();
  Tape tape(net);
  CHECK_THROWS_WITH_AS(tape.backward(), "mlp::Tape::backward: needs a forward first", ValueError);
  CHECK_THROWS_WITH_AS(tape.gradient(), "mlp::Tape::gradient: needs a backward first", ValueError);
  const Matrix<float> x = Matrix<float>::Random(5, 4), longer = Matrix<float>::Random(6, 4);
  tape.forward(x);
  CHECK_THROWS_WITH_AS(tape.backward(), "mlp::Tape::backward: needs the output gradient of the last forward first",
                       ValueError);
  tape.output_gradient().array() = 1;
  tape.backward();
  CHECK_NOTHROW(tape.backward());  // the same once more
  for (const Matrix<float>* next : {&x, &longer}) {
    tape.forward(*next);
    CHECK_THROWS_WITH_AS(tape.backward(), "mlp::Tape::backward: needs the output gradient of the last forward first",
                         ValueError);
  }
  tape.output_gradient().array() = 1;
  CHECK_NOTHROW(tape.backward());
  const Matrix<float> narrow(5, 3);
  CHECK_THROWS_AS(tape.forward(narrow), ShapeError);  // a forward that fails is none
  CHECK_THROWS_WITH_AS(tape.backward(), "mlp::Tape::backward: needs a forward first", ValueError);
}

TEST_CASE("a prediction of a temporary is one, but has no backward") {
  const auto net = small_net();
  Tape tape(net);
  const Matrix<float> x = Matrix<float>::Random(5, 4);
  const Matrix<float> y = tape.predict(x).matrix();
  tape.output_gradient().array() = 1;
  CHECK_NOTHROW(tape.backward());
  CHECK(bitwise_equal(tape.predict(Matrix<float>(x)), y));
  tape.output_gradient().array() = 1;
  CHECK_THROWS_WITH_AS(tape.backward(), "mlp::Tape::backward: needs a forward first", ValueError);
  CHECK(tape.first_not_finite().empty());
}

TEST_CASE("a batch without samples has a gradient of 0") {
  const auto net = small_net();
  Tape tape(net);
  const Matrix<float> none(0, 4);
  CHECK(tape.forward(none).shape() == Shape{0, 2});
  CHECK_THROWS_WITH_AS(tape.backward(), "mlp::Tape::backward: needs the output gradient of the last forward first",
                       ValueError);
  CHECK(tape.output_gradient().shape() == Shape{0, 2});
  tape.backward();
  CHECK(tape.gradient().get<0>().weight().matrix().isZero(0));
  CHECK(tape.gradient().get<2>().bias().matrix().isZero(0));
}

TEST_CASE("a tape refuses shapes that do not meet") {
  const auto net = small_net();
  Tape tape(net);
  const Matrix<float> narrow(5, 3);
  CHECK_THROWS_WITH_AS(tape.forward(narrow), "mlp::Linear(4 -> 6): expected input [batch, 4], got [5, 3]", ShapeError);
  const Matrix<float> x = Matrix<float>::Random(5, 4);
  Matrix<float> dx(4, 4);
  tape.forward(x);
  tape.output_gradient().array() = 1;
  CHECK_THROWS_WITH_AS(tape.backward(view(dx)), "mlp::Tape::backward: expected dx [5, 4], got [4, 4]", ShapeError);
}

TEST_CASE("a step on a model of other sizes than the tape's moves nothing") {
  Rng rng(59);
  const Network<float> own(Linear(3, 4, rng), ReLU(), Linear(4, 2, rng));
  Network<float> other(Linear(2, 4, rng), ReLU(), Linear(4, 2, rng));
  const Matrix<float> x = Matrix<float>::Random(5, 3), probe = Matrix<float>::Random(5, 2);
  const Matrix<float> before = other.predict(probe);
  Tape tape(own);
  tape.forward(x);
  tape.output_gradient().array() = 1;
  Optimizer sgd(own, SGD({.lr = 0.1}));
  CHECK_THROWS_WITH_AS(sgd.step(other, tape),
                       "mlp::Tape::backward_into: expected 0.weight of the target [4, 3], got [4, 2]", ShapeError);
  CHECK(other.predict(probe) == before);
}

TEST_CASE("a tape of a model that dies at once does not compile") {
  using Net = Sequential<Linear<float>, ReLU>;
  static_assert(std::is_constructible_v<Tape<Net>, const Net&>);
  static_assert(!std::is_constructible_v<Tape<Net>, Net>);
}

TEST_CASE("the first layer that leaves the finite numbers is named") {
  auto net = small_net();
  const Matrix<float> x = Matrix<float>::Ones(5, 4);
  {
    Tape tape(net);
    tape.forward(x);
    CHECK(tape.first_not_finite().empty());
  }
  net.get<2>().weight()(1, 3) = std::numeric_limits<float>::infinity();
  Tape tape(net);
  tape.forward(x);
  CHECK(tape.first_not_finite() == "layer 2, Linear(6 -> 2)");
  net.get<0>().weight()(0, 0) = std::numeric_limits<float>::quiet_NaN();
  tape.forward(x);
  CHECK(tape.first_not_finite() == "layer 0, Linear(4 -> 6)");
  const Network network(net.get<0>(), Tanh(), net.get<2>());
  Tape other(network);
  other.forward(x);
  CHECK(other.first_not_finite() == "layer 0, Linear(4 -> 6)");
}

TEST_CASE("what leaves the finite numbers in training only is named, too") {
  const Sequential net{Linear<float>(4, 4), BatchNorm1d<float>(4, {.eps = 0}), ReLU()};  // weights 0: no variance
  const Matrix<float> x = Matrix<float>::Ones(5, 4);
  Tape tape(net);
  tape.forward(x);
  CHECK(tape.first_not_finite() == "layer 1, BatchNorm1d(4, eps 0, momentum 0.1)");
  tape.predict(x);
  CHECK(tape.first_not_finite().empty());
}

TEST_CASE("a layer that a Network was given since is not one of the last forward") {
  Network<float> net(Linear<float>(4, 6));
  const Matrix<float> x = Matrix<float>::Ones(5, 4);
  Tape tape(net);
  tape.forward(x);
  Linear<float> broken(6, 2);
  broken.bias().array() = std::numeric_limits<float>::infinity();
  net.add(broken);
  CHECK(tape.first_not_finite().empty());
  tape.forward(x);
  CHECK(tape.first_not_finite() == "layer 1, Linear(6 -> 2)");
}
