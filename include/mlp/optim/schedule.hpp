// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <variant>

#include <mlp/optim/cosine_annealing_lr.hpp>
#include <mlp/optim/exponential_lr.hpp>
#include <mlp/optim/linear_lr.hpp>
#include <mlp/optim/reduce_lr_on_plateau.hpp>
#include <mlp/optim/step_lr.hpp>
#include <mlp/optim/warmup_cosine_lr.hpp>

namespace mlp {

/// The learning rate stays as it is. (torch's ConstantLR, a warm-up of a few epochs at a third of the rate, is another
/// thing.)
struct ConstantLR {
  std::string describe() const { return "ConstantLR()"; }
  double next(double lr, double /*metric*/ = 0) { return lr; }
};

/// How the learning rate changes from epoch to epoch; `fit` takes one. They are values with a state: a copy goes its
/// own way from where it was made.
///
///     Schedule schedule = StepLR({.step_size = 30});
using Schedule =
    std::variant<ConstantLR, StepLR, ExponentialLR, CosineAnnealingLR, ReduceLROnPlateau, LinearLR, WarmupCosineLR>;

// What changes a schedule is a template, so that a file without one does not compile it; a variant of other rules, your
// own among them, will do in a loop of your own.

/// The rate of the first epoch, from the one that the optimizer was made with: another one where there is a warm-up.
///
///     sgd.set_lr(first_lr(schedule, sgd.lr()));
template <class... Rules>
double first_lr(std::variant<Rules...>& schedule, double lr) {
  return std::visit(
      [&](auto& s) {
        if constexpr (requires { s.first(lr); }) return s.first(lr);
        return lr;
      },
      schedule);
}

/// The rate of the next epoch, from the one and the monitored metric of the epoch that has ended.
///
///     sgd.set_lr(next_lr(schedule, sgd.lr(), val_loss));
template <class... Rules>
double next_lr(std::variant<Rules...>& schedule, double lr, double metric) {
  return std::visit([&](auto& s) { return s.next(lr, metric); }, schedule);
}

/// Its name and its options: "StepLR(step_size 30, gamma 0.1)".
inline std::string describe(const Schedule& schedule) {
  return std::visit([](const auto& s) { return s.describe(); }, schedule);
}

/// f(name, value) of all in a schedule that changes from epoch to epoch; nothing of those that only multiply.
template <class F, class... Rules>
void visit_state(F&& f, std::variant<Rules...>& schedule) {
  std::visit(
      [&](auto& s) {
        if constexpr (requires { s.visit_state(f); }) s.visit_state(f);
      },
      schedule);
}

}  // namespace mlp
