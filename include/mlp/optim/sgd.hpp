// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <optional>
#include <string>

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

  /// @throws ValueError if a number is negative or not finite, or nesterov has no momentum or some dampening.
  explicit SGD(SGDOptions options = {}) : options_(options) {
    check_lr(options.lr);
    check("momentum", options.momentum);
    check("weight_decay", options.weight_decay);
    if (!std::isfinite(options.dampening)) check("dampening", options.dampening);
    if (options.nesterov && (options.momentum <= 0 || options.dampening != 0))
      throw ValueError("mlp::SGD: nesterov needs a momentum above 0 and a dampening of 0");
  }

  const SGDOptions& options() const { return options_; }
  double lr() const { return options_.lr; }
  static void check_lr(double lr) { check("lr", lr); }

  template <class Model>
  State<Model> init(const Model& model) const {
    State<Model> state;
    if (options_.momentum != 0) state.velocity.emplace(model);
    return state;
  }

  template <class Model>
  void step(Model& model, const Model& gradient, State<Model>& state, double lr) const {
    using T = typename Model::Scalar;
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
    const T mu = static_cast<T>(options_.momentum);
    const T keep = static_cast<T>(1 - options_.dampening);
    Model::visit_parameters(
        [&](const ParameterName&, MatrixView<T> w, ConstMatrixView<T> g, MatrixView<T> v) {
          const auto decayed = g.array() + decay * w.array();
          if (state.started)
            v.array() = mu * v.array() + keep * decayed;
          else
            v.array() = decayed;
          if (options_.nesterov)
            w.array() -= eta * (decayed + mu * v.array());
          else
            w.array() -= eta * v.array();
        },
        model, gradient, *state.velocity);
    state.started = true;
  }

 private:
  static void check(const char* name, double value) {
    if (!(value >= 0) || !std::isfinite(value))
      throw ValueError(std::string("mlp::SGD: ") + name + " must be at least 0 and finite, got " +
                       std::to_string(value));
  }

  SGDOptions options_;
};

}  // namespace mlp
