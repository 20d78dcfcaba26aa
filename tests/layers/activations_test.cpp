// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include <mlp/layers/identity.hpp>
#include <mlp/layers/log_softmax.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/layers/sigmoid.hpp>
#include <mlp/layers/softmax.hpp>
#include <mlp/layers/tanh.hpp>
#include <mlp/math/rng.hpp>
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
  L grad;
  layer.backward(ConstMatrixView<T>(x), ConstMatrixView<T>(y), ConstMatrixView<T>(dy), cache, grad, view(dx));
  return dx;
}

template <class L>
void check_shape_errors(const std::string& name) {
  const L layer;
  typename L::Cache cache;
  L grad;
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

TEST_CASE_TEMPLATE("the gradients of layers without parameters are right in batches of one and in odd sizes", L, ReLU,
                   Tanh, Sigmoid, Softmax, LogSoftmax, Identity) {
  Rng rng(5);
  for (const Index batch : {1, 2, 7})
    for (const Index features : {1, 3, 8, 13}) {
      Matrix<double> x(batch, features);
      for (Index i = 0; i < x.size(); ++i) x.data()[i] = rng.uniform(-3.0, 3.0);
      CHECK(testing::check_gradients(L(), x));
    }
}

TEST_CASE("layers without parameters name themselves in their errors") {
  check_shape_errors<ReLU>("ReLU()");
  check_shape_errors<Tanh>("Tanh()");
  check_shape_errors<Sigmoid>("Sigmoid()");
  check_shape_errors<Softmax>("Softmax()");
  check_shape_errors<LogSoftmax>("LogSoftmax()");
  check_shape_errors<Identity>("Identity()");
}

TEST_CASE_TEMPLATE("a NaN stays a NaN in every place of a row", T, float, double) {
  for (Index where = 0; where < 9; ++where) {
    CAPTURE(where);
    Matrix<T> x = Matrix<T>::Constant(1, 9, T(0.5));
    x(0, where) = not_a_number<T>;
    for (const Matrix<T>& y : {forward(ReLU(), x), forward(Tanh(), x), forward(Sigmoid(), x), forward(Identity(), x)})
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

TEST_CASE("a batch may be empty") {
  const Matrix<float> none(0, 4);
  CHECK(forward(ReLU(), none).rows() == 0);
  CHECK(forward(Softmax(), none).rows() == 0);
  CHECK(backward(LogSoftmax(), none, none).rows() == 0);
}
