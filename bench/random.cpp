// SPDX-License-Identifier: MIT
// What the random stream takes for one number: initial weights, a mask of Dropout and an order of samples.
//
//     bench_random --benchmark_filter=Dropout

#include <mlp/mlp.hpp>

#include "support/google_benchmark.hpp"

namespace {

constexpr mlp::Index batch = 128, features = 512;

/// `draw(rng)` makes batch x features random numbers, on one thread: a stream has an order.
template <class Draw>
void numbers(benchmark::State& state, const Draw& draw) {
  mlp::set_num_threads(1);
  mlp::Rng rng(1);
  for (auto _ : state) {
    draw(rng);
    benchmark::ClobberMemory();
  }
  state.counters["time/number"] =
      benchmark::Counter(static_cast<double>(batch * features),
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

template <class Draw>
void add(const std::string& name, const Draw& draw) {
  benchmark::RegisterBenchmark(name.c_str(), numbers<Draw>, draw)->Unit(benchmark::kMicrosecond);
}

const bool registered = [] {
  static mlp::Matrix<float> x = mlp::Matrix<float>::Ones(batch, features), y = x;
  static mlp::Dropout<float>::Cache cache;
  static std::vector<mlp::Index> order(static_cast<std::size_t>(batch * features));
  add("kaiming_uniform_init", [](mlp::Rng& rng) { mlp::kaiming_uniform_init(mlp::view(y), rng); });
  add("normal_init", [](mlp::Rng& rng) { mlp::normal_init(mlp::view(y), 0, 1, rng); });
  add("Dropout", [](mlp::Rng& rng) { mlp::Dropout(0.5).forward(x, mlp::view(y), cache, mlp::Training{&rng}); });
  add("randperm", [](mlp::Rng& rng) { rng.randperm(order); });
  return true;
}();

}  // namespace
