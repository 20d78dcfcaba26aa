// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/layers/linear.hpp>
#include <mlp/losses/cross_entropy.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/optim/sgd.hpp>
#include <mlp/train/fit.hpp>

namespace mlp::fuzz {

/// The training of the checkpoints in seeds/checkpoint: one with all that a checkpoint can keep.
template <class Checkpoint>
History train(Index epochs, const Checkpoint& checkpoint) {
  Rng rng(1);
  Sequential net{Linear(2, 2, rng)};
  const Dataset<Matrix<float>, Labels> data{Matrix<float>::Identity(4, 2), {0, 1, 0, 1}};
  return fit(net, CrossEntropyLoss(), SGD({.lr = 0.1, .momentum = 0.9}), data,
             {.epochs = epochs,
              .batch_size = 2,
              .schedule = ReduceLROnPlateau({.patience = 1}),
              .early_stopping = EarlyStopping{.patience = 2},
              .progress = Progress::silent},
             rng, checkpoint);
}

}  // namespace mlp::fuzz
