// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/optim/schedule.hpp>
#include <mlp/train/early_stopping.hpp>
#include <mlp/train/evaluate.hpp>
#include <mlp/train/history.hpp>
#include <mlp/train/progress.hpp>

namespace mlp {

/// What is measured on the validation set beside the loss.
enum class Metric {
  automatic,  ///< accuracy where the targets are class numbers, R2 with MSELoss and L1Loss, else nothing
  none,
  accuracy,
  r2,
};

/// How `fit` trains.
struct FitOptions {
  Index epochs = 10;
  Index batch_size = 32;  ///< of training and of validation
  bool shuffle = true;
  bool drop_last = false;
  Schedule schedule = ConstantLR();
  std::optional<EarlyStopping> early_stopping = {};
  std::optional<double> clip_grad_norm = {};   ///< of the whole gradient, at most, before each step
  std::optional<double> clip_grad_value = {};  ///< of each element of it, at most, after that
  Metric metric = Metric::automatic;
  LossAverage loss_average = LossAverage::samples;
  Progress progress = Progress::automatic;
  std::string name = "fit";                               ///< what the progress line calls the work
  std::string csv_log = {};                               ///< a file that grows by one line an epoch
  std::function<void(const EpochRecord&)> on_epoch = {};  ///< called after each epoch
};

namespace detail {

inline void check(const FitOptions& options) {
  const auto require = [](bool good, const std::string& what, const std::string& got) {
    if (!good) throw ValueError("mlp::fit: " + what + ", got " + got);
  };
  require(options.epochs >= 0, "epochs must be at least 0", std::to_string(options.epochs));
  require(options.batch_size >= 1, "batch_size must be at least 1", std::to_string(options.batch_size));
  if (options.clip_grad_norm) check_above_zero("fit", "clip_grad_norm", *options.clip_grad_norm);
  if (options.clip_grad_value) check_above_zero("fit", "clip_grad_value", *options.clip_grad_value);
  if (!options.early_stopping) return;
  const auto& [patience, min_delta] = *options.early_stopping;
  require(patience >= 1, "patience must be at least 1", std::to_string(patience));
  require(min_delta >= 0, "min_delta must be at least 0", number_text(min_delta));
}

}  // namespace detail

}  // namespace mlp
