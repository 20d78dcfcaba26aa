// SPDX-License-Identifier: MIT
// One step of each optimizer: time, and the bytes that must be read and written, a second. The models lie in the first
// caches, in the last ones, and in memory.
//
//     bench_optimizer_step --benchmark_filter=AdamW

#include <mlp/mlp.hpp>

#include "support/google_benchmark.hpp"

namespace {

/// `passes`: how many numbers are read and written for each weight.
template <class Rule>
void step(benchmark::State& state, mlp::Index width, const Rule& rule, int passes) {
  mlp::set_num_threads(static_cast<int>(state.range(0)));
  mlp::Rng rng(1);
  mlp::Linear<float> model(width, width, rng), gradient(width, width, rng);
  mlp::Optimizer optimizer(model, rule);
  for (auto _ : state) {
    optimizer.step(model, gradient);
    benchmark::ClobberMemory();
  }
  const double bytes = static_cast<double>(mlp::parameter_count(model)) * sizeof(float) * passes;
  state.counters["bytes/s"] = benchmark::Counter(bytes, benchmark::Counter::kIsIterationInvariantRate);
}

void clip(benchmark::State& state, mlp::Index width) {
  mlp::set_num_threads(static_cast<int>(state.range(0)));
  mlp::Rng rng(1);
  mlp::Linear<float> gradient(width, width, rng);
  for (auto _ : state) benchmark::DoNotOptimize(mlp::clip_grad_norm(gradient, 1e9));
  const double bytes = static_cast<double>(mlp::parameter_count(gradient)) * sizeof(float);
  state.counters["bytes/s"] = benchmark::Counter(bytes, benchmark::Counter::kIsIterationInvariantRate);
}

const bool registered = [] {
  for (const mlp::Index width : {64, 512, 4096}) {
    const std::string size = "/" + std::to_string(width) + "x" + std::to_string(width);
    bench::add_benchmark("SGD" + size, step<mlp::SGD>, width, mlp::SGD(), 3);  // w, g; w
    bench::add_benchmark("SGD, momentum" + size, step<mlp::SGD>, width, mlp::SGD({.momentum = 0.9}), 5);
    bench::add_benchmark("AdamW" + size, step<mlp::AdamW>, width, mlp::AdamW(), 7);  // w, g, m, v; w, m, v
    bench::add_benchmark("AdamW, amsgrad" + size, step<mlp::AdamW>, width, mlp::AdamW({.amsgrad = true}), 9);
    bench::add_benchmark("RMSprop" + size, step<mlp::RMSprop>, width, mlp::RMSprop(), 5);
    bench::add_benchmark("clip_grad_norm, measured" + size, clip, width);
  }
  return true;
}();

}  // namespace
