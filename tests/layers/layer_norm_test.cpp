// SPDX-License-Identifier: MIT
#include <mlp/layers/layer_norm.hpp>

#include <doctest/doctest.h>

#include <concepts>
#include <limits>
#include <string>
#include <vector>

#include <mlp/math/rng.hpp>
#include <mlp/testing/check_gradients.hpp>

#include "support/bits.hpp"

using namespace mlp;

namespace {

template <class T>
Matrix<T> random(Index rows, Index cols, std::uint64_t seed) {
  Rng rng(seed);
  Matrix<T> m(rows, cols);
  for (Index i = 0; i < m.size(); ++i) m.data()[i] = static_cast<T>(rng.uniform(-2.0, 2.0));
  return m;
}

template <class T>
LayerNorm<T> random_layer(Index features) {
  LayerNorm<T> layer(features);
  layer.weight().matrix() = random<T>(1, features, 1);
  layer.bias().matrix() = random<T>(1, features, 2);
  return layer;
}

}  // namespace

TEST_CASE("LayerNorm gives each row mean 0 and variance 1, then weight and bias") {
  LayerNorm<double> layer(4, 0);
  layer.weight().matrix() << 1, 1, 2, -1;
  layer.bias().matrix() << 0, 0, 10, 0;
  Matrix<double> x(2, 4), y(2, 4), expected(2, 4);
  x << 1, 3, 1, 3, -10, 10, -10, 10;  // mean 2 and deviation 1, mean 0 and deviation 10
  expected << -1, 1, 8, -1, -1, 1, 8, -1;
  LayerNorm<double>::Cache cache;
  layer.forward(x, view(y), cache);
  CHECK(y == expected);
  CHECK(cache.statistics.view().matrix() == (Matrix<double>(2, 2) << 2, 1, 0, 0.1).finished());
}

TEST_CASE("a new LayerNorm has weight 1, bias 0 and eps 1e-5") {
  const LayerNorm layer(3);
  static_assert(std::same_as<decltype(LayerNorm(3)), LayerNorm<float>>);
  CHECK(layer.weight().matrix() == Matrix<float>::Ones(1, 3));
  CHECK(layer.bias().matrix() == Matrix<float>::Zero(1, 3));
  CHECK(layer.eps() == 1e-5);
}

TEST_CASE("the gradients of LayerNorm are right in batches of one, of more than a block, and in odd sizes") {
  for (const Index batch : {1, 2, 7, 65})
    for (const Index features : {1, 2, 3, 8, 13, 33}) {
      if (batch * features > 500) continue;
      CAPTURE(batch);
      CAPTURE(features);
      CHECK(testing::check_gradients(random_layer<double>(features), random<double>(batch, features, 3)));
    }
}

TEST_CASE("LayerNorm says what it is") {
  const LayerNorm layer(128);
  CHECK(layer.describe() == "LayerNorm(128, eps 1e-05)");
  CHECK(LayerNorm(2, 1.0 / 3).describe() == "LayerNorm(2, eps 0.3333333333333333)");
  CHECK(layer.in_features() == 128);
  CHECK(layer.output_shape({32, 128}) == Shape{32, 128});
  CHECK(parameter_count(layer) == 256);
  std::vector<std::string> names;
  LayerNorm<float>::visit_parameters(
      [&](const ParameterName& name, ConstMatrixView<float> value) {
        names.push_back(name.str());
        CHECK(value.shape() == Shape{1, 128});
        CHECK(name.leaf().dimensions == 1);
      },
      layer);
  CHECK(names == std::vector<std::string>{"weight", "bias"});
}

TEST_CASE("LayerNorm refuses sizes and eps that make no sense") {
  CHECK_THROWS_WITH_AS(LayerNorm(0), "mlp::LayerNorm: features must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(LayerNorm(3, -1), "mlp::LayerNorm: eps must be at least 0 and finite, got -1", ValueError);
  CHECK_THROWS_WITH_AS(LayerNorm(3, std::numeric_limits<double>::infinity()),
                       "mlp::LayerNorm: eps must be at least 0 and finite, got inf", ValueError);
}

TEST_CASE("LayerNorm refuses shapes that do not meet, and a backward without its forward") {
  const LayerNorm<double> layer(9);
  LayerNorm<double> grad = layer;
  LayerNorm<double>::Cache cache;
  Matrix<double> x(32, 9), wide(32, 10), y(32, 9), low(31, 9);
  x.setZero();
  y.setZero();
  CHECK_THROWS_WITH_AS(layer.output_shape({32, 10}),
                       "mlp::LayerNorm(9, eps 1e-05): expected input [batch, 9], got [32, 10]", ShapeError);
  CHECK_THROWS_WITH_AS(layer.forward(wide, view(y), cache),
                       "mlp::LayerNorm(9, eps 1e-05): expected input [batch, 9], got [32, 10]", ShapeError);
  CHECK_THROWS_WITH_AS(layer.forward(x, view(low), cache),
                       "mlp::LayerNorm(9, eps 1e-05): expected output [32, 9], got [31, 9]", ShapeError);
  CHECK_THROWS_WITH_AS(layer.backward(x, y, low, cache, grad, {}),
                       "mlp::LayerNorm(9, eps 1e-05): expected output gradient [32, 9], got [31, 9]", ShapeError);
  CHECK_THROWS_WITH_AS(layer.backward(x, y, y, cache, grad, view(wide)),
                       "mlp::LayerNorm(9, eps 1e-05): expected input gradient [32, 9], got [32, 10]", ShapeError);
  CHECK_THROWS_WITH_AS(layer.backward(x, y, y, cache, grad, {}),
                       "mlp::LayerNorm(9, eps 1e-05): expected statistics of the forward [32, 2], got [0, 0]",
                       ShapeError);
  CHECK(grad.weight().matrix() == layer.weight().matrix());
}

TEST_CASE("LayerNorm refuses a backward of another batch than its forward") {
  const LayerNorm<float> layer(4);
  LayerNorm<float> grad = layer;
  LayerNorm<float>::Cache cache;
  Matrix<float> x = Matrix<float>::Random(5, 4), y(5, 4), dx(5, 4);
  layer.forward(ConstMatrixView<float>(x).rows(0, 3), view(y).rows(0, 3), cache);
  CHECK_THROWS_WITH_AS(layer.backward(x, y, y, cache, grad, view(dx)),
                       "mlp::LayerNorm(4, eps 1e-05): expected statistics of the forward [5, 2], got [3, 2]",
                       ShapeError);
}

TEST_CASE_TEMPLATE("LayerNorm reads and writes rows that have a stride, and nothing beside them", T, float, double) {
  const Index batch = 37, features = 19;
  const LayerNorm<T> layer = random_layer<T>(features);
  Matrix<T> all_x = random<T>(batch + 1, features + 4, 5), all_dy = random<T>(batch + 1, features + 3, 6);
  const auto inside = [&](auto& m) { return MatrixView<T>(&m(1, 2), batch, features, m.cols()); };
  const auto run = [&](ConstMatrixView<T> x, ConstMatrixView<T> dy, MatrixView<T> y, MatrixView<T> dx) {
    typename LayerNorm<T>::Cache cache;
    LayerNorm<T> grad = layer;
    layer.forward(x, y, cache);
    layer.backward(x, ConstMatrixView<T>(y), dy, cache, grad, dx);
    return grad;
  };
  const Matrix<T> x = inside(all_x).matrix(), dy = inside(all_dy).matrix();
  Matrix<T> y(batch, features), dx(batch, features);
  Matrix<T> all_y = Matrix<T>::Constant(batch + 1, features + 5, T(77)), all_dx = all_y;
  const LayerNorm<T> plain = run(x, dy, view(y), view(dx));
  const LayerNorm<T> strided = run(inside(all_x), inside(all_dy), inside(all_y), inside(all_dx));
  CHECK(testing::bitwise_equal(inside(all_y), y));
  CHECK(testing::bitwise_equal(inside(all_dx), dx));
  CHECK(testing::bitwise_equal(strided.weight(), plain.weight()));
  CHECK(testing::bitwise_equal(strided.bias(), plain.bias()));
  for (Matrix<T>* const all : {&all_y, &all_dx}) {
    inside(*all).array() = T(77);
    CHECK((all->array() == T(77)).all());
  }
}

TEST_CASE_TEMPLATE("a gradient of LayerNorm may go right into the weights, and dx is that of the weights before", T,
                   float, double) {
  const Index batch = 70, features = 13;
  const LayerNorm<T> layer = random_layer<T>(features);
  const Matrix<T> x = random<T>(batch, features, 7), dy = random<T>(batch, features, 8);
  Matrix<T> y(batch, features), dx(batch, features), dx_plain(batch, features);
  typename LayerNorm<T>::Cache cache;
  LayerNorm<T> grad = layer, moved = layer;
  layer.forward(x, view(y), cache);
  layer.backward(x, y, dy, cache, grad, view(dx_plain));
  const Update<T> step{T(-0.125), 1, T(0.5)};
  moved.backward(x, y, dy, cache, moved, view(dx), step);
  CHECK(testing::bitwise_equal(dx, dx_plain));
  const Matrix<T> weight =
      layer.weight().array() - T(0.125) * (grad.weight().array() + T(0.5) * layer.weight().array());
  const Matrix<T> bias = layer.bias().array() - T(0.125) * (grad.bias().array() + T(0.5) * layer.bias().array());
  const T near = 8 * std::numeric_limits<T>::epsilon();
  CHECK((moved.weight().matrix() - weight).cwiseAbs().maxCoeff() <= near * weight.cwiseAbs().maxCoeff());
  CHECK((moved.bias().matrix() - bias).cwiseAbs().maxCoeff() <= near * bias.cwiseAbs().maxCoeff());
}

TEST_CASE("a batch may be empty, and its gradient is 0") {
  const LayerNorm<float> layer(5);
  LayerNorm<float> grad = layer;
  LayerNorm<float>::Cache cache;
  Matrix<float> none(0, 5), y(0, 5), dx(0, 5);
  layer.forward(none, view(y), cache);
  layer.backward(none, y, y, cache, grad, view(dx));
  CHECK(grad.weight().matrix() == Matrix<float>::Zero(1, 5));
  CHECK(grad.bias().matrix() == Matrix<float>::Zero(1, 5));
}
