// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <benchmark/benchmark.h>

#include "fma_peak.hpp"

// What the programs on Google Benchmark share. google_benchmark.cpp is their main.

namespace bench {

/// GFLOP/s, measured when the program first asks.
inline double peak(int threads) {
  static const double one = peak_gflops(1), two = peak_gflops(2);
  return threads == 1 ? one : two;
}

/// Reports what a benchmark that does `flops` an iteration reached, and which share of the measured peak that is.
inline void report_flops(benchmark::State& state, double flops, int threads) {
  state.counters["FLOP/s"] = benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["of_peak"] =
      benchmark::Counter(flops / (1e9 * peak(threads)), benchmark::Counter::kIsIterationInvariantRate);
}

/// Registers `function(state, arguments...)` for 1 and for 2 threads, read by `state.range(0)`.
template <class F, class... Arguments>
void add_benchmark(const std::string& name, F function, const Arguments&... arguments) {
  benchmark::RegisterBenchmark(name.c_str(), function, arguments...)
      ->Arg(1)
      ->Arg(2)
      ->ArgName("threads")
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
}

}  // namespace bench
