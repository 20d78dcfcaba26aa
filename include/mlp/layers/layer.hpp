// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <string>

#include <mlp/core/error.hpp>
#include <mlp/core/parameter.hpp>
#include <mlp/core/view.hpp>

namespace mlp {

namespace detail {
/// Stands for any visitor of parameters.
struct AnyVisitor {
  template <class... Views>
  void operator()(const ParameterName&, Views...) const {}
};
}  // namespace detail

/// What every layer is: weights and two equations.
///
///     layer.output_shape(Shape{batch, in})            // the shape of y, or ShapeError
///     layer.forward(x, y, cache)                      // y = f(x)
///     layer.backward(x, y, dy, cache, grad, dx)       // dL/dw into `grad`, dL/dx into `dx`
///     L::visit_parameters(f, a, b, ...)               // f(name, view of a's, view of b's, ...) for each parameter
///     layer.describe()                                // "Linear(9 -> 64)"
///
/// `L::Cache` is what forward must remember beyond x and y; the tape owns it. `grad` is a layer of the same type, whose
/// parameters are overwritten. `dx` is the view of nothing where nobody reads it. Layers are values: copies are equal
/// and independent. examples/custom_layer.cpp writes one; mlp::testing::check_gradients finds what is wrong in it.
template <class L, class T>
concept Layer = std::copyable<L> && std::default_initializable<typename L::Cache> &&
                requires(const L layer, L grad, typename L::Cache cache, ConstMatrixView<T> x, MatrixView<T> y) {
                  { layer.output_shape(Shape{}) } -> std::same_as<Shape>;
                  { layer.describe() } -> std::convertible_to<std::string>;
                  layer.forward(x, y, cache);
                  layer.backward(x, ConstMatrixView<T>(y), ConstMatrixView<T>(y), cache, grad, y);
                  L::visit_parameters(detail::AnyVisitor{}, layer);
                  L::visit_parameters(detail::AnyVisitor{}, grad, layer);
                };

/// What a layer checks before it reads or writes anything: two views compared, no text made unless they differ.
/// @throws ShapeError `mlp::ReLU(): expected output [32, 10], got [32, 9]`
template <class L, class T>
void check_forward(const L& layer, ConstMatrixView<T> x, MatrixView<T> y) {
  const Shape output = layer.output_shape(x.shape());
  if (y.shape() != output) throw ShapeError::expected(layer.describe(), "output", output, y.shape());
}
/// @throws ShapeError `mlp::ReLU(): expected output gradient [32, 10], got [32, 9]`; `dx` may be the view of nothing.
template <class L, class T>
void check_backward(const L& layer, ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy,
                    MatrixView<T> dx) {
  const Shape output = layer.output_shape(x.shape());
  if (y.shape() != output) throw ShapeError::expected(layer.describe(), "output", output, y.shape());
  if (dy.shape() != output) throw ShapeError::expected(layer.describe(), "output gradient", output, dy.shape());
  if (dx && dx.shape() != x.shape())
    throw ShapeError::expected(layer.describe(), "input gradient", x.shape(), dx.shape());
}

/// The base of layers without parameters whose output has the shape of their input: ReLU, Tanh, Softmax ...
struct ShapePreserving {
  struct Cache {};

  Shape output_shape(Shape input) const { return input; }

  template <class F, class... Layers>
  static void visit_parameters(F&&, Layers&...) {}
};

}  // namespace mlp
