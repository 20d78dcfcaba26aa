// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>

namespace mlp {

struct LinearLROptions {
  double start_factor = 1.0 / 3;
  double end_factor = 1;
  Index total_iters = 5;  ///< epochs from the one factor to the other
};

/// A learning rate that goes on a straight line from lr start_factor to lr end_factor, a warm-up by default, as
/// torch.optim.lr_scheduler.LinearLR:
///
///     lr_t = lr (start_factor + (end_factor - start_factor) min(t, total_iters) / total_iters)
///
/// computed from lr_{t-1} as PyTorch does. It changes the rate of the first epoch, too, so ask it for that one first.
///
///     LinearLR schedule({.start_factor = 0.1, .total_iters = 10});
///     sgd.set_lr(schedule.first(sgd.lr()));   // before the first epoch
///     sgd.set_lr(schedule.next(sgd.lr()));    // after every epoch
class LinearLR {
 public:
  /// @throws ValueError `mlp::LinearLR: start_factor must be above 0 and at most 1, got 0`, `mlp::LinearLR: end_factor
  ///   must be in [0, 1], got 2`, `mlp::LinearLR: total_iters must be at least 1, got 0`
  explicit LinearLR(LinearLROptions options = {}) : options_(options) {
    check_start_factor("LinearLR", options.start_factor);
    if (!(options.end_factor >= 0 && options.end_factor <= 1))
      detail::throw_out_of_range("LinearLR", "end_factor", "in [0, 1]", detail::number_text(options.end_factor));
    detail::check_at_least("LinearLR", "total_iters", options.total_iters, 1);
  }
  static void check_start_factor(const char* who, double factor) {
    if (!(factor > 0 && factor <= 1))
      detail::throw_out_of_range(who, "start_factor", "above 0 and at most 1", detail::number_text(factor));
  }

  const LinearLROptions& options() const { return options_; }

  /// "LinearLR(start_factor 0.1, end_factor 1, total_iters 10)"
  std::string describe() const {
    return "LinearLR(start_factor " + detail::number_text(options_.start_factor) + ", end_factor " +
           detail::number_text(options_.end_factor) + ", total_iters " + std::to_string(options_.total_iters) + ")";
  }

  /// The rate of the first epoch, from the one that the optimizer was made with.
  double first(double lr) {
    started_ = true;
    return lr * options_.start_factor;
  }

  /// The rate of the next epoch, from the one of the epoch that has ended.
  /// @throws ValueError `mlp::LinearLR: next needs first before it`
  double next(double lr, double /*metric*/ = 0) {
    if (!started_) throw ValueError("mlp::LinearLR: next needs first before it");
    if (++epoch_ > options_.total_iters) return lr;
    const double rise = options_.end_factor - options_.start_factor;
    const double factor = 1 + rise / (static_cast<double>(options_.total_iters) * options_.start_factor +
                                      static_cast<double>(epoch_ - 1) * rise);
    return lr * std::max(0.0, factor);  // which rounds to -1e-16 where the end is 0: no optimizer takes such a rate
  }

  /// How many epochs have ended.
  Index epoch() const { return epoch_; }

  /// f(name, value) of all that changes from epoch to epoch. What is read from a file is set behind `first`.
  template <class F>
  void visit_state(F&& f) {
    f("epoch", epoch_);
  }

 private:
  LinearLROptions options_;
  Index epoch_ = 0;
  bool started_ = false;
};

}  // namespace mlp
