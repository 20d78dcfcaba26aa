// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <mlp/io/checkpoint.hpp>

#include "command_line.hpp"

namespace examples {

/// The checkpoint of one model in the folder of --checkpoint; none without that option.
class ModelCheckpoint {
 public:
  /// `also_keep`: numbers that grow with the training and belong to it.
  ModelCheckpoint(const Options& options, const std::string& model, std::vector<double>* also_keep = nullptr) {
    if (options.checkpoint.empty()) return;
    std::filesystem::create_directories(options.checkpoint);
    file_.emplace(mlp::CheckpointOptions{
        .path = options.checkpoint + "/" + model + ".ckpt", .resume = options.resume, .also_keep = also_keep});
  }

  template <class State>
  void resume(State& state) const {
    if (file_) file_->resume(state);
  }
  template <class State>
  void after_epoch(State& state) const {
    if (file_) file_->after_epoch(state);
  }

 private:
  std::optional<mlp::Checkpoint> file_;
};

}  // namespace examples
