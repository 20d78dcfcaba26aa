// SPDX-License-Identifier: MIT
// This library as a contestant: forward of one sample.
#include "../support/models.hpp"
#include "../support/protocol.hpp"

int main(int argc, char** argv) {
  return bench::steps_program(argc, argv, [](const bench::Workload& w, int threads) {
    mlp::set_num_threads(threads);
    const bench::Data data = bench::make_data(w);
    const mlp::ConstMatrixView<float> x(data.x.data(), 1, w.widths.front());
    bench::with_sequential(w, [&](const auto& net) {
      mlp::Tape tape(net);
      float sum = 0;  // somebody reads the output
      bench::serve(bench::mlp_version(), [&] { sum += tape.forward(x)(0, 0); });
      if (std::isnan(sum)) throw std::runtime_error("the output is not a number");
    });
  });
}
