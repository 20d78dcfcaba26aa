// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <mlp/core/matrix.hpp>
#include <mlp/train/history.hpp>

namespace mlp {

/// Stops when the monitored loss (of validation, else of training) has not fallen by more than `min_delta` for
/// `patience` epochs, and gives the model the weights of the best epoch, also where training ran to its end.
struct EarlyStopping {
  Index patience = 10;
  double min_delta = 0;
};

namespace detail {

/// The loss after each epoch on which training stops, and the weights of the best one.
template <class Model>
class BestModel {
 public:
  explicit BestModel(EarlyStopping options) : options_(options) {}

  /// True when it is time to stop.
  bool update(const Model& model, Index epoch, double loss) {
    if (!best_ || loss < best_loss_ - options_.min_delta) {
      best_ = model;
      best_loss_ = loss;
      best_epoch_ = epoch;
    }
    return epoch - best_epoch_ >= options_.patience;
  }
  void restore(Model& model, History& history) const {
    if (!best_) return;
    model = *best_;
    history.best_epoch = best_epoch_;
  }

  /// f(name, value) of all that changes from epoch to epoch; `like` is a model of the same shapes.
  template <class F>
  void visit_state(F&& f, const Model& like) {
    bool found = best_.has_value();
    f("found", found);
    if (!found) return best_.reset();
    if (!best_) best_ = like;
    f("model", *best_);
    f("loss", best_loss_);
    f("epoch", best_epoch_);
  }

 private:
  EarlyStopping options_;
  std::optional<Model> best_;
  double best_loss_ = 0;
  Index best_epoch_ = 0;
};

}  // namespace detail

}  // namespace mlp
