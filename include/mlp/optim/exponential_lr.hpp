// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/core/check.hpp>

namespace mlp {

struct ExponentialLROptions {
  double gamma = 0;  ///< has to be given
};

/// The learning rate times `gamma` after every epoch, as torch.optim.lr_scheduler.ExponentialLR.
///
///     ExponentialLR schedule({.gamma = 0.95});
///     sgd.set_lr(schedule.next(sgd.lr()));   // after every epoch
class ExponentialLR {
 public:
  /// @throws ValueError `mlp::ExponentialLR: gamma must be above 0 and finite, got 0`
  explicit ExponentialLR(ExponentialLROptions options) : options_(options) {
    detail::check_positive("ExponentialLR", "gamma", options.gamma);
  }

  const ExponentialLROptions& options() const { return options_; }

  /// "ExponentialLR(gamma 0.9)"
  std::string describe() const { return "ExponentialLR(gamma " + detail::number_text(options_.gamma) + ")"; }

  /// The rate of the next epoch, from the one of the epoch that has ended.
  double next(double lr, double /*metric*/ = 0) { return lr * options_.gamma; }

 private:
  ExponentialLROptions options_;
};

}  // namespace mlp
