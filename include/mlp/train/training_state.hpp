// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <mlp/core/matrix.hpp>
#include <mlp/math/rng.hpp>
#include <mlp/optim/schedule.hpp>
#include <mlp/train/early_stopping.hpp>
#include <mlp/train/history.hpp>

namespace mlp {

/// All that the next epoch of a training depends on, between two epochs: what a checkpoint keeps.
template <class Model, class Optimizer>
struct TrainingState {
  std::string description;  ///< of what must be the same for a training to go on: model, schedule, data, batches
  Model& model;
  Optimizer& optimizer;
  std::vector<Schedule>& schedules;  ///< one for each group of parameters
  std::optional<detail::BestModel<Model>>& best;
  History& history;
  Rng& rng;

  /// f(name, value) of every part, to read it or to write it: `Model&`, `double&`, `Index&`, `bool&`,
  /// `Matrix<double>&` of any size, `Rng&`.
  template <class F>
  void visit(F&& f) {
    const auto within = [&](const std::string& part) {
      return [&f, part](const char* name, auto& value) { f(part + "." + name, value); };
    };
    f(std::string("model"), model);
    optimizer.visit_state(within("optimizer"));
    for (std::size_t k = 0; k < schedules.size(); ++k)
      mlp::visit_state(within(k == 0 ? "schedule" : "schedule." + std::to_string(k)), schedules[k]);
    if (best) best->visit_state(within("best"), model);
    f(std::string("stopped_early"), history.stopped_early);
    f(std::string("best_epoch"), history.best_epoch);
    f(std::string("seconds"), history.seconds);
    Matrix<double> records = table_of(history.epochs);
    f(std::string("history"), records);
    history.epochs = records_of(records);
    f(std::string("rng"), rng);
  }

 private:
  static constexpr Index columns = 6;

  static Matrix<double> table_of(const std::vector<EpochRecord>& records) {
    Matrix<double> table(static_cast<Index>(records.size()), columns);
    for (Index i = 0; i < table.rows(); ++i) {
      const EpochRecord& r = records[static_cast<std::size_t>(i)];
      const double epoch = static_cast<double>(r.epoch);
      const std::array<double, columns> row = {epoch, r.lr, r.train_loss, r.val_loss, r.val_metric, r.seconds};
      std::copy(row.begin(), row.end(), &table(i, 0));
    }
    return table;
  }
  /// The epochs are counted: a number of a file is not one to compute with.
  static std::vector<EpochRecord> records_of(const Matrix<double>& table) {
    std::vector<EpochRecord> records;
    for (Index i = 0; i < table.rows(); ++i)
      records.push_back({i + 1, table(i, 1), table(i, 2), table(i, 3), table(i, 4), table(i, 5)});
    return records;
  }
};

/// What `fit` does about checkpoints without one: nothing. mlp/io/checkpoint.hpp has another.
struct NoCheckpoint {
  template <class State>
  void resume(State&) const {}
  template <class State>
  void after_epoch(State&) const {}
};

}  // namespace mlp
