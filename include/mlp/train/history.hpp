// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <mlp/core/matrix.hpp>

namespace mlp {

/// What one epoch of training came to. NaN stands for what was not measured.
struct EpochRecord {
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();

  Index epoch = 0;           ///< from 1
  double lr = none;          ///< the learning rate of this epoch, of the first group of parameters
  double train_loss = none;  ///< the mean while the weights changed
  double val_loss = none;
  double val_metric = none;  ///< see History::metric_name
  double seconds = 0;        ///< of this epoch, validation included
};

/// What `fit` returns: one record an epoch.
///
///     History history = fit(net, MSELoss(), SGD({.lr = 0.1}), train, val, {.epochs = 100}, rng);
///     write_file_atomically("history.csv", history.csv());
struct History {
  std::vector<EpochRecord> epochs;
  std::string metric_name;  ///< "accuracy", "r2"; empty without a metric
  double seconds = 0;       ///< of the whole training
  Index best_epoch = 0;     ///< whose weights the model has: with early stopping the last that improved by more than
                            ///< min_delta, else the last
  bool stopped_early = false;

  /// The first line of `csv()`: `epoch,lr,train_loss,val_loss,val_r2,seconds`
  std::string csv_header() const {
    return "epoch,lr,train_loss,val_loss," + (metric_name.empty() ? std::string() : "val_" + metric_name + ",") +
           "seconds\n";
  }

  /// One line of `csv()`, in the shortest decimals that read back as the same numbers; empty where there is none.
  std::string csv_line(const EpochRecord& record) const {
    std::string line = std::to_string(record.epoch);
    const auto append = [&](double value) {
      line += ',';
      if (std::isnan(value)) return;
      char digits[32];
      line.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    };
    append(record.lr);
    append(record.train_loss);
    append(record.val_loss);
    if (!metric_name.empty()) append(record.val_metric);
    append(record.seconds);
    return line + '\n';
  }

  std::string csv() const {
    std::string text = csv_header();
    for (const EpochRecord& record : epochs) text += csv_line(record);
    return text;
  }
};

}  // namespace mlp
