// SPDX-License-Identifier: MIT
#include <mlp/layers/linear.hpp>

#include <doctest/doctest.h>

#include <concepts>
#include <string>
#include <type_traits>
#include <vector>

#include <mlp/testing/check_gradients.hpp>

#include "support/bits.hpp"

using namespace mlp;

TEST_CASE("Linear computes y = x W^T + b") {
  Linear<double> layer(2, 3);
  layer.weight().matrix() << 1, 2, 3, 4, 5, 6;
  layer.bias().matrix() << 10, 20, 30;
  Matrix<double> x(2, 2), y(2, 3), expected(2, 3);
  x << 1, -1, 0.5, 2;
  expected << 9, 19, 29, 14.5, 29.5, 44.5;
  Linear<double>::Cache cache;
  layer.forward(x, view(y), cache);
  CHECK(y == expected);
}

TEST_CASE("the gradients of Linear are right in batches of one and in odd sizes") {
  Rng rng(5);
  for (const Index batch : {1, 2, 7})
    for (const Index in : {1, 3, 8})
      for (const Index out : {1, 2, 5}) {
        Matrix<double> x(batch, in);
        for (Index i = 0; i < x.size(); ++i) x.data()[i] = rng.uniform(-2.0, 2.0);
        CHECK(testing::check_gradients(Linear<double>(in, out, rng), x));
      }
}

TEST_CASE("a new Linear is zero, or has initial values where it is given a random stream") {
  const Linear<double> zero(3, 2);
  CHECK(zero.weight().array().abs().sum() == 0);
  CHECK(zero.bias().array().abs().sum() == 0);
  Rng rng(1);
  const Linear<double> layer(3, 2, rng);
  CHECK(layer.weight().array().abs().minCoeff() > 0);
  CHECK(layer.weight().array().abs().maxCoeff() <= 1 / std::sqrt(3.0));
  CHECK(layer.bias().array().abs().minCoeff() > 0);
}

TEST_CASE("sizes in the type and sizes at run time make one and the same layer") {
  Rng a(59), b(59);
  const Linear<float, 9, 4> fixed(a);
  const Linear<float> free(9, 4, b);
  CHECK(testing::bitwise_equal(fixed.weight(), free.weight()));
  CHECK(testing::bitwise_equal(fixed.bias(), free.bias()));
  CHECK(fixed.describe() == free.describe());
  CHECK(a == b);
  const Linear<float, dynamic, 4> half(9, 4);
  CHECK(half.in_features() == 9);
  static_assert(std::is_default_constructible_v<Linear<float, 9, 4>>);
  static_assert(!std::is_default_constructible_v<Linear<float, 9>>);
  static_assert(!std::is_default_constructible_v<Linear<float>>);
  static_assert(std::same_as<decltype(Linear(9, 4)), Linear<float>>);
}

TEST_CASE("Linear says what it is") {
  const Linear layer(9, 64);
  CHECK(layer.describe() == "Linear(9 -> 64)");
  CHECK(layer.in_features() == 9);
  CHECK(layer.out_features() == 64);
  CHECK(layer.output_shape({32, 9}) == Shape{32, 64});
  CHECK(parameter_count(layer) == 640);
  std::vector<std::string> names;
  std::vector<Shape> shapes;
  Linear<float>::visit_parameters(
      [&](const ParameterName& name, ConstMatrixView<float> value) {
        names.push_back(name.str());
        shapes.push_back(value.shape());
      },
      layer);
  CHECK(names == std::vector<std::string>{"weight", "bias"});
  CHECK(shapes == std::vector<Shape>{{64, 9}, {1, 64}});
}

TEST_CASE("copies of a Linear are equal and independent") {
  Rng rng(1);
  Linear<float> layer(3, 2, rng);
  Linear<float> copy = layer;
  CHECK(testing::bitwise_equal(copy.weight(), layer.weight()));
  const float before = layer.weight()(1, 2);
  copy.weight()(1, 2) += 1;
  CHECK(layer.weight()(1, 2) == before);
}

TEST_CASE("Linear refuses sizes below 1 and sizes that are not those of its type") {
  CHECK_THROWS_WITH_AS(Linear(0, 4), "mlp::Linear: in_features must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(Linear(4, -1), "mlp::Linear: out_features must be at least 1, got -1", ValueError);
  CHECK_THROWS_WITH_AS((Linear<float, 9, 4>(8, 4)), "mlp::Linear: in_features must be 9, got 8", ValueError);
  CHECK_THROWS_WITH_AS((Linear<float, 9, 4>(9, 5)), "mlp::Linear: out_features must be 4, got 5", ValueError);
}

TEST_CASE("Linear refuses shapes that do not meet before it writes anything") {
  const Linear<double> layer(9, 64);
  Linear<double> grad = layer;
  Linear<double>::Cache cache;
  Matrix<double> x(32, 9), wide(32, 10), y(32, 64), low(31, 64);
  CHECK_THROWS_WITH_AS(layer.output_shape({32, 10}), "mlp::Linear(9 -> 64): expected input [batch, 9], got [32, 10]",
                       ShapeError);
  CHECK_THROWS_WITH_AS(layer.forward(wide, view(y), cache),
                       "mlp::Linear(9 -> 64): expected input [batch, 9], got [32, 10]", ShapeError);
  CHECK_THROWS_WITH_AS(layer.forward(x, view(low), cache),
                       "mlp::Linear(9 -> 64): expected output [32, 64], got [31, 64]", ShapeError);
  CHECK_THROWS_WITH_AS(layer.backward(wide, y, y, cache, grad, {}),
                       "mlp::Linear(9 -> 64): expected input [batch, 9], got [32, 10]", ShapeError);
  CHECK_THROWS_WITH_AS(layer.backward(x, low, y, cache, grad, {}),
                       "mlp::Linear(9 -> 64): expected output [32, 64], got [31, 64]", ShapeError);
  CHECK_THROWS_WITH_AS(layer.backward(x, y, low, cache, grad, {}),
                       "mlp::Linear(9 -> 64): expected output gradient [32, 64], got [31, 64]", ShapeError);
  CHECK_THROWS_WITH_AS(layer.backward(x, y, y, cache, grad, view(wide)),
                       "mlp::Linear(9 -> 64): expected input gradient [32, 9], got [32, 10]", ShapeError);
}
