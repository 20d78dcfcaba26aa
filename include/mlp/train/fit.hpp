// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/sample_weights.hpp>
#include <mlp/core/stopwatch.hpp>
#include <mlp/data/data_loader.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/losses/l1.hpp>
#include <mlp/losses/mse.hpp>
#include <mlp/math/rng.hpp>
#include <mlp/metrics/classification.hpp>
#include <mlp/metrics/regression.hpp>
#include <mlp/models/tape.hpp>
#include <mlp/optim/clip_grad.hpp>
#include <mlp/optim/optimizer.hpp>
#include <mlp/optim/schedule.hpp>
#include <mlp/train/check_data.hpp>
#include <mlp/train/csv_log.hpp>
#include <mlp/train/early_stopping.hpp>
#include <mlp/train/evaluate.hpp>
#include <mlp/train/fit_options.hpp>
#include <mlp/train/history.hpp>
#include <mlp/train/progress.hpp>
#include <mlp/train/training_state.hpp>

namespace mlp {

namespace detail {

template <class Loss, class Y>
Metric chosen(Metric metric) {
  if (metric != Metric::automatic) return metric;
  if (std::same_as<Y, Labels>) return Metric::accuracy;
  return std::same_as<Loss, MSELoss> || std::same_as<Loss, L1Loss> ? Metric::r2 : Metric::none;
}

inline std::string name_of(Metric metric) {
  return metric == Metric::accuracy ? "accuracy" : metric == Metric::r2 ? "r2" : "";
}

/// @throws ValueError `mlp::fit: the metric accuracy does not fit the targets`
template <class Y>
void check_fits(Metric metric) {
  if (metric != Metric::none && metric != (std::same_as<Y, Labels> ? Metric::accuracy : Metric::r2))
    throw ValueError("mlp::fit: the metric " + name_of(metric) + " does not fit the targets");
}

/// The one metric that fits the targets. Samples whose label the loss ignores have no say.
template <class Loss, class T, class X, class Y>
double measure(const Loss& loss, const Dataset<X, Y>& data, const Matrix<T>& outputs) {
  if constexpr (!std::same_as<Y, Labels>) {
    return r2_score(data.y, outputs, data.weights);
  } else if constexpr (requires { loss.ignores(0); }) {
    std::vector<double> weights(data.y.size());
    for (std::size_t i = 0; i < weights.size(); ++i)
      weights[i] = loss.ignores(data.y[i]) ? 0 : weight_at(data.weights, static_cast<Index>(i));
    return accuracy_score(data.y, argmax_rows(outputs), weights);
  } else {
    return accuracy_score(data.y, argmax_rows(outputs), data.weights);
  }
}

inline std::string nan_or_infinite(double loss) {
  return std::isnan(loss) ? "nan" : "infinite";
}

template <class Model>
[[noreturn]] void throw_divergence(const Tape<Model>& tape, double loss, Index epoch, Index batch) {
  const std::string layer = tape.first_not_finite();
  throw DivergenceError("mlp::fit: the loss is " + nan_or_infinite(loss) + " in epoch " + std::to_string(epoch) +
                        ", batch " + std::to_string(batch) + "; " +
                        (layer.empty() ? "the outputs of all layers are finite" : "first not finite: " + layer));
}

/// What must be the same where a training goes on.
template <class Model, class Loss, class Optimizer, class X, class Y>
std::string describe_training(const Model& model, const Loss& loss, const Optimizer& optimizer,
                              const Dataset<X, Y>& train, const FitOptions& options) {
  std::string text = model.describe();
  if constexpr (requires { loss.describe(); }) text += ", " + loss.describe();
  text += ", " + optimizer.describe();
  if (options.clip_grad_norm) text += ", gradients of norm " + number_text(*options.clip_grad_norm);
  if (options.clip_grad_value) text += ", gradients within " + number_text(*options.clip_grad_value);
  return text + ", " + mlp::describe(options.schedule) + ", " + std::to_string(train.size()) +
         " samples in batches of " + std::to_string(options.batch_size) + (options.shuffle ? ", shuffled" : "") +
         (options.drop_last ? ", whole ones only" : "") + (options.early_stopping ? ", early stopping" : "");
}

/// Backward, what is to be done to the gradient, and the step.
template <class Model, class Optimizer>
void clipped_step(Model& model, Optimizer& optimizer, Tape<Model>& tape, const FitOptions& options) {
  if (!options.clip_grad_norm && !options.clip_grad_value) return optimizer.step(model, tape);
  tape.backward();
  if (options.clip_grad_norm) clip_grad_norm(tape.gradient(), *options.clip_grad_norm);
  if (options.clip_grad_value) clip_grad_value(tape.gradient(), *options.clip_grad_value);
  optimizer.step(model, tape.gradient());
}

/// One epoch of steps. Returns their mean loss; `after_batch(samples, mean)` is called after each step.
template <class Model, class Loss, class Optimizer, class Loader, class AfterBatch>
double train_epoch(Model& model, const Loss& loss, Optimizer& optimizer, Tape<Model>& tape, Loader& loader, Index epoch,
                   const FitOptions& options, Rng& rng, const AfterBatch& after_batch) {
  MeanLoss mean(options.loss_average);
  Index batches = 0;
  Index samples = 0;
  for (const auto& batch : loader.epoch(rng)) {
    const auto y = tape.forward(batch.x, rng);
    const double value = loss(y, batch.y, tape.output_gradient(), batch.weights);
    ++batches;
    samples += batch.size();
    const double weight = weight_of(loss, batch);
    if (weight == 0) continue;  // nothing to learn from, and no loss
    if (!std::isfinite(value)) throw_divergence(tape, value, epoch, batches);
    clipped_step(model, optimizer, tape, options);
    mean.add(value, weight);
    after_batch(samples, mean.value());
  }
  if (mean.empty())
    throw ValueError("mlp::fit: drop_last leaves no sample that counts in epoch " + std::to_string(epoch));
  return mean.value();
}

template <class Model, class Loss, class Rule, class X, class Y, class Checkpoint>
History fit(Model& model, const Loss& loss, Rule rule, const Dataset<X, Y>& train, const Dataset<X, Y>* validation,
            const FitOptions& options, Rng& rng, const Checkpoint& checkpoint) {
  using T = typename Model::Scalar;
  check(options);
  check_data("training", model, loss, train);
  if (validation != nullptr) check_data("validation", model, loss, *validation);

  DataLoader<T, X, Y> loader(
      train, {.batch_size = options.batch_size, .shuffle = options.shuffle, .drop_last = options.drop_last});
  if (loader.size() == 0)
    throw ValueError("mlp::fit: drop_last leaves no batch of " + std::to_string(train.size()) +
                     " samples in batches of " + std::to_string(options.batch_size));
  std::optional<DataLoader<T, X, Y>> val_loader;
  Matrix<T> outputs;  // of the validation set, for the metric
  Metric metric = Metric::none;
  if (validation != nullptr) {
    val_loader.emplace(*validation, DataLoaderOptions{.batch_size = options.batch_size});
    metric = chosen<Loss, Y>(options.metric);
    check_fits<Y>(metric);
    if (metric != Metric::none) outputs.resize(validation->size(), model.output_shape({1, train.x.cols()}).cols);
  }

  Optimizer optimizer(model, std::move(rule));
  Tape tape(model);
  std::vector<Schedule> schedules(static_cast<std::size_t>(optimizer.groups()), options.schedule);
  const auto set_rates = [&](auto rate) {
    for (Index k = 0; k < optimizer.groups(); ++k)
      optimizer.set_lr(rate(schedules[static_cast<std::size_t>(k)], optimizer.lr(k)), k);
  };
  set_rates([](Schedule& schedule, double lr) { return first_lr(schedule, lr); });
  std::optional<BestModel<Model>> best;
  if (options.early_stopping) best.emplace(*options.early_stopping);
  History history;
  history.metric_name = name_of(metric);
  TrainingState<Model, decltype(optimizer)> state{
      describe_training(model, loss, optimizer, train, options), model, optimizer, schedules, best, history, rng};
  checkpoint.resume(state);
  const double seconds_before = history.seconds;
  CsvLog log(options.csv_log, history);
  ProgressLine progress(std::cerr, stderr_is_terminal(),
                        {options.name, history.metric_name, options.epochs,
                         options.drop_last ? loader.size() * options.batch_size : loader.samples(),
                         static_cast<Index>(history.epochs.size())});
  const bool silent = options.progress == Progress::silent;
  const Stopwatch total;

  for (Index epoch = static_cast<Index>(history.epochs.size()) + 1; epoch <= options.epochs && !history.stopped_early;
       ++epoch) {
    const Stopwatch clock;
    const double train_loss =
        train_epoch(model, loss, optimizer, tape, loader, epoch, options, rng, [&](Index samples, double mean) {
          if (!silent) progress.batch(samples, mean, total.seconds());
        });
    EpochRecord record{.epoch = epoch, .lr = optimizer.lr(), .train_loss = train_loss};
    if (val_loader) {
      record.val_loss = evaluate(tape, loss, val_loader->epoch(rng), options.loss_average, outputs);
      if (!std::isfinite(record.val_loss))
        throw DivergenceError("mlp::fit: the validation loss is " + nan_or_infinite(record.val_loss) + " after epoch " +
                              std::to_string(epoch));
      if (metric != Metric::none) record.val_metric = measure(loss, *validation, outputs);
    }
    const double monitored = val_loader ? record.val_loss : record.train_loss;
    set_rates([&](Schedule& schedule, double lr) { return next_lr(schedule, lr, monitored); });
    history.best_epoch = epoch;
    if (best) history.stopped_early = best->update(model, epoch, monitored);
    record.seconds = clock.seconds();
    history.epochs.push_back(record);
    log.write(history.csv_line(record));
    if (!silent) progress.epoch(record, total.seconds());
    if (options.on_epoch) options.on_epoch(record);
    history.seconds = seconds_before + total.seconds();
    checkpoint.after_epoch(state);
  }
  if (best) best->restore(model, history);
  history.seconds = seconds_before + total.seconds();
  return history;
}

}  // namespace detail

/// Trains a model: for every epoch, for every batch, forward, loss, backward, step; then the validation set.
///
/// The random stream moves as in the same loop in PyTorch with a DataLoader for training and one for validation, so the
/// same seed gives the same curve. examples/manual_loop.cpp is this loop written out.
///
///     auto history = fit(net, MSELoss(), SGD({.lr = 0.003}), split.train, split.val,
///                        {.epochs = 100, .batch_size = 32}, rng);
///
/// In place of the rule it takes a `RuleWithGroups`; the schedule then changes the rate of each group.
///
/// @throws ValueError for an option out of range, an empty set, NaN or infinity in the data (`mlp::fit: the training
/// set has nan in row 3, column 2 of x`), a label that is no class, a target or weight out of range; ShapeError where
/// model, data and loss do not meet: all before the first step. ValueError `mlp::fit: drop_last leaves no sample that
/// counts in epoch 3`
/// @throws DivergenceError `mlp::fit: the loss is nan in epoch 3, batch 7; first not finite: layer 2, ReLU()`,
/// `mlp::fit: the validation loss is nan after epoch 3`
/// @throws IoError if the log or a checkpoint cannot be written.
///
/// With a `Checkpoint` (mlp/io/checkpoint.hpp) a training that was stopped goes on where it was, to the same weights.
template <class Model, class Loss, class Rule, class X, class Y, class Checkpoint = NoCheckpoint>
History fit(Model& model, const Loss& loss, Rule rule, const Dataset<X, Y>& train, const Dataset<X, Y>& validation,
            const FitOptions& options, Rng& rng, const Checkpoint& checkpoint = {}) {
  return detail::fit(model, loss, std::move(rule), train, &validation, options, rng, checkpoint);
}

/// The same without a validation set.
template <class Model, class Loss, class Rule, class X, class Y, class Checkpoint = NoCheckpoint>
History fit(Model& model, const Loss& loss, Rule rule, const Dataset<X, Y>& train, const FitOptions& options, Rng& rng,
            const Checkpoint& checkpoint = {}) {
  return detail::fit(model, loss, std::move(rule), train, static_cast<const Dataset<X, Y>*>(nullptr), options, rng,
                     checkpoint);
}

}  // namespace mlp
