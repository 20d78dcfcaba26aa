// SPDX-License-Identifier: MIT
// An epoch of a DataLoader over images of 28 x 28, as floats and as bytes, shuffled: what it costs to bring the samples
// to the model. Bytes a second are those of the batches made.

#include <cstdint>

#include "support/google_benchmark.hpp"
#include "support/models.hpp"

namespace {

constexpr mlp::Index samples = 10'000, features = 784;

mlp::Labels labels() {
  mlp::Labels all;
  for (mlp::Index i = 0; i < samples; ++i) all.push_back(static_cast<int>(i % 10));
  return all;
}

template <class X>
void epoch(benchmark::State& state, const mlp::Dataset<X, mlp::Labels>& data, bool shuffle) {
  mlp::set_num_threads(1);
  mlp::DataLoader loader(data, {.batch_size = state.range(0), .shuffle = shuffle});
  mlp::Rng rng(1);
  for (auto _ : state)
    for (const auto& batch : loader.epoch(rng)) benchmark::DoNotOptimize(batch.x.data());
  state.counters["samples/s"] = benchmark::Counter(samples, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["bytes/s"] =
      benchmark::Counter(samples * features * sizeof(float), benchmark::Counter::kIsIterationInvariantRate);
}

void floats(benchmark::State& state) {
  mlp::Matrix<float> x(samples, features);
  bench::fill_random(x.data(), x.size(), 1);
  epoch(state, mlp::Dataset{std::move(x), labels()}, true);
}

void bytes(benchmark::State& state) {
  mlp::Matrix<std::uint8_t> x(samples, features);
  for (mlp::Index i = 0; i < x.size(); ++i)
    x.data()[i] = static_cast<std::uint8_t>(127.5f + 127.0f * bench::random_number(1, static_cast<std::uint32_t>(i)));
  epoch(state, mlp::Dataset{mlp::ByteMatrix{std::move(x), 1 / 127.5, -1}, labels()}, true);
}

/// Views of the data set: nothing moves.
void floats_in_order(benchmark::State& state) {
  mlp::Matrix<float> x(samples, features);
  bench::fill_random(x.data(), x.size(), 1);
  epoch(state, mlp::Dataset{std::move(x), labels()}, false);
}

BENCHMARK(floats)->Arg(32)->Arg(256)->ArgName("batch")->Unit(benchmark::kMicrosecond);
BENCHMARK(bytes)->Arg(32)->Arg(256)->ArgName("batch")->Unit(benchmark::kMicrosecond);
BENCHMARK(floats_in_order)->Arg(32)->ArgName("batch")->Unit(benchmark::kMicrosecond);

}  // namespace
