// SPDX-License-Identifier: MIT
// The most memory that training takes, against what it must hold:   bench_memory [WORKLOAD], F256 without any
//
// Linux only: reads VmHWM, the peak of the resident size, from /proc/self/status.

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "support/models.hpp"

namespace {

/// In MB; 0 where the system does not tell.
double peak_resident_size() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    std::istringstream words(line);
    std::string name;
    double kilobytes = 0;
    if (words >> name >> kilobytes && name == "VmHWM:") return kilobytes * 1024 / 1e6;
  }
  return 0;
}

double megabytes(bench::Index floats) {
  return static_cast<double>(floats) * sizeof(float) / 1e6;
}

}  // namespace

int main(int argc, char** argv) try {
  const bench::Workload& w = bench::workload(argc > 1 ? argv[1] : "F256");
  const double empty = peak_resident_size();
  if (empty == 0) {
    std::puts("bench_memory: no VmHWM in /proc/self/status here");
    return 1;
  }
  double first = 0, last = 0;
  bench::with_sequential(w, [&](auto& net) {
    bench::Training training(w, net);
    first = training.step();
    for (int i = 0; i < 3; ++i) last = training.step();
  });
  const double peak = peak_resident_size();

  bench::Index weights = 0, activations = 0;
  for (std::size_t i = 0; i < w.layers(); ++i) {
    weights += (w.widths[i] + 1) * w.widths[i + 1];
    activations += w.batch * w.widths[i + 1];
  }
  const double data = megabytes(w.batch * w.widths.front());
  const double needed = megabytes(weights) + megabytes(activations) + data;
  std::printf("%s, loss %.4f to %.4f\n", w.title().c_str(), first, last);
  std::printf("weights               %8.1f MB\n", megabytes(weights));
  std::printf("activations           %8.1f MB\n", megabytes(activations));
  std::printf("data                  %8.1f MB\n", data);
  std::printf("together              %8.1f MB\n", needed);
  std::printf("peak of the process   %8.1f MB, %.1f MB of them before training\n", peak, empty);
  std::printf("peak / together       %8.2f\n", (peak - empty) / needed);
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_memory: %s\n", error.what());
  return 1;
}
