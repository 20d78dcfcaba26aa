// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/matrix.hpp>

namespace mlp {

struct StepLROptions {
  Index step_size = 0;  ///< epochs between two steps; has to be given
  double gamma = 0.1;
};

/// The learning rate times `gamma` every `step_size` epochs, as torch.optim.lr_scheduler.StepLR.
///
///     StepLR schedule({.step_size = 30, .gamma = 0.1});
///     sgd.set_lr(schedule.next(sgd.lr()));   // after every epoch
class StepLR {
 public:
  /// @throws ValueError `mlp::StepLR: step_size must be at least 1, got 0`, or `gamma must be above 0 and finite`.
  explicit StepLR(StepLROptions options) : options_(options) {
    detail::check_at_least("StepLR", "step_size", options.step_size, 1);
    detail::check_positive("StepLR", "gamma", options.gamma);
  }

  const StepLROptions& options() const { return options_; }

  /// "StepLR(step_size 30, gamma 0.1)"
  std::string describe() const {
    return "StepLR(step_size " + std::to_string(options_.step_size) + ", gamma " + detail::number_text(options_.gamma) +
           ")";
  }

  /// The rate of the next epoch, from the one of the epoch that has ended.
  double next(double lr, double /*metric*/ = 0) {
    return ++epoch_ % options_.step_size == 0 ? lr * options_.gamma : lr;
  }

  /// f(name, value) of all that changes from epoch to epoch.
  template <class F>
  void visit_state(F&& f) {
    f("epoch", epoch_);
  }

 private:
  StepLROptions options_;
  Index epoch_ = 0;
};

}  // namespace mlp
