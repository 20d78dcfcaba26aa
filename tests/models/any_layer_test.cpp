// SPDX-License-Identifier: MIT
#include <mlp/models/any_layer.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <mlp/layers/linear.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/layers/tanh.hpp>
#include <mlp/testing/check_gradients.hpp>

#include "models/user_layers.hpp"
#include "support/bits.hpp"

using namespace mlp;
using mlp::testing::bitwise_equal;

namespace {

/// Its backward replaces the memory of the gradient by another block instead of writing into it.
class Mover {
 public:
  struct Cache {};
  std::string describe() const { return "Mover()"; }
  Shape output_shape(Shape input) const { return input; }
  void forward(ConstMatrixView<float> x, MatrixView<float> y, Cache&) const { y.array() = w_(0, 0) * x.array(); }
  void backward(ConstMatrixView<float> x, ConstMatrixView<float>, ConstMatrixView<float> dy, Cache&, Mover& grad,
                MatrixView<float>) const {
    Matrix<float> fresh = Matrix<float>::Constant(1, 1, (dy.array() * x.array()).sum());
    grad.w_ = std::move(fresh);
  }
  template <class F, class... Layers>
  static void visit_parameters(F&& f, Layers&... layers) {
    f(ParameterName{"w"}, view(layers.w_)...);
  }

 private:
  Matrix<float> w_ = Matrix<float>::Ones(1, 1);
};

}  // namespace

TEST_CASE("any layer does what the layer inside does") {
  Rng rng(3);
  const Linear<double> linear(3, 2, rng);
  const AnyLayer<double> any = linear;
  CHECK(any.describe() == "Linear(3 -> 2)");
  CHECK(any.in_features() == 3);
  CHECK(any.output_shape({5, 3}) == Shape{5, 2});
  CHECK(AnyLayer<double>(ReLU()).in_features() == dynamic);
  CHECK(parameter_count(any) == 8);
  const Matrix<double> x = Matrix<double>::Random(5, 3);
  CHECK(testing::check_gradients(any, x));
  CHECK(testing::check_gradients(AnyLayer<double>(testing::Scale<double>(0.3)), x));

  Matrix<double> y(5, 2), expected(5, 2);
  AnyLayer<double>::Cache cache;
  Linear<double>::Cache own;
  any.forward(x, view(y), cache);
  linear.forward(x, view(expected), own);
  CHECK(bitwise_equal(y, expected));
}

TEST_CASE("copies of any layer are deep") {
  Rng rng(3);
  AnyLayer<float> layer = Linear(3, 2, rng);
  AnyLayer<float> copy = layer;
  set_zero(copy);
  float sum = 0;
  AnyLayer<float>::visit_parameters(
      [&](const ParameterName&, ConstMatrixView<float> w) { sum += w.array().abs().sum(); }, layer);
  CHECK(sum > 0);
  layer = copy;
  sum = 0;
  AnyLayer<float>::visit_parameters(
      [&](const ParameterName&, ConstMatrixView<float> w) { sum += w.array().abs().sum(); }, layer);
  CHECK(sum == 0);
}

TEST_CASE("a layer whose parameters move in memory is still read and written where they are") {
  const AnyLayer<float> layer = Mover();
  AnyLayer<float> grad = layer;
  AnyLayer<float>::Cache cache;
  const Matrix<float> x = Matrix<float>::Constant(2, 3, 2);
  Matrix<float> y(2, 3);
  layer.forward(x, view(y), cache);
  for (const float d : {1.0f, 10.0f}) {
    const Matrix<float> dy = Matrix<float>::Constant(2, 3, d);
    layer.backward(x, y, dy, cache, grad, {});
    AnyLayer<float>::visit_parameters(
        [&](const ParameterName& name, ConstMatrixView<float> g, ConstMatrixView<float> w) {
          CHECK(name.str() == "w");
          CHECK(g(0, 0) == 12 * d);
          CHECK(w(0, 0) == 1);
        },
        grad, layer);
  }
}

TEST_CASE("a cache that another type of layer has left is replaced") {
  const Matrix<float> x = Matrix<float>::Constant(2, 3, 2), dy = Matrix<float>::Ones(2, 3);
  Matrix<float> y(2, 3), dx(2, 3);
  AnyLayer<float>::Cache cache;
  const AnyLayer<float> tanh = Tanh();
  tanh.forward(x, view(y), cache);
  const AnyLayer<float> scale = testing::Scale<float>(3);
  AnyLayer<float> grad = scale;
  scale.forward(x, view(y), cache);
  scale.backward(x, y, dy, cache, grad, view(dx));
  CHECK(dx == Matrix<float>::Constant(2, 3, 3));
}

TEST_CASE("layers of different types do not go side by side") {
  AnyLayer<float> linear = Linear(3, 3), relu = ReLU();
  AnyLayer<float>::Cache cache;
  const Matrix<float> x = Matrix<float>::Zero(2, 3);
  Matrix<float> y(2, 3);
  linear.forward(x, view(y), cache);
  CHECK_THROWS_WITH_AS(linear.backward(x, y, y, cache, relu, {}),
                       "mlp::Linear(3 -> 3): expected a gradient of the same type, got ReLU()", ValueError);
  const auto nothing = [](const ParameterName&, auto, auto) {};
  CHECK_THROWS_WITH_AS(AnyLayer<float>::visit_parameters(nothing, linear, relu),
                       "mlp::Linear(3 -> 3): has no counterpart in ReLU()", ValueError);
}
