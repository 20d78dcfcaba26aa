// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include <mlp/layers/elu.hpp>
#include <mlp/layers/flatten.hpp>
#include <mlp/layers/gelu.hpp>
#include <mlp/layers/identity.hpp>
#include <mlp/layers/leaky_relu.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/log_softmax.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/layers/reshape.hpp>
#include <mlp/layers/sigmoid.hpp>
#include <mlp/layers/silu.hpp>
#include <mlp/layers/softmax.hpp>
#include <mlp/layers/softplus.hpp>
#include <mlp/layers/tanh.hpp>
#include <mlp/math/rng.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/testing/check_gradients.hpp>

#include "support/bits.hpp"

using namespace mlp;

namespace {

template <class T>
constexpr T infinity = std::numeric_limits<T>::infinity();
template <class T>
constexpr T not_a_number = std::numeric_limits<T>::quiet_NaN();

template <class T, class L>
Matrix<T> forward(const L& layer, const Matrix<T>& x) {
  Matrix<T> y = Matrix<T>::Constant(x.rows(), x.cols(), T(77));
  typename L::Cache cache;
  layer.forward(ConstMatrixView<T>(x), view(y), cache);
  return y;
}

template <class T, class L>
Matrix<T> backward(const L& layer, const Matrix<T>& x, const Matrix<T>& dy) {
  const Matrix<T> y = forward(layer, x);
  Matrix<T> dx = Matrix<T>::Constant(x.rows(), x.cols(), T(77));
  typename L::Cache cache;
  L grad = layer;
  layer.backward(ConstMatrixView<T>(x), ConstMatrixView<T>(y), ConstMatrixView<T>(dy), cache, grad, view(dx));
  return dx;
}

template <class L>
void check_shape_errors(const L& layer, const std::string& name) {
  typename L::Cache cache;
  L grad = layer;
  const Matrix<float> x = Matrix<float>::Zero(32, 10), dy = x, short_dy = Matrix<float>::Zero(31, 10);
  Matrix<float> y = x, dx = x, narrow = Matrix<float>::Zero(32, 9);
  const auto run_backward = [&](ConstMatrixView<float> out, ConstMatrixView<float> delta, MatrixView<float> to) {
    layer.backward(ConstMatrixView<float>(x), out, delta, cache, grad, to);
  };
  CHECK_THROWS_WITH_AS(layer.forward(ConstMatrixView<float>(x), view(narrow), cache),
                       ("mlp::" + name + ": expected output [32, 10], got [32, 9]").c_str(), ShapeError);
  CHECK_THROWS_WITH_AS(run_backward(narrow, dy, view(dx)),
                       ("mlp::" + name + ": expected output [32, 10], got [32, 9]").c_str(), ShapeError);
  CHECK_THROWS_WITH_AS(run_backward(y, short_dy, view(dx)),
                       ("mlp::" + name + ": expected output gradient [32, 10], got [31, 10]").c_str(), ShapeError);
  CHECK_THROWS_WITH_AS(run_backward(y, dy, view(narrow)),
                       ("mlp::" + name + ": expected input gradient [32, 10], got [32, 9]").c_str(), ShapeError);
  CHECK(layer.describe() == name);
}

}  // namespace

namespace {

/// f(layer) for each of the layers without parameters.
template <class F>
void for_each_layer(F&& f) {
  f(ReLU());
  f(Tanh());
  f(Sigmoid());
  f(Softmax());
  f(LogSoftmax());
  f(Identity());
  f(Flatten());
  f(GELU());
  f(GELU(GELU::tanh));
  f(SiLU());
  f(LeakyReLU());
  f(LeakyReLU(-0.5));
  f(ELU());
  f(ELU(0.25));
  f(Softplus());
  f(Softplus(2.5, 3));
}

}  // namespace

TEST_CASE("the gradients of layers without parameters are right in batches of one and in odd sizes") {
  Rng rng(5);
  for (const Index batch : {1, 2, 7})
    for (const Index features : {1, 3, 8, 13}) {
      Matrix<double> x(batch, features);
      for (Index i = 0; i < x.size(); ++i) x.data()[i] = rng.uniform(-3.0, 3.0);
      for_each_layer([&](const auto& layer) {
        CAPTURE(layer.describe());
        CHECK(testing::check_gradients(layer, x));
      });
      CHECK(testing::check_gradients(Reshape(1, features), x));
    }
}

TEST_CASE("layers without parameters name themselves in their errors") {
  check_shape_errors(ReLU(), "ReLU()");
  check_shape_errors(Tanh(), "Tanh()");
  check_shape_errors(Sigmoid(), "Sigmoid()");
  check_shape_errors(Softmax(), "Softmax()");
  check_shape_errors(LogSoftmax(), "LogSoftmax()");
  check_shape_errors(Identity(), "Identity()");
  check_shape_errors(Flatten(), "Flatten()");
  check_shape_errors(Reshape(2, 5), "Reshape(2, 5)");
  check_shape_errors(GELU(), "GELU()");
  check_shape_errors(GELU(GELU::tanh), "GELU(tanh)");
  check_shape_errors(SiLU(), "SiLU()");
  check_shape_errors(LeakyReLU(), "LeakyReLU(0.01)");
  check_shape_errors(LeakyReLU(1.0 / 3), "LeakyReLU(0.3333333333333333)");
  check_shape_errors(ELU(), "ELU(1)");
  check_shape_errors(ELU(1e-8), "ELU(1e-08)");
  check_shape_errors(Softplus(), "Softplus(beta 1, threshold 20)");
  check_shape_errors(Softplus(0.5, 1e3), "Softplus(beta 0.5, threshold 1000)");
}

TEST_CASE("layers refuse numbers that make no sense") {
  CHECK_THROWS_WITH_AS(LeakyReLU(infinity<double>), "mlp::LeakyReLU: negative_slope must be finite, got inf",
                       ValueError);
  CHECK_THROWS_WITH_AS(ELU(not_a_number<double>), "mlp::ELU: alpha must be finite, got nan", ValueError);
  CHECK_THROWS_WITH_AS(Softplus(0), "mlp::Softplus: beta must be above 0 and finite, got 0", ValueError);
  CHECK_THROWS_WITH_AS(Softplus(1, not_a_number<double>), "mlp::Softplus: threshold must be finite, got nan",
                       ValueError);
  CHECK_THROWS_WITH_AS(Reshape(0, 7), "mlp::Reshape: rows must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(Reshape(4, -7), "mlp::Reshape: cols must be at least 1, got -7", ValueError);
  CHECK_THROWS_WITH_AS(
      Reshape(4294967296, 4294967296),
      "mlp::Reshape: rows times cols must be in the range of an index, got 4294967296 times 4294967296", ValueError);
}

TEST_CASE("Reshape says what it expects, and changes nothing") {
  const Reshape layer(4, 7);
  CHECK(layer.rows() == 4);
  CHECK(layer.cols() == 7);
  CHECK(layer.in_features() == 28);
  CHECK_THROWS_WITH_AS(layer.output_shape({32, 27}), "mlp::Reshape(4, 7): expected input [batch, 28], got [32, 27]",
                       ShapeError);
  CHECK_THROWS_WITH_AS((Sequential{Linear(9, 27), Reshape(4, 7)}),
                       "mlp::Reshape(4, 7): expected input [batch, 28], got [batch, 27]", ShapeError);
  CHECK_THROWS_WITH_AS((Network<float>{Linear(9, 27), Reshape(4, 7)}),
                       "mlp::Reshape(4, 7): expected input [batch, 28], got [batch, 27]", ShapeError);
  const Matrix<float> x = Matrix<float>::Random(3, 28), dy = Matrix<float>::Random(3, 28);
  CHECK(testing::bitwise_equal(forward(layer, x), x));
  CHECK(testing::bitwise_equal(backward(layer, x, dy), dy));
  CHECK(testing::bitwise_equal(forward(Flatten(), x), x));
  CHECK(testing::bitwise_equal(backward(Flatten(), x, dy), dy));
}

TEST_CASE_TEMPLATE("layers read and write rows that have a stride, and nothing beside them", T, float, double) {
  const Index batch = 5, features = 19;
  Matrix<T> all_x = Matrix<T>::Random(batch + 1, features + 4), all_dy = Matrix<T>::Random(batch + 1, features + 3);
  const auto inside = [&](auto& m) { return MatrixView<T>(&m(1, 2), batch, features, m.cols()); };
  const Matrix<T> x = inside(all_x).matrix(), dy = inside(all_dy).matrix();
  for_each_layer([&](const auto& layer) {
    CAPTURE(layer.describe());
    using L = std::remove_cvref_t<decltype(layer)>;
    Matrix<T> all_y = Matrix<T>::Constant(batch + 1, features + 5, T(77)), all_dx = all_y;
    typename L::Cache cache;
    L grad = layer;
    layer.forward(ConstMatrixView<T>(inside(all_x)), inside(all_y), cache);
    layer.backward(ConstMatrixView<T>(inside(all_x)), ConstMatrixView<T>(inside(all_y)),
                   ConstMatrixView<T>(inside(all_dy)), cache, grad, inside(all_dx));
    CHECK(testing::bitwise_equal(inside(all_y), forward(layer, x)));
    CHECK(testing::bitwise_equal(inside(all_dx), backward(layer, x, dy)));
    for (Matrix<T>* const all : {&all_y, &all_dx}) {
      inside(*all).array() = T(77);
      CHECK((all->array() == T(77)).all());
    }
  });
}

TEST_CASE_TEMPLATE("a NaN stays a NaN in every place of a row", T, float, double) {
  for (Index where = 0; where < 9; ++where) {
    CAPTURE(where);
    Matrix<T> x = Matrix<T>::Constant(1, 9, T(0.5));
    x(0, where) = not_a_number<T>;
    for (const Matrix<T>& y : {forward(ReLU(), x), forward(Tanh(), x), forward(Sigmoid(), x), forward(Identity(), x),
                               forward(GELU(), x), forward(GELU(GELU::tanh), x), forward(SiLU(), x),
                               forward(LeakyReLU(), x), forward(ELU(), x), forward(Softplus(), x)})
      for (Index j = 0; j < 9; ++j) CHECK(std::isnan(y(0, j)) == (j == where));
    CHECK(forward(Softmax(), x).array().isNaN().all());
    CHECK(forward(LogSoftmax(), x).array().isNaN().all());
  }
}

TEST_CASE_TEMPLATE("ReLU cuts at 0, where its derivative is 0, and lets the gradient of a NaN through as PyTorch does",
                   T, float, double) {
  Matrix<T> x(2, 4), y(2, 4), dy(2, 4), dx(2, 4);
  x << 0, 1e-30f, -1e-30f, infinity<T>, -infinity<T>, 1e4f, -1e4f, not_a_number<T>;
  y << 0, 1e-30f, 0, infinity<T>, 0, 1e4f, 0, not_a_number<T>;
  dy << 1, 2, 3, 4, 5, 6, 7, 8;
  dx << 0, 2, 0, 4, 0, 6, 0, 8;
  CHECK(testing::bitwise_equal(forward(ReLU(), x), y));
  CHECK(testing::bitwise_equal(backward(ReLU(), x, dy), dx));
}

TEST_CASE_TEMPLATE("saturated layers reach their limits and have no gradient there", T, float, double) {
  Matrix<T> x(1, 4), dy(1, 4), y(1, 4);
  x << 1e4f, -1e4f, infinity<T>, -infinity<T>;
  dy.setOnes();
  y << 1, -1, 1, -1;
  CHECK(forward(Tanh(), x) == y);
  CHECK(backward(Tanh(), x, dy) == Matrix<T>::Zero(1, 4));
  y << 1, 0, 1, 0;
  CHECK((forward(Sigmoid(), x) - y).array().abs().maxCoeff() < T(1e-37));
  CHECK(backward(Sigmoid(), x, dy).array().abs().maxCoeff() < T(1e-37));
}

TEST_CASE_TEMPLATE("softmax and its logarithm hold at inputs of 10000 either way, and so do their gradients", T, float,
                   double) {
  Matrix<T> x(1, 3), dy(1, 3), expected(1, 3);
  x << 1e4f, -1e4f, 1e4f;
  dy << 1, 2, 4;
  CHECK((forward(Softmax(), x).array() - Matrix<T>{{T(0.5), T(0), T(0.5)}}.array()).abs().maxCoeff() < T(1e-37));
  expected << T(-0.75), T(0), T(0.75);  // y (dy - 2.5)
  CHECK((backward(Softmax(), x, dy) - expected).array().abs().maxCoeff() < T(1e-37));
  const T half = std::log(T(0.5));
  CHECK((forward(LogSoftmax(), x).array() - Matrix<T>{{half, T(-2e4) + half, half}}.array()).abs().maxCoeff() <
        T(2e-7));
  expected << T(-2.5), T(2), T(0.5);  // dy - 7 exp(y)
  CHECK((backward(LogSoftmax(), x, dy) - expected).array().abs().maxCoeff() < T(1e-6));
}

TEST_CASE_TEMPLATE("layers with a long tail keep its digits, where PyTorch's GELU is 0", T, float, double) {
  Matrix<T> x(1, 3);
  x << -6, -8, -10;
  Matrix<T> y(1, 3);
  y << T(-5.9195258702261888e-9), T(-4.9767684594174273e-15), T(-7.6198530241605261e-23);  // x Phi(x), by mpmath
  CHECK(((forward(GELU(), x) - y).array() / y.array()).abs().maxCoeff() < 10 * std::numeric_limits<T>::epsilon());
}

TEST_CASE("a batch may be empty") {
  const Matrix<float> none(0, 4);
  CHECK(forward(ReLU(), none).rows() == 0);
  CHECK(forward(Softmax(), none).rows() == 0);
  CHECK(backward(LogSoftmax(), none, none).rows() == 0);
}
