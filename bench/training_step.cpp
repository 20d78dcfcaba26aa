// SPDX-License-Identifier: MIT
// The time of a training step (forward, loss, backward, SGD) and of a prediction of a batch, for every workload.
//
//     bench_training_step --benchmark_filter=step/A

#include "support/google_benchmark.hpp"
#include "support/models.hpp"

namespace {

template <class Model>
void run_steps(benchmark::State& state, const bench::Workload& w, Model& net) {
  bench::Training training(w, net);
  for (auto _ : state) benchmark::DoNotOptimize(training.step());
  bench::report_flops(state, bench::flops(w), static_cast<int>(state.range(0)));
}

void step(benchmark::State& state, const bench::Workload& w) {
  mlp::set_num_threads(static_cast<int>(state.range(0)));
  bench::with_sequential(w, [&](auto& net) { run_steps(state, w, net); });
}

/// The same with a model made at run time.
void network_step(benchmark::State& state, const bench::Workload& w) {
  mlp::set_num_threads(static_cast<int>(state.range(0)));
  mlp::Network<float> net = bench::make_network(w);
  run_steps(state, w, net);
}

/// A prediction, through a tape that is kept, so that it takes no memory.
void inference(benchmark::State& state, const bench::Workload& w) {
  mlp::set_num_threads(static_cast<int>(state.range(0)));
  const bench::Data data = bench::make_data(w);
  const mlp::ConstMatrixView<float> x(data.x.data(), w.batch, w.widths.front());
  bench::with_sequential(w, [&](const auto& net) {
    mlp::Tape tape(net);
    for (auto _ : state) benchmark::DoNotOptimize(tape.predict(x).data());
  });
  bench::report_flops(state, bench::flops(w, false), static_cast<int>(state.range(0)));
}

const bool registered = [] {
  for (const bench::Workload& w : bench::workloads()) {
    bench::add_benchmark("step/" + std::string(w.name), step, w);
    bench::add_benchmark("network_step/" + std::string(w.name), network_step, w);
    bench::add_benchmark("inference/" + std::string(w.name), inference, w);
  }
  return true;
}();

}  // namespace
