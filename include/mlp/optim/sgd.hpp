// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/parameter.hpp>
#include <mlp/math/elementwise.hpp>
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

  /// f(name, value) of all in a state that changes from step to step.
  template <class F, class Model>
  static void visit_state(F&& f, State<Model>& state) {
    f("started", state.started);
    if (state.velocity) f("velocity", *state.velocity);
  }

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

  /// "SGD(momentum 0.9, dampening 0, weight_decay 0)"; the learning rate is a matter of the optimizer.
  std::string describe() const {
    return "SGD(momentum " + detail::number_text(options_.momentum) + ", dampening " +
           detail::number_text(options_.dampening) + ", weight_decay " + detail::number_text(options_.weight_decay) +
           (options_.nesterov ? ", nesterov)" : ")");
  }
  double lr() const { return options_.lr; }
  static void check_lr(double lr) { detail::check_not_negative("SGD", "lr", lr); }

  template <class Model>
  State<Model> init(const Model& model) const {
    State<Model> state;
    if (options_.momentum != 0) state.velocity.emplace(model);
    return state;
  }

  /// w <- w - lr (dL/dw + weight_decay w), where there is no momentum: what a backward can do at once.
  template <class T>
  std::optional<Update<T>> update_in_backward(double lr) const {
    if (options_.momentum != 0) return std::nullopt;
    return Update<T>{static_cast<T>(-lr), 1, static_cast<T>(options_.weight_decay)};
  }

  /// @throws ShapeError `mlp::SGD: expected gradient of 0.weight [64, 9], got [32, 9]`
  template <class Model>
  void step(Model& model, const Model& gradient, State<Model>& state, double lr) const {
    using T = typename Model::Scalar;
    check_same_shapes("gradient", model, gradient);
    if (state.velocity) check_same_shapes("velocity", model, *state.velocity);
    if (const std::optional<Update<T>> how = update_in_backward<T>(lr)) {
      Model::visit_parameters(
          [&](const ParameterName&, MatrixView<T> w, ConstMatrixView<T> g) { update<T>(w, *how, g); }, model, gradient);
      return;
    }
    const detail::SgdStep<T> one{.lr = static_cast<T>(lr),
                                 .decay = static_cast<T>(options_.weight_decay),
                                 .momentum = static_cast<T>(options_.momentum),
                                 .keep = static_cast<T>(1 - options_.dampening),
                                 .first = !state.started,
                                 .nesterov = options_.nesterov};
    Model::visit_parameters([&](const ParameterName&, MatrixView<T> w, ConstMatrixView<T> g,
                                MatrixView<T> v) { detail::sgd(w, g, v, one); },
                            model, gradient, *state.velocity);
    state.started = true;
  }

 private:
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
