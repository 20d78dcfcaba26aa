// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>

#include <mlp/core/error.hpp>
#include <mlp/core/parameter.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/activation.hpp>
#include <mlp/math/elementwise.hpp>
#include <mlp/math/update.hpp>

namespace mlp {

class Rng;

/// A forward that is part of a training, not of a prediction: dropout drops, and statistics are those of the batch.
struct Training {
  Rng* rng = nullptr;  ///< what is drawn from; a layer that draws throws ValueError where there is none
};

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
/// Rows of a view lie `stride()` elements apart, which may be more than they have columns: between layers of a model
/// they may begin at lines of the cache.
///
/// A layer that does something else in training (Dropout, BatchNorm1d) also has
///
///     layer.forward(x, y, cache, training)            // of which `backward` is then the derivative
///
/// A layer with parameters names their type, `L::Scalar`. One whose input has a width of its own may tell it, by
/// `layer.in_features()`: then a model compares it with the layer before when it is made, not first when it runs.
///
/// `L::Cache` is what forward must remember beyond x and y; the tape owns it. `grad` is a layer of the same type, whose
/// parameters are overwritten. `dx` is the view of nothing, `if (dx)` false, where nobody reads it. Layers are values:
/// copies are equal and independent. examples/custom_layer.cpp writes one; mlp::testing::check_gradients finds what is
/// wrong in it.
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

/// The base of layers without parameters whose output has the shape of their input: ReLU, Tanh, Softmax ...
struct ShapePreserving {
  struct Cache {};

  Shape output_shape(Shape input) const { return input; }

  template <class F, class... Layers>
  static void visit_parameters(F&&, Layers&...) {}
};

// What a layer may do besides, so that its neighbours save a pass over memory. Models use it where it is there and get
// the same numbers without it (a step of large batches but for roundings: optim/optimizer.hpp).
//
//   L::activation                                             an element-wise function without parameters whose
//                                                             derivative follows from y alone: ReLU, Tanh, Sigmoid
//   layer.forward(x, y, cache, activation)                    y = f(what forward gives)
//   layer.backward(x, y, dy, cache, grad, dx, update)         writes grad as `update` says, after dx: grad may be the
//                                                             layer itself
//   layer.backward(x, y, dy, cache, grad, dx, update, before) dx times f'(x), x = f(...) the output of the activation
//                                                             `before`
namespace detail {

template <class L, class T>
concept TrainsDifferently = requires(const L layer, typename L::Cache cache, ConstMatrixView<T> x, MatrixView<T> y,
                                     const Training& training) { layer.forward(x, y, cache, training); };

/// Forward of a layer whether it is another one in training or not; without a `training` that of a prediction.
template <class T, class L>
void forward(const L& layer, ConstMatrixView<T> x, MatrixView<T> y, typename L::Cache& cache) {
  layer.forward(x, y, cache);
}
template <class T, class L>
void forward(const L& layer, ConstMatrixView<T> x, MatrixView<T> y, typename L::Cache& cache,
             const Training& training) {
  if constexpr (TrainsDifferently<L, T>)
    layer.forward(x, y, cache, training);
  else
    layer.forward(x, y, cache);
}

template <class L>
concept ElementWise = requires { { L::activation } -> std::convertible_to<Activation>; };

template <class L, class T>
concept FusesActivation = requires(const L layer, L grad, typename L::Cache cache, ConstMatrixView<T> x,
                                   MatrixView<T> y, Update<T> update, Activation f) {
  layer.forward(x, y, cache, f);
  layer.backward(x, x, x, cache, grad, y, update, f);
};

template <class L, class T>
concept UpdatesGradient = requires(const L layer, L grad, typename L::Cache cache, ConstMatrixView<T> x,
                                   MatrixView<T> y, Update<T> update) {
  layer.backward(x, x, x, cache, grad, y, update);
};

/// Whether a layer never needs a gradient of its own to update another one.
template <class L>
concept UpdatesInPlace = std::is_base_of_v<ShapePreserving, L> || UpdatesGradient<L, typename L::Scalar>;

/// The cache of a layer in a model, and a gradient of its own where it cannot update one.
template <class L>
struct LayerCache {
  typename L::Cache own;
  std::optional<L> gradient;
};
template <UpdatesInPlace L>
struct LayerCache<L> {
  typename L::Cache own;
};

/// Backward with an update of the gradient, whether the layer knows how to or not. `grad` may be `layer`.
template <class T, class L>
void backward(const L& layer, ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, LayerCache<L>& cache,
              L& grad, MatrixView<T> dx, Update<T> update) {
  if constexpr (UpdatesGradient<L, T>) {
    layer.backward(x, y, dy, cache.own, grad, dx, update);
  } else if constexpr (UpdatesInPlace<L>) {
    layer.backward(x, y, dy, cache.own, grad, dx);
  } else if (update.is_plain()) {
    layer.backward(x, y, dy, cache.own, grad, dx);
  } else {
    if (!cache.gradient) cache.gradient.emplace(layer);
    layer.backward(x, y, dy, cache.own, *cache.gradient, dx);
    L::visit_parameters(
        [&](const ParameterName& name, MatrixView<T> g, ConstMatrixView<T> dw) {
          mlp::update<T>(g, name.leaf().statistic ? Update<T>{} : update, dw);
        },
        grad, *cache.gradient);
  }
}

}  // namespace detail

/// What `output_shape` of a layer of `in_features()` checks first.
/// @throws ShapeError `mlp::Linear(9 -> 64): expected input [batch, 9], got [32, 10]`
// Inlined, as the calls took 2 % of the step of a small network.
template <class L>
[[gnu::always_inline]] inline void check_input(const L& layer, Shape input) {
  if (input.cols != layer.in_features())
    throw ShapeError::expected(layer.describe(), "input", {dynamic, layer.in_features()}, input);
}

/// What a layer checks before it reads or writes anything: two views compared, no text made unless they differ.
/// @throws ShapeError `mlp::ReLU(): expected output [32, 10], got [32, 9]`
template <class L, class T>
void check_forward(const L& layer, ConstMatrixView<T> x, MatrixView<T> y) {
  const Shape output = layer.output_shape(x.shape());
  if (y.shape() != output) throw ShapeError::expected(layer.describe(), "output", output, y.shape());
}

namespace detail {
// Apart from the comparisons, which are compiled for each layer.
[[noreturn, gnu::cold]] inline void throw_backward_shape(const std::string& layer, Shape output, Shape input, Shape y,
                                                         Shape dy, Shape dx) {
  if (y != output) throw ShapeError::expected(layer, "output", output, y);
  if (dy != output) throw ShapeError::expected(layer, "output gradient", output, dy);
  throw ShapeError::expected(layer, "input gradient", input, dx);
}
}  // namespace detail

/// @throws ShapeError `mlp::ReLU(): expected output gradient [32, 10], got [32, 9]`; `dx` may be the view of nothing.
template <class L, class T>
void check_backward(const L& layer, ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy,
                    MatrixView<T> dx) {
  const Shape output = layer.output_shape(x.shape());
  if (y.shape() != output || dy.shape() != output || (dx && dx.shape() != x.shape()))
    detail::throw_backward_shape(layer.describe(), output, x.shape(), y.shape(), dy.shape(), dx.shape());
}

}  // namespace mlp
