// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/optim/cosine_annealing_lr.hpp>
#include <mlp/optim/linear_lr.hpp>

namespace mlp {

struct WarmupCosineLROptions {
  Index warmup = 0;  ///< epochs up to the full rate; has to be given
  Index T_max = 0;   ///< epochs from the full rate down to `eta_min`, behind the warm-up; has to be given
  double start_factor = 1.0 / 3;
  double eta_min = 0;
};

/// A warm-up on a straight line, then half a cosine, as torch's SequentialLR([LinearLR, CosineAnnealingLR]):
///
///     lr_t = lr (start_factor + (1 - start_factor) t / warmup)                                   for t < warmup
///     lr_t = eta_min + (lr - eta_min) (1 + cos(pi (t - warmup) / T_max)) / 2                     from there on
///
/// A training of warmup + T_max epochs uses all of it.
///
///     WarmupCosineLR schedule({.warmup = 5, .T_max = 95, .start_factor = 0.01});
///     adamw.set_lr(schedule.first(adamw.lr()));   // before the first epoch
///     adamw.set_lr(schedule.next(adamw.lr()));    // after every epoch
class WarmupCosineLR {
 public:
  /// @throws ValueError `mlp::WarmupCosineLR: warmup must be at least 1, got 0`, so for T_max; `start_factor must be
  ///   above 0 and at most 1`, `eta_min must be at least 0 and finite`.
  explicit WarmupCosineLR(WarmupCosineLROptions options)
      : options_(checked(options)),
        linear_({.start_factor = options.start_factor, .total_iters = options.warmup}),
        cosine_({.T_max = options.T_max, .eta_min = options.eta_min}) {}

  const WarmupCosineLROptions& options() const { return options_; }

  /// "WarmupCosineLR(warmup 5, T_max 95, start_factor 0.01, eta_min 0)"
  std::string describe() const {
    return "WarmupCosineLR(warmup " + std::to_string(options_.warmup) + ", T_max " + std::to_string(options_.T_max) +
           ", start_factor " + detail::number_text(options_.start_factor) + ", eta_min " +
           detail::number_text(options_.eta_min) + ")";
  }

  /// The rate of the first epoch, from the one that the optimizer was made with.
  double first(double lr) {
    started_ = true;
    base_lr_ = lr;
    return linear_.first(lr);
  }

  /// The rate of the next epoch, from the one of the epoch that has ended. The first of the cosine is the full rate
  /// again, whatever was set by hand.
  /// @throws ValueError `mlp::WarmupCosineLR: next needs first before it`
  double next(double lr, double /*metric*/ = 0) {
    if (!started_) throw ValueError("mlp::WarmupCosineLR: next needs first before it");
    const double warm = linear_.next(lr);
    if (linear_.epoch() < options_.warmup) return warm;
    if (linear_.epoch() > options_.warmup) return cosine_.next(lr);
    return options_.eta_min + (base_lr_ - options_.eta_min);  // rounded as in PyTorch
  }

  /// f(name, value) of all that changes from epoch to epoch. What is read from a file is set behind `first`.
  template <class F>
  void visit_state(F&& f) {
    f("base_lr", base_lr_);
    linear_.visit_state(f);
    cosine_.visit_state([&](const char* name, auto& value) { f((std::string("cosine_") + name).c_str(), value); });
  }

 private:
  static const WarmupCosineLROptions& checked(const WarmupCosineLROptions& options) {
    detail::check_at_least("WarmupCosineLR", "warmup", options.warmup, 1);
    detail::check_at_least("WarmupCosineLR", "T_max", options.T_max, 1);
    LinearLR::check_start_factor("WarmupCosineLR", options.start_factor);
    detail::check_not_negative("WarmupCosineLR", "eta_min", options.eta_min);
    return options;
  }

  WarmupCosineLROptions options_;
  LinearLR linear_;
  CosineAnnealingLR cosine_;
  double base_lr_ = 0;
  bool started_ = false;
};

}  // namespace mlp
