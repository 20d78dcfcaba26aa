// SPDX-License-Identifier: MIT
#include "reliability/training.hpp"

#include <mlp/io/checkpoint.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/losses/cross_entropy.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/optim/sgd.hpp>
#include <mlp/train/fit.hpp>

#include "reliability/sum.hpp"

namespace mlp::testing {

namespace {

/// Takes up what is in the file, and looks at it.
struct Look {
  Checkpoint checkpoint;
  std::string& sum;

  template <class State>
  void resume(State& state) const {
    checkpoint.resume(state);
    sum = sum_of(state.model);
    state.history.stopped_early = true;  // no epoch follows
  }
  template <class State>
  void after_epoch(State&) const {}
};

template <class C>
std::string train_with(const C& checkpoint, Index epochs, const std::function<void(Index)>& on_epoch) {
  Rng rng(59);
  Dataset<Matrix<float>, Labels> data{Matrix<float>(64, 8), {}};
  for (float& value : data.x.reshaped()) value = rng.uniform(-1.0f, 1.0f);
  for (Index i = 0; i < data.x.rows(); ++i)
    data.y.push_back(data.x(i, 0) > data.x(i, 1) ? 0 : data.x(i, 2) > data.x(i, 3) ? 1 : 2);
  Sequential net{Linear(8, 32, rng), ReLU(), Linear(32, 3, rng)};
  fit(net, CrossEntropyLoss(), SGD({.lr = 0.05, .momentum = 0.9}), data,
      {.epochs = epochs,
       .batch_size = 16,
       .schedule = ExponentialLR({.gamma = 0.98}),
       .progress = Progress::silent,
       .on_epoch =
           [&](const EpochRecord& record) {
             if (on_epoch) on_epoch(record.epoch);
           }},
      rng, checkpoint);
  return sum_of(net);
}

}  // namespace

std::string train(const std::string& checkpoint, Index epochs, const std::function<void(Index)>& on_epoch) {
  return train_with(Checkpoint({.path = checkpoint}), epochs, on_epoch);
}

std::string resumed(const std::string& checkpoint) {
  std::string sum;
  train_with(Look{Checkpoint({.path = checkpoint}), sum}, 1, {});
  return sum;
}

Index epochs_of(const std::string& checkpoint) {
  return SafeTensors::read(checkpoint).matrix<double>("history").rows();
}

}  // namespace mlp::testing
