// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/parameter.hpp>
#include <mlp/core/shape.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/elementwise.hpp>
#include <mlp/math/update.hpp>
#include <mlp/models/tape.hpp>
#include <mlp/optim/parameter_group.hpp>

namespace mlp {

/// An update rule at work on one model: the rule and its state, which has the type of the model.
///
///     Optimizer sgd(net, SGD({.lr = 0.1, .momentum = 0.9}));
///     sgd.step(net, tape.gradient());
///     sgd.set_lr(0.01);
///
/// With groups of parameters, each has a rule and a learning rate of its own. Group 0 has what the others do not claim:
///
///     Optimizer adamw(net, AdamW({.lr = 1e-3, .weight_decay = 0.05}),
///                     {{.of = [](const std::string& name) { return name.ends_with("bias"); },
///                       .rule = AdamW({.lr = 1e-3, .weight_decay = 0})}});
///     adamw.set_lr(1e-4, 1);   // of the biases
///
/// A rule is a class with
///
///     static constexpr const char* name = "SGD";
///     static constexpr std::array state_names{"velocity"};   // what it keeps of each parameter, zeros at first
///     std::array<bool, 1> state_needed() const;              // with these options
///     double lr() const;                                     // at first
///     std::string describe() const;                          // name and options, all but the learning rate
///     template <class T> auto step(double lr, Index number) const;   // the numbers of a step, counted from 1
///     template <class T>                                     // w and each state as that step says; g is dL/dw
///     static void move(const Step& step, MatrixView<T> w, ConstMatrixView<T> g, const std::array<MatrixView<T>, 1>&);
///
/// and, if it can move a weight where its gradient is computed, `update_in_backward<T>(lr)`: see SGD.
template <class Rule, class Model>
class Optimizer {
 public:
  using Scalar = typename Model::Scalar;

  /// @throws ValueError `mlp::Optimizer: group 1 claims no parameter`, for a name that was misspelt, or
  ///   `mlp::Optimizer: group 1 has no predicate`
  Optimizer(const Model& model, Rule rule, std::vector<ParameterGroup<Rule>> groups = {})
      : Optimizer(model, RuleWithGroups<Rule>(std::move(rule), std::move(groups))) {}
  Optimizer(const Model& model, const RuleWithGroups<Rule>& rule) : groups_(rule) {
    std::size_t parameters = 0;
    Model::visit_parameters(
        [&](const ParameterName& name, ConstMatrixView<Scalar>) {
          groups_.assign(name, rule.groups);
          ++parameters;
        },
        model);
    groups_.check_claims();
    rows_.reserve(parameters);
    steps_of_groups_.reserve(groups_.size());
    for (std::size_t i = 0; i < states; ++i) {
      if (!groups_.any_needs(i)) continue;
      state_[i].emplace(model);
      set_zero(*state_[i]);
    }
  }

  /// How many groups there are: 1 without any of yours.
  Index groups() const { return static_cast<Index>(groups_.size()); }
  /// @throws ValueError `mlp::Optimizer: group must be in [0, 2), got 2`
  double lr(Index group = 0) const { return groups_.at(group).lr; }
  /// @throws ValueError if `lr` is negative or not finite, or for such a group.
  void set_lr(double lr, Index group = 0) {
    detail::check_not_negative(Rule::name, "lr", lr);
    groups_.at(group).lr = lr;
  }

  /// The rule; with groups each one's, and the names of its parameters:
  /// "AdamW(...), AdamW(...) of 0.bias 2.bias"
  std::string describe() const { return groups_.describe(); }

  /// w <- w - update(dL/dw); a statistic becomes what its gradient is. `model` must be the model of the constructor or
  /// a copy of it.
  /// @throws ShapeError `mlp::SGD: expected gradient of 0.weight [64, 9], got [32, 9]`, before a parameter moves
  void step(Model& model, const Model& gradient) {
    collect(model, gradient, std::make_index_sequence<states>{});
    ++steps_;
    steps_of_groups_.clear();
    for (const auto& group : groups_) steps_of_groups_.push_back(group.rule.template step<Scalar>(group.lr, steps_));
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (rows_[i].statistic)
        update(rows_[i].w, {}, rows_[i].g);
      else
        Rule::template move<Scalar>(steps_of_groups_[groups_.of_parameter(i)], rows_[i].w, rows_[i].g, rows_[i].state);
    }
  }

  /// `tape.backward()` and a step, with the same numbers, or but for roundings where more than 320 rows meet a weight
  /// (samples; in a block of tokens, samples times tokens or features). A rule that can (plain SGD, without groups)
  /// moves each weight where its gradient is computed, so that no gradient is kept.
  void step(Model& model, Tape<Model>& tape) {
    if constexpr (requires(const Rule& rule) { rule.template update_in_backward<Scalar>(1.0); })
      if (groups_.size() == 1)
        if (const std::optional<Update<Scalar>> update = groups_.at(0).rule.template update_in_backward<Scalar>(lr())) {
          tape.backward_into(model, *update);
          ++steps_;
          return;
        }
    tape.backward();
    step(model, tape.gradient());
  }

  /// f(name, value) of all that changes from step to step: numbers, and parts of the model's type.
  template <class F>
  void visit_state(F&& f) {
    for (Index k = 0; k < groups(); ++k)
      f((k == 0 ? std::string("lr") : "lr." + std::to_string(k)).c_str(), groups_.at(k).lr);
    f("steps", steps_);
    for (std::size_t i = 0; i < states; ++i)
      if (state_[i]) f(Rule::state_names[i], *state_[i]);
  }

 private:
  static constexpr std::size_t states = Rule::state_names.size();

  /// A parameter and what belongs to it: views for the time of one step.
  struct Row {
    MatrixView<Scalar> w;
    ConstMatrixView<Scalar> g;
    std::array<MatrixView<Scalar>, states> state;
    bool statistic;  ///< g is its next value
  };

  /// The rows of a step, all of them checked before the first parameter moves. The state of a rule that needs none is
  /// the parameter itself: a view of its shape, not used.
  template <std::size_t... I>
  void collect(Model& model, const Model& gradient, std::index_sequence<I...>) {
    rows_.clear();
    Model::visit_parameters(
        [&](const ParameterName& name, MatrixView<Scalar> w, ConstMatrixView<Scalar> g, auto... state) {
          add(name, {w, g, {state...}, name.leaf().statistic});
        },
        model, gradient, (state_[I] ? *state_[I] : model)...);
    groups_.check_count(rows_.size());
  }
  void add(const ParameterName& name, const Row& row) {
    check_shape("gradient", name, row.w.shape(), row.g.shape());
    for (std::size_t i = 0; i < states; ++i)
      check_shape(Rule::state_names[i], name, row.w.shape(), row.state[i].shape());
    rows_.push_back(row);
  }
  static void check_shape(const char* what, const ParameterName& name, const Shape& expected, const Shape& got) {
    if (got != expected) throw ShapeError::expected(Rule::name, std::string(what) + " of " + name.str(), expected, got);
  }

  detail::RuleGroups<Rule> groups_;
  std::array<std::optional<Model>, states> state_;
  Index steps_ = 0;
  std::vector<Row> rows_;  // kept for their memory
  std::vector<decltype(std::declval<const Rule&>().template step<Scalar>(0.0, Index{}))> steps_of_groups_;
};

}  // namespace mlp
