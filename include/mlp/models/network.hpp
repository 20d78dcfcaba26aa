// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include <mlp/core/buffer.hpp>
#include <mlp/models/any_layer.hpp>
#include <mlp/models/model.hpp>

namespace mlp {

/// Layers one after the other, chosen at run time: from a configuration, a file, a loop.
///
/// It does what `Sequential` does, with the same names, numbers, tape, losses and optimizers; it costs one virtual call
/// per layer and batch.
///
///     Network<float> net;
///     for (Index width : {64, 32}) net.add(Linear(features, width, rng)).add(ReLU()), features = width;
///     net.add(Linear(features, 1, rng));
template <class T = float>
class Network {
 public:
  using Scalar = T;

  struct Cache {
    std::vector<Buffer<T>> activations;
    std::array<Buffer<T>, 2> deltas;
    std::vector<typename AnyLayer<T>::Cache> layers;
  };

  Network() = default;

  /// @throws ShapeError if the output of a layer is not the input of the next.
  template <class... Layers>
    requires((sizeof...(Layers) > 1 || (!std::same_as<Layers, Network> && ...)) && (Layer<Layers, T> && ...))
  explicit Network(Layers... layers) {
    (add(std::move(layers)), ...);
  }

  /// Appends a layer. @throws ShapeError if it cannot follow the last one; the network is then as before.
  Network& add(AnyLayer<T> layer) {
    Shape shape = {dynamic, dynamic};
    for (const AnyLayer<T>& before : layers_) shape = shape_after(before, shape);
    shape_after(layer, shape);
    layers_.push_back(std::move(layer));
    return *this;
  }

  Index size() const { return static_cast<Index>(layers_.size()); }

  template <class F>
  void for_each_layer(F&& f) const {
    for (std::size_t i = 0; i < layers_.size(); ++i) f(static_cast<Index>(i), layers_[i]);
  }

  /// The columns of x; `dynamic` where no layer fixes them.
  Index in_features() const {
    for (const AnyLayer<T>& layer : layers_)
      if (layer.in_features() != dynamic) return layer.in_features();
    return dynamic;
  }

  std::string describe() const { return describe_model("Network", *this); }

  Shape output_shape(Shape shape) const {
    for (const AnyLayer<T>& layer : layers_) shape = layer.output_shape(shape);
    return shape;
  }

  /// @throws ValueError `mlp::Network: has no layers`
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const { run(x, y, cache, nullptr); }
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache, const Training& training) const {
    run(x, y, cache, &training);
  }

  /// @throws ShapeError as a layer does, ValueError `mlp::Network: has no layers`, `mlp::Network: backward needs a
  /// forward of this network first`, `mlp::Network: models side by side have different numbers of layers`: all before a
  /// layer writes
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, Network& grad,
                MatrixView<T> dx, Update<T> update = {}) const {
    check_not_empty();
    if (cache.layers.size() != layers_.size())
      throw ValueError("mlp::Network: backward needs a forward of this network first");
    check_same_depth(*this, grad);
    check_backward(*this, x, y, dy, dx);
    ConstMatrixView<T> delta = dy;
    std::size_t turn = 0;
    for (std::size_t i = layers_.size(); i-- > 0;) {
      if (derives_previous(i + 1)) continue;
      const std::size_t last = output_of(i);
      const ConstMatrixView<T> out = last + 1 == layers_.size() ? y : cache.activations[last].view();
      const ConstMatrixView<T> in = done_by_previous(i) ? out : input(i, x, cache);
      const bool derives = derives_previous(i);
      const std::size_t first = derives ? i - 1 : i;
      const MatrixView<T> previous = first == 0 ? dx : cache.deltas[turn++ % 2].resize_padded(in.shape());
      if (derives)
        layers_[i].fused_backward(in, out, delta, cache.layers[i], grad.layers_[i], previous, update,
                                  *layers_[first].activation());
      else
        layers_[i].backward(in, out, delta, cache.layers[i], grad.layers_[i], previous, update);
      delta = previous;
    }
  }

  /// f(x) for every row of x: [n, in] -> [n, out]. Safe from any number of threads. @throws ShapeError, ValueError
  Matrix<T> predict(ConstMatrixView<T> x) const {
    check_not_empty();
    return predict_in_chunks(*this, x);
  }

  /// @throws ValueError `mlp::Network: models side by side have different numbers of layers`
  template <class F, class First, class... Rest>
  static void visit_parameters(F&& f, First& first, Rest&... rest) {
    check_same_depth(first, rest...);
    for (std::size_t i = 0; i < first.layers_.size(); ++i) {
      AnyLayer<T>::visit_parameters(within(static_cast<Index>(i), f), first.layers_[i], rest.layers_[i]...);
    }
  }

 private:
  /// Without a `training` as in a prediction.
  void run(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache, const Training* training) const {
    check_not_empty();
    cache.activations.resize(layers_.size());
    cache.layers.resize(layers_.size());
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (done_by_previous(i)) continue;
      const ConstMatrixView<T> in = input(i, x, cache);
      const std::size_t last = output_of(i);
      const MatrixView<T> out =
          last + 1 == layers_.size() ? y : cache.activations[last].resize_padded(layers_[i].output_shape(in.shape()));
      if (last > i)
        layers_[i].fused_forward(in, out, cache.layers[i], *layers_[last].activation());
      else
        layers_[i].forward(in, out, cache.layers[i], training);
    }
  }

  void check_not_empty() const {
    if (layers_.empty()) throw ValueError("mlp::Network: has no layers");
  }

  template <class... Rest>
  static void check_same_depth(const Network& first, const Rest&... rest) {
    if (((rest.layers_.size() != first.layers_.size()) || ...))
      throw ValueError("mlp::Network: models side by side have different numbers of layers");
  }

  /// As in Sequential: an activation is done by the layer before it, its derivative by the layer behind it, where these
  /// can.
  bool done_by_previous(std::size_t i) const {
    return i > 0 && i < layers_.size() && layers_[i].activation() && layers_[i - 1].fuses_activation();
  }
  bool derives_previous(std::size_t i) const {
    return i > 0 && i < layers_.size() && layers_[i - 1].activation() && layers_[i].fuses_activation();
  }
  std::size_t output_of(std::size_t i) const { return done_by_previous(i + 1) ? i + 1 : i; }

  static ConstMatrixView<T> input(std::size_t i, ConstMatrixView<T> x, const Cache& cache) {
    return i == 0 ? x : ConstMatrixView<T>(cache.activations[i - 1].view());
  }

  std::vector<AnyLayer<T>> layers_;
};

}  // namespace mlp
