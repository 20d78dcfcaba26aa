// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <mlp/core/buffer.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/models/model.hpp>

namespace mlp {

namespace detail {

/// The element type of the first layer that has one; float for a model of activations alone.
template <class... Layers>
struct FirstScalar {
  using type = float;
};
template <class First, class... Rest>
struct FirstScalar<First, Rest...> : FirstScalar<Rest...> {};
template <class First, class... Rest>
  requires requires { typename First::Scalar; }
struct FirstScalar<First, Rest...> {
  using type = typename First::Scalar;
};

/// Whether a layer has no numbers of its own, or numbers of this type.
template <class L, class T>
consteval bool has_numbers_of() {
  if constexpr (requires { typename L::Scalar; }) return std::is_same_v<typename L::Scalar, T>;
  return true;
}

/// The sizes a layer's type fixes; `dynamic` where it fixes none.
template <class L>
consteval Index in_extent() {
  if constexpr (requires { L::in_extent; }) return L::in_extent;
  return dynamic;
}
template <class L>
consteval Index out_extent(Index in) {
  if constexpr (requires { L::out_extent; }) return L::out_extent;
  return std::is_base_of_v<ShapePreserving, L> ? in : dynamic;
}
template <class... Layers>
consteval Index width_after() {
  Index width = dynamic;
  ((width = out_extent<Layers>(width)), ...);
  return width;
}
template <class... Layers>
consteval bool extents_meet() {
  Index width = dynamic;
  bool meet = true;
  ((meet = meet && (width == dynamic || in_extent<Layers>() == dynamic || width == in_extent<Layers>()),
    width = out_extent<Layers>(width)),
   ...);
  return meet;
}

}  // namespace detail

/// Layers one after the other, their types known to the compiler: y = f_n(... f_2(f_1(x))).
///
/// It is a layer itself, so it nests. Parameters are named as in torch.nn.Sequential: `0.weight`, `0.bias`, `2.weight`.
/// Sizes that cannot meet do not compile where the types fix them, and throw ShapeError here where they do not.
///
///     Rng rng(59);
///     Sequential net{Linear(9, 64, rng), ReLU(), Linear(64, 1, rng)};
///     Matrix<float> y = net.predict(x);             // [n, 9] -> [n, 1]
template <class... Layers>
class Sequential {
 public:
  using Scalar = typename detail::FirstScalar<Layers...>::type;
  static constexpr std::size_t depth = sizeof...(Layers);
  static constexpr Index in_extent = detail::in_extent<std::tuple_element_t<0, std::tuple<Layers...>>>();
  static constexpr Index out_extent = detail::width_after<Layers...>();

  static_assert((detail::has_numbers_of<Layers, Scalar>() && ...),
                "mlp::Sequential: layers of float and of double: beside Linear<double>, write BatchNorm1d<double>");
  static_assert((Layer<Layers, Scalar> && ...), "mlp::Sequential: a type does not satisfy the concept mlp::Layer");
  static_assert(detail::extents_meet<Layers...>(),
                "mlp::Sequential: a layer's in_features is not the out_features of the layer before it");

  /// What lies between the layers, and what each of them remembers.
  struct Cache {
    /// [i]: the output of layer i. The last is the caller's, and one that goes right into an activation is not kept.
    std::array<Buffer<Scalar>, depth> activations;
    std::array<Buffer<Scalar>, 2> deltas;  ///< dL/d(activation), in turns
    std::tuple<detail::LayerCache<Layers>...> layers;
  };

  /// @throws ShapeError if the output of a layer is not the input of the next.
  explicit Sequential(Layers... layers) : layers_(std::move(layers)...) { check_widths(); }

  static constexpr Index size() { return static_cast<Index>(depth); }
  template <std::size_t I>
  auto& get() {
    return std::get<I>(layers_);
  }
  template <std::size_t I>
  const auto& get() const {
    return std::get<I>(layers_);
  }
  /// Calls `f(i, layer)` for each layer in order.
  template <class F>
  void for_each_layer(F&& f) const {
    each([&]<std::size_t I>() { f(static_cast<Index>(I), std::get<I>(layers_)); });
  }

  /// The columns of x; `dynamic` where no layer fixes them.
  Index in_features() const {
    Index features = dynamic;
    for_each_layer([&](Index, const auto& layer) {
      if (features == dynamic) features = in_features_of(layer);
    });
    return features;
  }

  std::string describe() const { return describe_model("Sequential", *this); }

  Shape output_shape(Shape shape) const {
    for_each_layer([&](Index, const auto& layer) { shape = layer.output_shape(shape); });
    return shape;
  }

  void forward(ConstMatrixView<Scalar> x, MatrixView<Scalar> y, Cache& cache) const { run(x, y, cache); }
  void forward(ConstMatrixView<Scalar> x, MatrixView<Scalar> y, Cache& cache, const Training& training) const
    requires(detail::TrainsDifferently<Layers, Scalar> || ...)
  {
    run(x, y, cache, training);
  }

  /// @throws ShapeError as a layer does, before any of them writes
  void backward(ConstMatrixView<Scalar> x, ConstMatrixView<Scalar> y, ConstMatrixView<Scalar> dy, Cache& cache,
                Sequential& grad, MatrixView<Scalar> dx, Update<Scalar> update = {}) const {
    check_backward(*this, x, y, dy, dx);
    ConstMatrixView<Scalar> delta = dy;
    std::size_t turn = 0;
    each([&]<std::size_t Step>() {
      constexpr std::size_t I = depth - 1 - Step;
      if constexpr (!derives_previous<I + 1>()) {
        constexpr std::size_t last = output_of<I>();
        const ConstMatrixView<Scalar> out = last + 1 == depth ? y : cache.activations[last].view();
        const ConstMatrixView<Scalar> in = done_by_previous<I>() ? out : input<I>(x, cache);
        constexpr bool derives = derives_previous<I>();
        constexpr std::size_t first = derives ? I - 1 : I;
        const MatrixView<Scalar> previous = first == 0 ? dx : cache.deltas[turn++ % 2].resize_padded(in.shape());
        const auto& layer = std::get<I>(layers_);
        if constexpr (derives)
          layer.backward(in, out, delta, std::get<I>(cache.layers).own, std::get<I>(grad.layers_), previous, update,
                         LayerAt<first>::activation);
        else
          detail::backward<Scalar>(layer, in, out, delta, std::get<I>(cache.layers), std::get<I>(grad.layers_),
                                   previous, update);
        delta = previous;
      }
    });
  }

  /// f(x) for every row of x: [n, in] -> [n, out]. Safe from any number of threads. @throws ShapeError
  Matrix<Scalar> predict(ConstMatrixView<Scalar> x) const { return predict_in_chunks(*this, x); }

  template <class F, class... Models>
  static void visit_parameters(F&& f, Models&... models) {
    each([&]<std::size_t I>() {
      LayerAt<I>::visit_parameters(within(static_cast<Index>(I), f), std::get<I>(models.layers_)...);
    });
  }

 private:
  /// Calls `f.operator()<0>()`, `<1>` ... in order.
  template <class F>
  static void each(F&& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f.template operator()<I>(), ...);
    }(std::make_index_sequence<depth>{});
  }

  template <std::size_t I>
  using LayerAt = std::tuple_element_t<I, std::tuple<Layers...>>;

  /// Whether layer I is an activation that layer I - 1 applies to its own output.
  template <std::size_t I>
  static consteval bool done_by_previous() {
    if constexpr (I == 0 || I >= depth)
      return false;
    else
      return detail::ElementWise<LayerAt<I>> && detail::FusesActivation<LayerAt<I - 1>, Scalar>;
  }
  /// Whether layer I multiplies its dx by the derivative of the activation before it.
  template <std::size_t I>
  static consteval bool derives_previous() {
    if constexpr (I == 0 || I >= depth)
      return false;
    else
      return detail::ElementWise<LayerAt<I - 1>> && detail::FusesActivation<LayerAt<I>, Scalar>;
  }
  /// Which layer's output it is that layer I writes.
  template <std::size_t I>
  static consteval std::size_t output_of() {
    return done_by_previous<I + 1>() ? I + 1 : I;
  }

  template <class... Mode>
  void run(ConstMatrixView<Scalar> x, MatrixView<Scalar> y, Cache& cache, const Mode&... training) const {
    each([&]<std::size_t I>() {
      if constexpr (!done_by_previous<I>()) {
        const ConstMatrixView<Scalar> in = input<I>(x, cache);
        const auto& layer = std::get<I>(layers_);
        constexpr std::size_t last = output_of<I>();
        MatrixView<Scalar> out = y;
        if constexpr (last + 1 < depth) out = cache.activations[last].resize_padded(layer.output_shape(in.shape()));
        if constexpr (last > I)
          layer.forward(in, out, std::get<I>(cache.layers).own, LayerAt<last>::activation);
        else
          detail::forward<Scalar>(layer, in, out, std::get<I>(cache.layers).own, training...);
      }
    });
  }

  template <std::size_t I>
  static ConstMatrixView<Scalar> input(ConstMatrixView<Scalar> x, const Cache& cache) {
    if constexpr (I == 0)
      return x;
    else
      return cache.activations[I - 1].view();
  }

  void check_widths() const {
    Shape shape{dynamic, dynamic};
    each([&]<std::size_t I>() {
      if constexpr (!std::is_base_of_v<ShapePreserving, LayerAt<I>>) shape = shape_after(std::get<I>(layers_), shape);
    });
  }

  std::tuple<Layers...> layers_;
};

}  // namespace mlp
