// SPDX-License-Identifier: MIT
// A training that takes up what the file says and goes on for an epoch or two.
#include <mlp/compiled.hpp>
#include <mlp/io/checkpoint.hpp>

#include "checkpoint_training.hpp"
#include "fuzz.hpp"
#include "safetensors_mutator.hpp"

using namespace mlp;

namespace {

struct ResumeOnly {
  Checkpoint checkpoint;

  template <class State>
  void resume(State& state) const {
    checkpoint.resume(state);
  }
  template <class State>
  void after_epoch(State&) const {}
};

}  // namespace

// A row of the history becomes a record; the training has buffers of its own.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run(data, size, {8, 1 << 17}, [](std::string_view bytes) {
    std::vector<double> kept;
    fuzz::train(4, ResumeOnly{Checkpoint({.path = fuzz::memory_file().hold(bytes), .also_keep = &kept})});
  });
}
