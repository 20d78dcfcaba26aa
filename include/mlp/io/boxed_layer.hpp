// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include <mlp/models/any_layer.hpp>

namespace mlp::detail {

/// An AnyLayer as the block of a Residual or a PerToken. These are layers, too, and an AnyLayer can be made of any
/// layer, so with one inside the compiler would ask in a circle whether they can be copied.
template <class T>
class BoxedLayer {
 public:
  using Scalar = T;
  using Cache = typename AnyLayer<T>::Cache;

  template <std::same_as<AnyLayer<T>> Any>  // of no type that could become one
  explicit BoxedLayer(Any layer) : layer_(std::move(layer)) {}

  std::string describe() const { return layer_.describe(); }
  std::vector<std::string> parts() const { return layer_.parts(); }
  Index in_features() const { return layer_.in_features(); }
  Shape output_shape(Shape input) const { return layer_.output_shape(input); }
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const { layer_.forward(x, y, cache); }
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache, const Training& training) const {
    layer_.forward(x, y, cache, training);
  }
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, BoxedLayer& grad,
                MatrixView<T> dx, Update<T> update = {}) const {
    layer_.backward(x, y, dy, cache, grad.layer_, dx, update);
  }
  template <class F, class... Layers>
  static void visit_parameters(F&& f, Layers&... layers) {
    AnyLayer<T>::visit_parameters(f, layers.layer_...);
  }

 private:
  AnyLayer<T> layer_;
};

}  // namespace mlp::detail
