// SPDX-License-Identifier: MIT
#include <mlp/models/sequential.hpp>

#include <doctest/doctest.h>

#include <concepts>
#include <string>
#include <vector>

#include <mlp/layers/linear.hpp>
#include <mlp/layers/log_softmax.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/layers/tanh.hpp>
#include <mlp/models/tape.hpp>
#include <mlp/testing/check_gradients.hpp>

#include "models/user_layers.hpp"
#include "support/bits.hpp"

using namespace mlp;
using mlp::testing::bitwise_equal;

namespace {

template <class Model>
std::vector<std::string> names_of(const Model& model) {
  std::vector<std::string> names;
  Model::visit_parameters([&](const ParameterName& name, auto) { names.push_back(name.str()); }, model);
  return names;
}

}  // namespace

TEST_CASE("Sequential applies its layers one after the other") {
  Linear<double> first(1, 2), second(2, 1);
  first.weight().matrix() << 1, -1;
  first.bias().matrix() << 0, 1;
  second.weight().matrix() << 10, 100;
  second.bias().matrix() << 5;
  const Sequential net{first, ReLU(), second};
  Matrix<double> x(3, 1), expected(3, 1);
  x << -2, 0.5, 3;
  expected << 305, 5 + 5 + 50, 35;  // 5 + 10 relu(x) + 100 relu(1 - x)
  CHECK(net.predict(x) == expected);
}

TEST_CASE("the gradients of a deep Sequential are right, nested or not, in a batch of one too") {
  Rng rng(2);
  const Sequential inner{Linear<double>(4, 3, rng), Tanh(), testing::Scale<double>(0.7)};
  const Sequential net{Linear<double>(5, 4, rng), Tanh(), inner, Tanh(), Linear<double>(3, 2, rng), LogSoftmax()};
  for (const Index batch : {1, 5}) {
    Matrix<double> x(batch, 5);
    for (Index i = 0; i < x.size(); ++i) x.data()[i] = rng.uniform(-1.0, 1.0);
    CHECK(testing::check_gradients(net, x));
    CHECK(testing::check_gradients(Sequential<Linear<double>>(Linear<double>(5, 3, rng)), x));
  }
}

TEST_CASE("a nested Sequential gives the bits of the flat one, and its gradients") {
  Rng rng(2);
  const Linear<float> a(5, 4, rng), b(4, 3, rng), c(3, 2, rng);
  const Sequential flat{a, Tanh(), b, ReLU(), c};
  const Sequential nested{Sequential{a, Tanh()}, Sequential{b, ReLU()}, c};
  Matrix<float> x = Matrix<float>::Random(7, 5);
  Matrix<float> dy = Matrix<float>::Random(7, 2);
  Matrix<float> dx(7, 5), nested_dx(7, 5);
  Tape tape(flat);
  Tape nested_tape(nested);
  CHECK(bitwise_equal(tape.forward(x), nested_tape.forward(x)));
  tape.output_gradient().array() = dy.array();
  nested_tape.output_gradient().array() = dy.array();
  tape.backward(view(dx));
  nested_tape.backward(view(nested_dx));
  CHECK(bitwise_equal(dx, nested_dx));
  CHECK(bitwise_equal(tape.gradient().get<0>().weight(), nested_tape.gradient().get<0>().get<0>().weight()));
  CHECK(bitwise_equal(tape.gradient().get<2>().bias(), nested_tape.gradient().get<1>().get<0>().bias()));
}

TEST_CASE("parameters have the names of PyTorch's state dict") {
  Rng rng(2);
  const Sequential net{Linear(9, 64, rng), ReLU(), Linear(64, 1, rng)};
  CHECK(names_of(net) == std::vector<std::string>{"0.weight", "0.bias", "2.weight", "2.bias"});
  const Sequential nested{Tanh(), Sequential{Linear(9, 64, rng), ReLU()}, testing::Scale<float>(1)};
  CHECK(names_of(nested) == std::vector<std::string>{"1.0.weight", "1.0.bias", "2.scale"});
  CHECK(parameter_count(net) == 9 * 64 + 64 + 64 + 1);
}

TEST_CASE("set_zero makes every parameter 0") {
  Rng rng(2);
  Sequential net{Linear(9, 64, rng), ReLU(), testing::Scale<float>(3)};
  set_zero(net);
  bool zero = true;
  decltype(net)::visit_parameters(
      [&](const ParameterName&, ConstMatrixView<float> w) { zero = zero && (w.array() == 0.0f).all(); }, net);
  CHECK(zero);
}

TEST_CASE("the first layer is asked for no dx unless the caller wants one") {
  testing::Probe::Seen first, second;
  const Sequential net{testing::Probe(first), testing::Probe(second)};
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
  CHECK(dx == Matrix<float>::Ones(2, 3));
}

TEST_CASE("predict in chunks equals forward, for no row, one row and several chunks") {
  Rng rng(2);
  const Sequential net{Linear(5, 8, rng), Tanh(), Linear(8, 2, rng)};
  for (const Index rows : {0, 1, 1023, 1024, 1025, 2500}) {
    CAPTURE(rows);
    const Matrix<float> x = Matrix<float>::Random(rows, 5);
    const Matrix<float> y = net.predict(x);
    REQUIRE(y.rows() == rows);
    REQUIRE(y.cols() == 2);
    if (rows == 0) continue;
    Tape tape(net);
    CHECK(y.isApprox(tape.forward(x).matrix(), 1e-6f));
    const Matrix<float> last = tape.forward(ConstMatrixView<float>(x).rows(rows - 1, 1)).matrix();
    CHECK(last.isApprox(y.bottomRows(1), 1e-6f));
  }
}

TEST_CASE("Sequential says what it is") {
  const Sequential net{Linear(9, 64), ReLU(), Linear(64, 1)};
  CHECK(net.describe() == "Sequential(Linear(9 -> 64), ReLU(), Linear(64 -> 1))");
  CHECK(net.size() == 3);
  CHECK(net.in_features() == 9);
  CHECK(net.output_shape({32, 9}) == Shape{32, 1});
  const Sequential activations{Tanh(), ReLU()};
  CHECK(activations.in_features() == dynamic);
  CHECK(activations.output_shape({32, 7}) == Shape{32, 7});
  const Sequential late{Tanh(), Linear(4, 2)};
  CHECK(late.in_features() == 4);
}

TEST_CASE("the element type is that of the first layer that has one, and sizes in types go through") {
  static_assert(std::same_as<decltype(Sequential{Tanh(), Linear<double>(4, 2)})::Scalar, double>);
  static_assert(std::same_as<decltype(Sequential{Tanh(), ReLU()})::Scalar, float>);
  using Fixed = Sequential<Linear<float, 9, 64>, ReLU, Linear<float, 64, 3>, Tanh>;
  static_assert(Fixed::in_extent == 9);
  static_assert(Fixed::out_extent == 3);
  static_assert(Sequential<Linear<float, 9, 64>, Linear<float>>::out_extent == dynamic);
  static_assert(Layer<Fixed, float>);
  static_assert(!Layer<Fixed, double>);
}

TEST_CASE("layers that do not meet are named when the model is made, input that does not fit when it is used") {
  CHECK_THROWS_WITH_AS((Sequential{Linear(9, 64), ReLU(), Linear(32, 1)}),
                       "mlp::Linear(32 -> 1): expected input [batch, 32], got [batch, 64]", ShapeError);
  CHECK_THROWS_WITH_AS((Sequential{Linear(9, 64), Sequential{Tanh(), Linear(32, 1)}}),
                       "mlp::Linear(32 -> 1): expected input [batch, 32], got [batch, 64]", ShapeError);
  const Sequential net{Linear(9, 64), ReLU(), Linear(64, 1)};
  CHECK_THROWS_WITH_AS(net.predict(Matrix<float>(5, 8)), "mlp::Linear(9 -> 64): expected input [batch, 9], got [5, 8]",
                       ShapeError);
}
