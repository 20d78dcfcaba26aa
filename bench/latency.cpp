// SPDX-License-Identifier: MIT
// How long one sample takes: forward of workload A with a batch of 1, call by call, on one thread. `forward` goes
// through a tape that is kept, and must take nothing from the heap; `predict` returns a matrix of its own.

#include <algorithm>
#include <vector>

#include "support/allocation_count.hpp"
#include "support/google_benchmark.hpp"
#include "support/models.hpp"

namespace {

/// Times every call of `f()`; the last calls, up to so many, are remembered.
class CallTimes {
 public:
  template <class F>
  void run(benchmark::State& state, F&& f) {
    for (int i = 0; i < 1000; ++i) f();
    const auto before = mlp::testing::allocations_so_far();
    for (int i = 0; i < 1000; ++i) f();
    const auto after = mlp::testing::allocations_so_far();
    std::size_t next = 0;
    for (auto _ : state) {
      const double start = bench::seconds_now();
      f();
      const double time = bench::seconds_now() - start;
      state.SetIterationTime(time);
      times_[next++ % times_.size()] = time;
    }
    times_.resize(std::min(next, times_.size()));
    std::sort(times_.begin(), times_.end());
    state.counters["p50_us"] = percentile(50);
    state.counters["p99_us"] = percentile(99);
    state.counters["allocations"] =
        static_cast<double>(after.by_new - before.by_new + after.by_malloc - before.by_malloc) / 1000;
  }

 private:
  double percentile(std::size_t p) const { return 1e6 * times_[(times_.size() - 1) * p / 100]; }

  std::vector<double> times_ = std::vector<double>(1 << 18);
};

struct Sample {
  bench::Data data = bench::make_data(bench::workload("A"));
  mlp::ConstMatrixView<float> x{data.x.data(), 1, 9};
};

void forward(benchmark::State& state) {
  mlp::set_num_threads(1);
  bench::with_sequential(bench::workload("A"), [&](const auto& net) {
    const Sample sample;
    mlp::Tape tape(net);
    CallTimes().run(state, [&] { benchmark::DoNotOptimize(tape.forward(sample.x).data()); });
  });
  if (state.counters["allocations"] != 0) state.SkipWithError("takes memory from the heap in every call");
}

void predict(benchmark::State& state) {
  mlp::set_num_threads(1);
  bench::with_sequential(bench::workload("A"), [&](const auto& net) {
    const Sample sample;
    CallTimes().run(state, [&] { benchmark::DoNotOptimize(net.predict(sample.x)(0, 0)); });
  });
}

/// What the figures of the others contain of the clock itself.
void nothing(benchmark::State& state) {
  CallTimes().run(state, [] {});
}

BENCHMARK(forward)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(predict)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(nothing)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
