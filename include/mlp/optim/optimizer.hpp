// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <utility>

#include <mlp/core/error.hpp>
#include <mlp/core/parameter.hpp>
#include <mlp/models/tape.hpp>

namespace mlp {

/// An update rule at work on one model: the rule and its state, which has the type of the model.
///
///     Optimizer sgd(net, SGD({.lr = 0.1, .momentum = 0.9}));
///     sgd.step(net, tape.gradient());
///     sgd.set_lr(0.01);
template <class Rule, class Model>
class Optimizer {
 public:
  Optimizer(const Model& model, Rule rule) : rule_(std::move(rule)), state_(rule_.init(model)), lr_(rule_.lr()) {}

  double lr() const { return lr_; }
  /// @throws ValueError if `lr` is negative or not finite.
  void set_lr(double lr) {
    Rule::check_lr(lr);
    lr_ = lr;
  }

  /// w <- w - update(dL/dw). `model` must be the model of the constructor or a copy of it.
  void step(Model& model, const Model& gradient) {
    rule_.step(model, gradient, state_, lr_);
    Model::visit_parameters(
        [](const ParameterName& name, auto w, auto g) {
          if (name.leaf().statistic) w.array() = g.array();  // its next value
        },
        model, gradient);
  }

  /// `tape.backward()` and a step, with the same numbers. A rule that can (plain SGD) moves each weight where its
  /// gradient is computed, so that no gradient is kept.
  void step(Model& model, Tape<Model>& tape) {
    using T = typename Model::Scalar;
    if constexpr (requires { rule_.template update_in_backward<T>(lr_); })
      if (const std::optional<Update<T>> update = rule_.template update_in_backward<T>(lr_))
        return tape.backward_into(model, *update);
    tape.backward();
    step(model, tape.gradient());
  }

  /// f(name, value) of all that changes from step to step: numbers, and parts of the model's type.
  template <class F>
  void visit_state(F&& f) {
    f("lr", lr_);
    Rule::visit_state(f, state_);
  }

 private:
  Rule rule_;
  typename Rule::template State<Model> state_;
  double lr_;
};

}  // namespace mlp
