// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <string>
#include <utility>

#include <mlp/layers/batch_norm_1d.hpp>
#include <mlp/layers/dropout.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/math/init.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/models/tape.hpp>
#include <mlp/optim/optimizer.hpp>
#include <mlp/optim/sgd.hpp>
#include <mlp/testing/check_gradients.hpp>

#include "support/bits.hpp"
#include "support/random_matrix.hpp"
#include "support/reference.hpp"

using namespace mlp;
using mlp::testing::bitwise_equal;
using mlp::testing::max_relative_error;
using mlp::testing::random_matrix;
using mlp::testing::to_matrix;

namespace {

template <class T>
bool is_of(const nlohmann::json& c) {
  return c["type"] == (sizeof(T) == sizeof(float) ? "float32" : "float64");
}

template <class T>
void check_dropout(const nlohmann::json& c) {
  if (!is_of<T>(c)) return;
  const Dropout<T> layer(c["p"].get<double>());
  const Matrix<T> x = to_matrix<T>(c["x"]), dy = to_matrix<T>(c["dy"]);
  Matrix<T> y(x.rows(), x.cols()), dx(x.rows(), x.cols());
  typename Dropout<T>::Cache cache;
  Dropout<T> grad = layer;
  Rng rng(5);
  layer.forward(x, view(y), cache, Training{&rng});
  layer.backward(x, y, dy, cache, grad, view(dx));
  CHECK(bitwise_equal(y, to_matrix<T>(c["y"])));
  CHECK(bitwise_equal(dx, to_matrix<T>(c["dx"])));
  CHECK(rng.uniform(0.0, 1.0) == c["next"].get<double>());  // as many draws
  layer.forward(x, view(y), cache);
  layer.backward(x, y, dy, cache, grad, view(dx));
  CHECK(bitwise_equal(y, x));
  CHECK(bitwise_equal(dx, dy));
}

template <class T>
void check_batch_norm(const nlohmann::json& c) {
  if (!is_of<T>(c)) return;
  const double tolerance = sizeof(T) == sizeof(float) ? 2e-6 : 1e-13;
  const Matrix<T> weight = to_matrix<T>(c["weight"]);
  BatchNorm1d<T> layer(weight.cols(), {.eps = c["eps"].get<double>(), .momentum = c["momentum"].get<double>()});
  layer.weight().matrix() = weight;
  layer.bias().matrix() = to_matrix<T>(c["bias"]);
  Tape tape(layer);
  Optimizer still(layer, SGD({.lr = 0}));  // moves the statistics alone
  for (std::size_t i = 0; i < c["steps"].size(); ++i) {
    CAPTURE(i);
    const nlohmann::json& step = c["steps"][i];
    const Matrix<T> x = to_matrix<T>(step["x"]);
    Matrix<T> dx(x.rows(), x.cols());
    const bool training = i + 1 < c["steps"].size();
    const ConstMatrixView<T> y = training ? tape.forward(x) : tape.predict(x);
    CHECK(max_relative_error(y, to_matrix<T>(step["y"])) <= tolerance);
    tape.output_gradient().matrix() = to_matrix<T>(step["dy"]);
    tape.backward(view(dx));
    CHECK(max_relative_error(dx, to_matrix<T>(step["dx"])) <= tolerance);
    CHECK(max_relative_error(tape.gradient().weight(), to_matrix<T>(step["dweight"])) <= tolerance);
    CHECK(max_relative_error(tape.gradient().bias(), to_matrix<T>(step["dbias"])) <= tolerance);
    still.step(layer, tape.gradient());
    CHECK(max_relative_error(layer.running_mean(), to_matrix<T>(step["running_mean"])) <= tolerance);
    CHECK(max_relative_error(layer.running_var(), to_matrix<T>(step["running_var"])) <= tolerance);
    CHECK(bitwise_equal(layer.weight(), weight));
  }
}

}  // namespace

TEST_CASE("Dropout drops what PyTorch drops, from the same stream") {
  const nlohmann::json cases = testing::reference("training.json")["dropout"];
  REQUIRE(cases.size() == 8);
  for (const nlohmann::json& c : cases) {
    CAPTURE(c["p"].get<double>());
    check_dropout<float>(c);
    check_dropout<double>(c);
  }
}

TEST_CASE("BatchNorm1d gives PyTorch's outputs, gradients and running statistics") {
  const nlohmann::json cases = testing::reference("training.json")["batch_norm"];
  REQUIRE(cases.size() == 4);
  for (const nlohmann::json& c : cases) {
    check_batch_norm<float>(c);
    check_batch_norm<double>(c);
  }
}

TEST_CASE("BatchNorm1d learns nothing from a batch without samples, as in PyTorch") {
  Rng rng(59);
  Sequential net{BatchNorm1d<double>(3)};
  Tape tape(net);
  const Matrix<double> none(0, 3);
  tape.forward(none, rng);
  CHECK(tape.output_gradient().shape() == Shape{0, 3});
  Optimizer sgd(net, SGD({.lr = 0.1}));
  sgd.step(net, tape);
  const Matrix<double> x = random_matrix(4, 3);
  CHECK(net.predict(x) == Sequential{BatchNorm1d<double>(3)}.predict(x));
}

TEST_CASE("a step on a prediction leaves the running statistics of BatchNorm1d, whatever backward came before") {
  BatchNorm1d<double> norm(3);
  const Matrix<double> x = random_matrix(4, 3);
  Tape tape(norm);
  tape.forward(x);
  tape.output_gradient().array() = 1;
  tape.backward();  // of a step that nobody takes
  tape.predict(x);
  tape.output_gradient().array() = 1;
  tape.backward();
  Optimizer(norm, SGD({.lr = 0.1})).step(norm, tape.gradient());
  CHECK((norm.running_mean().array() == 0).all());
  CHECK((norm.running_var().array() == 1).all());
  CHECK((norm.bias().array() != 0).all());
}

TEST_CASE("normal_init draws what PyTorch's normal_ draws") {
  const nlohmann::json cases = testing::reference("training.json")["normal"];
  REQUIRE(cases.size() == 4);
  for (const nlohmann::json& c : cases) {
    CAPTURE(c["n"].get<Index>());
    Rng rng(9);
    Matrix<double> w(1, c["n"].get<Index>());
    normal_init(view(w), c["mean"].get<double>(), c["std"].get<double>(), rng);
    if (w.cols() >= 16)
      CHECK(bitwise_equal(w, to_matrix<double>(c["values"])));
    else  // by the logarithm of Rng::normal, of another make than PyTorch's
      CHECK(max_relative_error(w, to_matrix<double>(c["values"])) <= 1e-15);
    Rng again(9);
    Matrix<float> f(1, w.cols());
    normal_init(view(f), c["mean"].get<double>(), c["std"].get<double>(), again);
    CHECK(f.array().isFinite().all());
  }
  Matrix<float> wide(4, 8);
  Rng rng(1);
  CHECK_THROWS_WITH_AS(normal_init(MatrixView<float>(wide.data(), 4, 5, 8), 0, 1, rng),
                       "mlp::normal_init: needs rows without gaps", ValueError);
  Rng one(2), same(2);
  Matrix<float> row(1, 5);
  normal_init(MatrixView<float>(wide.data(), 1, 5, 8), 0, 1, one);  // a single row has none
  normal_init(view(row), 0, 1, same);
  CHECK(bitwise_equal(wide.topLeftCorner(1, 5), row));
}

TEST_CASE("the gradients of Dropout and BatchNorm1d are right in training and in prediction") {
  for (const bool training : {true, false}) {
    CAPTURE(training);
    for (const Index batch : {2, 7})
      for (const Index features : {1, 3, 9}) {
        const Matrix<double> x = random_matrix(batch, features);
        CHECK(testing::check_gradients(Dropout<double>(0.3), x, {.training = training}));
        BatchNorm1d<double> norm(features);
        norm.weight().array() = random_matrix(1, features).array();
        norm.running_mean().array() = 0.3;
        norm.running_var().array() = 2.5;
        CHECK(testing::check_gradients(norm, x, {.training = training}));
      }
  }
  CHECK(testing::check_gradients(BatchNorm1d<double>(3), random_matrix(1, 3)));
  Rng rng(2);
  Sequential net{Linear<double>(3, 4, rng), BatchNorm1d<double>(4), ReLU(), Dropout<double>(0.2),
                 Linear<double>(4, 2, rng)};
  CHECK(testing::check_gradients(net, random_matrix(6, 3), {.training = true}));
  CHECK(testing::check_gradients(net, random_matrix(6, 3)));
}

TEST_CASE("a tape trains, predict predicts, in Sequential, in Network and nested") {
  Rng rng(1);
  const Linear<float> linear(3, 8, rng);
  const Sequential flat{linear, BatchNorm1d<float>(8), Dropout<float>(0.5)};
  Network<float> network(linear, BatchNorm1d<float>(8), Dropout<float>(0.5));
  const Sequential nested{linear, Sequential{Network<float>(BatchNorm1d<float>(8)), Sequential{Dropout<float>(0.5)}}};
  Matrix<float> x = random_matrix(5, 3).cast<float>();
  Tape tape(flat);
  Tape network_tape(network);
  Tape nested_tape(nested);
  Rng a(7), b(7), c(7);
  const Matrix<float> y = tape.forward(x, a).matrix();
  CHECK((y.array() == 0).any());
  CHECK(bitwise_equal(network_tape.forward(x, b), y));
  CHECK(bitwise_equal(nested_tape.forward(x, c), y));
  CHECK(a == b);
  const Matrix<float> predicted = flat.predict(x);
  CHECK_FALSE((predicted.array() == 0).any());
  CHECK(bitwise_equal(tape.predict(x), predicted));
  CHECK(bitwise_equal(network.predict(x), predicted));
  CHECK(bitwise_equal(nested.predict(x), predicted));
  CHECK_THROWS_WITH_AS(tape.forward(x), "mlp::Dropout(0.5): training draws at random: give forward a random stream",
                       ValueError);
}

TEST_CASE("every way to step moves the running statistics, and none takes them for weights") {
  Rng rng(1);
  const Linear<float> linear(3, 4, rng);
  const Matrix<float> x = random_matrix(5, 3).cast<float>();
  for (const double momentum : {0.0, 0.9}) {
    CAPTURE(momentum);
    Sequential by_gradient{linear, BatchNorm1d<float>(4), Linear<float>(4, 1)};
    Sequential by_tape = by_gradient;
    Network<float> network(linear, BatchNorm1d<float>(4), Linear<float>(4, 1));
    const SGD rule({.lr = 0.1, .momentum = momentum, .weight_decay = 0.1});
    Optimizer a(by_gradient, rule), b(by_tape, rule);
    Optimizer c(network, rule);
    Tape tape_a(by_gradient), tape_b(by_tape);
    Tape tape_c(network);
    for (int step = 0; step < 3; ++step) {
      const auto run = [&](auto& tape) {
        tape.forward(x);
        tape.output_gradient().array() = 1;
      };
      run(tape_a), run(tape_b), run(tape_c);
      tape_a.backward();
      a.step(by_gradient, tape_a.gradient());
      b.step(by_tape, tape_b);
      c.step(network, tape_c);
    }
    const BatchNorm1d<float>& norm = by_gradient.get<1>();
    CHECK(bitwise_equal(by_tape.get<1>().running_mean(), norm.running_mean()));
    CHECK(bitwise_equal(by_tape.get<1>().running_var(), norm.running_var()));
    CHECK(bitwise_equal(network.predict(x), by_gradient.predict(x)));
    CHECK((norm.running_mean().array() != 0).all());
    CHECK((norm.running_var().array() != 1).all());
  }
  CHECK(parameter_count(BatchNorm1d<float>(4)) == 8);
}

TEST_CASE("Dropout and BatchNorm1d say what is wrong") {
  CHECK_THROWS_WITH_AS(Dropout<float>(1.5), "mlp::Dropout: p must be in [0, 1], got 1.5", ValueError);
  CHECK_THROWS_WITH_AS(BatchNorm1d<float>(0), "mlp::BatchNorm1d: num_features must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(BatchNorm1d<float>(2, {.momentum = 2}), "mlp::BatchNorm1d: momentum must be in [0, 1], got 2",
                       ValueError);
  CHECK_THROWS_WITH_AS(BatchNorm1d<float>(2, {.eps = -1}),
                       "mlp::BatchNorm1d: eps must be at least 0 and finite, got -1", ValueError);
  const BatchNorm1d<float> norm(4);
  Tape tape(norm);
  const Matrix<float> one(1, 4), wide(3, 5);
  CHECK_THROWS_WITH_AS(tape.forward(one),
                       "mlp::BatchNorm1d(4, eps 1e-05, momentum 0.1): training needs more than 1 sample in a batch",
                       ValueError);
  CHECK_THROWS_WITH_AS(tape.forward(wide),
                       "mlp::BatchNorm1d(4, eps 1e-05, momentum 0.1): expected input [batch, 4], got [3, 5]",
                       ShapeError);

  BatchNorm1d<float>::Cache cache;
  BatchNorm1d<float> grad(4), narrow(3);
  Matrix<float> x = Matrix<float>::Random(3, 4), y(3, 4), dx(3, 4);
  const auto backward = [&](BatchNorm1d<float>& into) {
    norm.backward(view(std::as_const(x)), view(std::as_const(y)), view(std::as_const(y)), cache, into, view(dx));
  };
  CHECK_THROWS_WITH_AS(
      backward(grad),
      "mlp::BatchNorm1d(4, eps 1e-05, momentum 0.1): expected statistics of the forward [1, 4], got [0, 0]",
      ShapeError);
  norm.forward(view(std::as_const(x)), view(y), cache);
  CHECK_THROWS_WITH_AS(backward(narrow),
                       "mlp::BatchNorm1d(4, eps 1e-05, momentum 0.1): expected gradient [1, 4], got [1, 3]",
                       ShapeError);
  CHECK_NOTHROW(backward(grad));
}

TEST_CASE("a tape of before refuses a model that became a wider one") {
  Rng rng(31);
  Sequential net{Linear<float>(4, 8, rng), BatchNorm1d<float>(8)};
  const Matrix<float> x = Matrix<float>::Random(3, 4);
  Tape tape(net), fused(net);
  Optimizer sgd(net, SGD({.lr = 0.1}));
  const auto forward = [&] {
    for (auto* t : {&tape, &fused}) {
      t->forward(x);
      t->output_gradient().array() = 1;
    }
  };
  forward();
  tape.backward();
  sgd.step(net, fused);
  net = Sequential{Linear<float>(4, 16, rng), BatchNorm1d<float>(16)};
  forward();
  CHECK_THROWS_AS(tape.backward(), ShapeError);
  CHECK_THROWS_AS(sgd.step(net, fused), ShapeError);
}

TEST_CASE("Dropout(1) drops all, without a random stream") {
  const Sequential net{Dropout<float>(1)};
  Tape tape(net);
  const Matrix<float> x = Matrix<float>::Ones(2, 3);
  CHECK((tape.forward(x).array() == 0).all());
}
