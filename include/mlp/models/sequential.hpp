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
requires requires {
  typename First::Scalar;
}
struct FirstScalar<First, Rest...> {
  using type = typename First::Scalar;
};

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

  static_assert((Layer<Layers, Scalar> && ...), "mlp::Sequential: a type does not satisfy the concept mlp::Layer");
  static_assert(detail::extents_meet<Layers...>(),
                "mlp::Sequential: a layer's in_features is not the out_features of the layer before it");

  /// What lies between the layers, and what each of them remembers.
  struct Cache {
    std::array<Buffer<Scalar>, depth> activations;  ///< [i]: the output of layer i; the last is the caller's
    std::array<Buffer<Scalar>, 2> deltas;           ///< dL/d(activation), in turns
    std::tuple<typename Layers::Cache...> layers;
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

  void forward(ConstMatrixView<Scalar> x, MatrixView<Scalar> y, Cache& cache) const {
    each([&]<std::size_t I>() {
      const ConstMatrixView<Scalar> in = input<I>(x, cache);
      const auto& layer = std::get<I>(layers_);
      if constexpr (I + 1 == depth)
        layer.forward(in, y, std::get<I>(cache.layers));
      else
        layer.forward(in, cache.activations[I].resize(layer.output_shape(in.shape())), std::get<I>(cache.layers));
    });
  }

  /// @throws ShapeError as a layer does, before any of them writes
  void backward(ConstMatrixView<Scalar> x, ConstMatrixView<Scalar> y, ConstMatrixView<Scalar> dy, Cache& cache,
                Sequential& grad, MatrixView<Scalar> dx) const {
    check_backward(*this, x, y, dy, dx);
    ConstMatrixView<Scalar> delta = dy;
    each([&]<std::size_t Step>() {
      constexpr std::size_t I = depth - 1 - Step;
      const ConstMatrixView<Scalar> in = input<I>(x, cache);
      const ConstMatrixView<Scalar> out = I + 1 == depth ? y : cache.activations[I].view();
      const MatrixView<Scalar> previous = I == 0 ? dx : cache.deltas[I % 2].resize(in.shape());
      std::get<I>(layers_).backward(in, out, delta, std::get<I>(cache.layers), std::get<I>(grad.layers_), previous);
      delta = previous;
    });
  }

  /// f(x) for every row of x: [n, in] -> [n, out]. Safe from any number of threads. @throws ShapeError
  Matrix<Scalar> predict(ConstMatrixView<Scalar> x) const { return predict_in_chunks(*this, x); }

  template <class F, class... Models>
  static void visit_parameters(F&& f, Models&... models) {
    each([&]<std::size_t I>() {
      const auto named = [&](const ParameterName& name, auto... views) {
        f(ParameterName{{}, static_cast<Index>(I), &name}, views...);
      };
      std::tuple_element_t<I, std::tuple<Layers...>>::visit_parameters(named, std::get<I>(models.layers_)...);
    });
  }

 private:
  /// Calls `f.operator()<0>()`, `<1>` ... in order.
  template <class F>
  static void each(F&& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f.template operator()<I>(), ...);
    }
    (std::make_index_sequence<depth>{});
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
      using L = std::tuple_element_t<I, std::tuple<Layers...>>;
      if constexpr (!std::is_base_of_v<ShapePreserving, L>) shape = shape_after(std::get<I>(layers_), shape);
    });
  }

  std::tuple<Layers...> layers_;
};

}  // namespace mlp
