// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>
#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/matrix.hpp>

namespace mlp {

struct CosineAnnealingLROptions {
  Index T_max = 0;  ///< epochs from the first rate down to `eta_min`; has to be given
  double eta_min = 0;
};

/// Half a cosine from the first learning rate to `eta_min` in T_max epochs, and back, as
/// torch.optim.lr_scheduler.CosineAnnealingLR:
///
///     lr_t = eta_min + (lr_0 - eta_min) (1 + cos(pi t / T_max)) / 2
///
/// computed from lr_{t-1} as PyTorch does, so that the roundings are the same and a rate changed by hand stays changed.
/// Source: Loshchilov and Hutter 2017, without restarts.
///
///     CosineAnnealingLR schedule({.T_max = 100});
///     sgd.set_lr(schedule.next(sgd.lr()));   // after every epoch
class CosineAnnealingLR {
 public:
  /// @throws ValueError `mlp::CosineAnnealingLR: T_max must be at least 1, got 0`, or
  ///   `eta_min must be at least 0 and finite`.
  explicit CosineAnnealingLR(CosineAnnealingLROptions options) : options_(options) {
    detail::check_at_least("CosineAnnealingLR", "T_max", options.T_max, 1);
    detail::check_not_negative("CosineAnnealingLR", "eta_min", options.eta_min);
  }

  const CosineAnnealingLROptions& options() const { return options_; }

  /// "CosineAnnealingLR(T_max 100, eta_min 0)"
  std::string describe() const {
    return "CosineAnnealingLR(T_max " + std::to_string(options_.T_max) + ", eta_min " +
           detail::number_text(options_.eta_min) + ")";
  }

  /// The rate of the next epoch, from the one of the epoch that has ended. The first call also says what lr_0 is.
  double next(double lr, double /*metric*/ = 0) {
    if (epoch_ == 0) base_lr_ = lr;
    const double now = one_plus_cos(epoch_);
    const double then = one_plus_cos(++epoch_);
    if ((epoch_ - 1 - options_.T_max) % (2 * options_.T_max) == 0)  // from the bottom up: `now` is 0
      return lr + (base_lr_ - options_.eta_min) * (1 - std::cos(std::numbers::pi / period())) / 2;
    return then / now * (lr - options_.eta_min) + options_.eta_min;
  }

  /// f(name, value) of all that changes from epoch to epoch.
  template <class F>
  void visit_state(F&& f) {
    f("epoch", epoch_);
    f("base_lr", base_lr_);
  }

 private:
  double period() const { return static_cast<double>(options_.T_max); }
  double one_plus_cos(Index epoch) const {
    return 1 + std::cos(std::numbers::pi * static_cast<double>(epoch) / period());
  }

  CosineAnnealingLROptions options_;
  Index epoch_ = 0;
  double base_lr_ = 0;
};

}  // namespace mlp
