// SPDX-License-Identifier: MIT
// This library as a contestant: a training step of a Sequential.
#include "../support/models.hpp"
#include "../support/protocol.hpp"

int main(int argc, char** argv) {
  return bench::steps_program(argc, argv, [](const bench::Workload& w, int threads) {
    mlp::set_num_threads(threads);
    bench::with_sequential(w, [&](auto& net) {
      bench::Training training(w, net);
      bench::serve_steps(w, bench::mlp_version(), [&] { return training.step(); });
    });
  });
}
