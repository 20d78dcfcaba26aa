// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <limits>
#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/matrix.hpp>

namespace mlp {

/// Whether a smaller or a larger metric is the better one.
enum class PlateauMode { min, max };
/// How much better counts: relative to the best so far, or as a difference from it.
enum class ThresholdMode { rel, abs };

struct ReduceLROnPlateauOptions {
  PlateauMode mode = PlateauMode::min;
  double factor = 0.1;
  Index patience = 10;  ///< epochs without improvement that change nothing; the next one reduces the rate
  double threshold = 1e-4;
  ThresholdMode threshold_mode = ThresholdMode::rel;
  Index cooldown = 0;  ///< epochs after a reduction that are not counted
  double min_lr = 0;
  double eps = 1e-8;  ///< a smaller change of the rate is not made
};

/// The learning rate times `factor` when the metric has not improved for more than `patience` epochs, as
/// torch.optim.lr_scheduler.ReduceLROnPlateau. A metric that is NaN is no improvement.
///
///     ReduceLROnPlateau schedule({.factor = 0.5, .patience = 5});
///     sgd.set_lr(schedule.next(sgd.lr(), val_loss));   // after every epoch
class ReduceLROnPlateau {
 public:
  /// @throws ValueError `mlp::ReduceLROnPlateau: factor must be in [0, 1), got 1.5`, or another number that is negative
  ///   or not finite.
  explicit ReduceLROnPlateau(ReduceLROnPlateauOptions options = {}) : options_(options) {
    detail::check_below_one("ReduceLROnPlateau", "factor", options.factor);
    detail::check_at_least("ReduceLROnPlateau", "patience", options.patience, 0);
    detail::check_not_negative("ReduceLROnPlateau", "threshold", options.threshold);
    detail::check_at_least("ReduceLROnPlateau", "cooldown", options.cooldown, 0);
    detail::check_not_negative("ReduceLROnPlateau", "min_lr", options.min_lr);
    detail::check_not_negative("ReduceLROnPlateau", "eps", options.eps);
    const double infinity = std::numeric_limits<double>::infinity();
    best_ = options.mode == PlateauMode::min ? infinity : -infinity;
  }

  const ReduceLROnPlateauOptions& options() const { return options_; }

  /// "ReduceLROnPlateau(min, factor 0.1, patience 10, threshold 0.0001 rel, cooldown 0, min_lr 0, eps 1e-08)"
  std::string describe() const {
    return std::string("ReduceLROnPlateau(") + (options_.mode == PlateauMode::min ? "min" : "max") + ", factor " +
           detail::number_text(options_.factor) + ", patience " + std::to_string(options_.patience) + ", threshold " +
           detail::number_text(options_.threshold) + (options_.threshold_mode == ThresholdMode::rel ? " rel" : " abs") +
           ", cooldown " + std::to_string(options_.cooldown) + ", min_lr " + detail::number_text(options_.min_lr) +
           ", eps " + detail::number_text(options_.eps) + ")";
  }

  /// The rate of the next epoch, from the one and the metric of the epoch that has ended.
  double next(double lr, double metric) {
    if (is_better(metric)) {
      best_ = metric;
      bad_epochs_ = 0;
    } else {
      ++bad_epochs_;
    }
    if (cooldown_left_ > 0) {
      --cooldown_left_;
      bad_epochs_ = 0;
    }
    if (bad_epochs_ <= options_.patience) return lr;
    cooldown_left_ = options_.cooldown;
    bad_epochs_ = 0;
    const double reduced = std::max(lr * options_.factor, options_.min_lr);
    return lr - reduced > options_.eps ? reduced : lr;
  }

  /// f(name, value) of all that changes from epoch to epoch.
  template <class F>
  void visit_state(F&& f) {
    f("best", best_);
    f("bad_epochs", bad_epochs_);
    f("cooldown_left", cooldown_left_);
  }

 private:
  bool is_better(double metric) const {
    const bool relative = options_.threshold_mode == ThresholdMode::rel;
    if (options_.mode == PlateauMode::min)
      return metric < (relative ? best_ * (1 - options_.threshold) : best_ - options_.threshold);
    return metric > (relative ? best_ * (1 + options_.threshold) : best_ + options_.threshold);
  }

  ReduceLROnPlateauOptions options_;
  double best_;
  Index bad_epochs_ = 0;
  Index cooldown_left_ = 0;
};

}  // namespace mlp
