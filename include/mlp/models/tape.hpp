// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <mlp/core/buffer.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/math/rng.hpp>
#include <mlp/models/model.hpp>

namespace mlp {

/// What one pass through a model makes: every activation, every gradient. The model itself is only read, so two tapes
/// on one model are two threads.
///
/// Memory is taken at the first forward and the first backward of the largest batch, and kept. The model and the
/// matrix given to `forward` must outlive the pass.
///
///     Tape tape(net);
///     auto y = tape.forward(batch.x);                        // [batch, out]
///     double l = loss(y, batch.y, tape.output_gradient());   // dL/dy
///     tape.backward();
///     sgd.step(net, tape.gradient());
template <class Model>
class Tape {
 public:
  using Scalar = typename Model::Scalar;

  explicit Tape(const Model& model) : model_(&model) {}
  explicit Tape(const Model&& model) = delete;  // would die before the first pass

  /// y = f(x) as in training. The view is valid until the next forward.
  /// @throws ShapeError if x is not [batch, in]; ValueError if a layer draws (Dropout): give it the random stream.
  ConstMatrixView<Scalar> forward(ConstMatrixView<Scalar> x) { return run(x, Training{}); }
  ConstMatrixView<Scalar> forward(ConstMatrixView<Scalar> x, Rng& rng) { return run(x, Training{&rng}); }
  template <std::same_as<Matrix<Scalar>> Temporary, class... Stream>
  ConstMatrixView<Scalar> forward(Temporary&& x, Stream&...) = delete;  // would die before the backward

  /// y = f(x) as `predict` of the model computes it. A backward after it is the derivative of that, unless `x` was a
  /// temporary, which has died: then it throws, as before a forward.
  ConstMatrixView<Scalar> predict(ConstMatrixView<Scalar> x) { return run(x); }
  template <std::same_as<Matrix<Scalar>> Temporary>
  ConstMatrixView<Scalar> predict(Temporary&& x) {
    const ConstMatrixView<Scalar> y = run(x);
    has_output_ = false;
    return y;
  }

  /// Where the loss writes dL/dy, [batch, out]. Ask for it after each forward.
  MatrixView<Scalar> output_gradient() {
    has_output_gradient_ = true;
    return dy_.resize(y_.view().shape());
  }

  /// dL/dw of every parameter, into `gradient()`; dL/dx too where `dx` [batch, in] is given.
  /// @throws ValueError before a forward and the output gradient that belongs to it; ShapeError if dx has another shape
  ///   than x.
  void backward(MatrixView<Scalar> dx = {}) {
    check_backward(dx);
    if (!gradient_ || has_grown()) gradient_.emplace(*model_);
    model_->backward(x_, y_.view(), dy_.view(), cache_.own, *gradient_, dx);
  }

  /// The same into `target`, as `update` says: w <- alpha (dL/dw + decay w) + beta w for each of its parameters. It may
  /// be the model itself, so {-lr, 1} is a step of gradient descent that never stores a gradient.
  /// @throws ValueError as above; ShapeError `mlp::Tape::backward_into: expected 0.weight of the target [4, 3], got [4,
  ///   2]` before a parameter moves.
  void backward_into(Model& target, Update<Scalar> update) {
    check_backward({});
    if (&target != model_) check_target(target);
    detail::backward<Scalar>(*model_, x_, y_.view(), dy_.view(), cache_, target, MatrixView<Scalar>{}, update);
  }

  /// dL/dw, a model of the same type. @throws ValueError before the first backward.
  const Model& gradient() const {
    if (!gradient_) throw ValueError("mlp::Tape::gradient: needs a backward first");
    return *gradient_;
  }
  /// The same, to change it before a step: see clip_grad_norm.
  Model& gradient() { return const_cast<Model&>(std::as_const(*this).gradient()); }

  /// The first layer whose output of the last forward is not finite: "layer 2, ReLU()"; empty if there is none. What
  /// layers drew then, they draw anew.
  std::string first_not_finite() const {
    std::string text;
    if (!has_output_) return text;
    Rng rng(0);
    Buffer<Scalar> in, out;  // computed again: an output that went right into an activation was not kept
    ConstMatrixView<Scalar> x = x_;
    const Index depth = static_cast<Index>(cache_.own.activations.size());  // a network may have grown since
    model_->for_each_layer([&](Index i, const auto& layer) {
      if (i >= depth || !text.empty()) return;
      typename std::remove_cvref_t<decltype(layer)>::Cache cache;
      const MatrixView<Scalar> y = out.resize(layer.output_shape(x.shape()));
      if (of_training_)
        detail::forward<Scalar>(layer, x, y, cache, Training{&rng});
      else
        detail::forward<Scalar>(layer, x, y, cache);
      if (!y.array().isFinite().all()) text = "layer " + std::to_string(i) + ", " + layer.describe();
      std::swap(in, out);
      x = in.view();
    });
    return text;
  }

 private:
  template <class... Mode>
  ConstMatrixView<Scalar> run(ConstMatrixView<Scalar> x, const Mode&... training) {
    has_output_ = has_output_gradient_ = false;
    of_training_ = sizeof...(training) > 0;
    x_ = x;
    y_.resize(model_->output_shape(x.shape()));
    detail::forward<Scalar>(*model_, x, y_.view(), cache_.own, training...);
    has_output_ = true;
    return y_.view();
  }

  void check_backward(MatrixView<Scalar> dx) const {
    if (!has_output_) throw ValueError("mlp::Tape::backward: needs a forward first");
    if (!has_output_gradient_)
      throw ValueError("mlp::Tape::backward: needs the output gradient of the last forward first");
    if (dx && dx.shape() != x_.shape()) throw ShapeError::expected("Tape::backward", "dx", x_.shape(), dx.shape());
  }

  void check_target(const Model& target) const {
    Model::visit_parameters(
        [](const ParameterName& name, ConstMatrixView<Scalar> own, ConstMatrixView<Scalar> other) {
          if (own.shape() != other.shape())
            throw ShapeError::expected("Tape::backward_into", name.str() + " of the target", own.shape(),
                                       other.shape());
        },
        *model_, target);
  }

  /// A network may be given layers between two passes; the gradient is then one of before.
  bool has_grown() const {
    if constexpr (requires { model_->size(); }) return gradient_->size() != model_->size();
    return false;
  }

  const Model* model_;
  ConstMatrixView<Scalar> x_;
  Buffer<Scalar> y_;
  Buffer<Scalar> dy_;
  bool has_output_ = false;           // of x_
  bool of_training_ = false;          // the last run
  bool has_output_gradient_ = false;  // the one asked for since
  detail::LayerCache<Model> cache_;
  std::optional<Model> gradient_;
};

}  // namespace mlp
