// SPDX-License-Identifier: MIT
#include "google_benchmark.hpp"

#include <cstdio>

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  for (const int threads : {1, 2}) {
    char text[100];
    std::snprintf(text, sizeof text, "%.1f GFLOP/s (%s)", bench::peak(threads), bench::fma_isa());
    benchmark::AddCustomContext("Measured peak, threads:" + std::to_string(threads), text);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
