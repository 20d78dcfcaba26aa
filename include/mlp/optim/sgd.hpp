// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/parameter.hpp>
#include <mlp/optim/optimizer.hpp>

namespace mlp {

struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
};

/// Stochastic gradient descent, as torch.optim.SGD:
///
///     g <- g + weight_decay w
///     v <- g at the first step, then momentum v + (1 - dampening) g        (with momentum only)
///     w <- w - lr v,   w <- w - lr (g + momentum v) with nesterov,   w <- w - lr g without momentum
///
/// Source: Sutskever et al. 2013, in PyTorch's form.
///
///     Optimizer sgd(net, SGD({.lr = 0.1, .momentum = 0.9}));
class SGD {
 public:
  /// The velocity, a model like the one it moves; none without momentum.
  template <class Model>
  struct State {
    std::optional<Model> velocity;
    bool started = false;
  };

  /// @throws ValueError `mlp::SGD: lr must be at least 0 and finite, got -0.1`, so for momentum and weight_decay too;
  ///   if dampening is not finite, or nesterov has no momentum or some dampening.
  explicit SGD(SGDOptions options = {}) : options_(options) {
    check_lr(options.lr);
    detail::check_not_negative("SGD", "momentum", options.momentum);
    detail::check_not_negative("SGD", "weight_decay", options.weight_decay);
    detail::check_finite("SGD", "dampening", options.dampening);
    if (options.nesterov && (options.momentum == 0 || options.dampening != 0))
      throw ValueError("mlp::SGD: nesterov needs a momentum above 0 and a dampening of 0");
  }

  const SGDOptions& options() const { return options_; }
  double lr() const { return options_.lr; }
  static void check_lr(double lr) { detail::check_not_negative("SGD", "lr", lr); }

  template <class Model>
  State<Model> init(const Model& model) const {
    State<Model> state;
    if (options_.momentum != 0) state.velocity.emplace(model);
    return state;
  }

  /// @throws ShapeError `mlp::SGD: expected gradient of 0.weight [64, 9], got [32, 9]`
  template <class Model>
  void step(Model& model, const Model& gradient, State<Model>& state, double lr) const {
    using T = typename Model::Scalar;
    check_same_shapes("gradient", model, gradient);
    if (state.velocity) check_same_shapes("velocity", model, *state.velocity);
    const T eta = static_cast<T>(lr);
    const T decay = static_cast<T>(options_.weight_decay);
    if (!state.velocity) {
      Model::visit_parameters(
          [&](const ParameterName&, MatrixView<T> w, ConstMatrixView<T> g) {
            if (decay == T(0))
              w.array() -= eta * g.array();
            else
              w.array() -= eta * (g.array() + decay * w.array());
          },
          model, gradient);
      return;
    }
    Model::visit_parameters(
        [&](const ParameterName&, MatrixView<T> w, ConstMatrixView<T> g, MatrixView<T> v) {
          if (decay == T(0))
            move(w, g.array(), v, state.started, eta);
          else
            move(w, g.array() + decay * w.array(), v, state.started, eta);
        },
        model, gradient, *state.velocity);
    state.started = true;
  }

 private:
  /// One parameter with momentum. `g` is an expression over each element of its own, so it may read w.
  template <class T, class Gradient>
  void move(MatrixView<T> w, const Gradient& g, MatrixView<T> v, bool started, T eta) const {
    const T mu = static_cast<T>(options_.momentum);
    const T keep = static_cast<T>(1 - options_.dampening);
    if (started)
      v.array() = mu * v.array() + keep * g;
    else
      v.array() = g;
    if (options_.nesterov)
      w.array() -= eta * (g + mu * v.array());
    else
      w.array() -= eta * v.array();
  }

  /// Of all parameters before the first one moves.
  template <class Model>
  static void check_same_shapes(const char* what, const Model& model, const Model& other) {
    Model::visit_parameters(
        [&](const ParameterName& name, auto w, auto o) {
          if (o.shape() != w.shape())
            throw ShapeError::expected("SGD", std::string(what) + " of " + name.str(), w.shape(), o.shape());
        },
        model, other);
  }

  SGDOptions options_;
};

}  // namespace mlp
