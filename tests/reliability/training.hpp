// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include <mlp/core/matrix.hpp>

namespace mlp::testing {

inline constexpr Index whole_training = 60;  ///< epochs

/// The training of these tests, with a checkpoint after each epoch. Where the file is, it goes on. Returns a checksum
/// of the weights at the end.
std::string train(const std::string& checkpoint, Index epochs = whole_training,
                  const std::function<void(Index epoch)>& on_epoch = {});

/// What the training would begin the next epoch with: a checksum of the weights in the file. Throws as `fit` does.
std::string resumed(const std::string& checkpoint);

/// Epochs in a checkpoint.
Index epochs_of(const std::string& checkpoint);

}  // namespace mlp::testing
