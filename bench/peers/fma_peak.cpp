// SPDX-License-Identifier: MIT
// The limit as a contestant: `fma_peak peak THREADS`; a step is a million multiplications and additions.
#include "../support/fma_peak.hpp"

int main(int argc, char** argv) {
  return bench::contestant(argc, argv, [](const std::vector<std::string>& arguments) {
    if (arguments.size() != 2) throw std::invalid_argument("expected peak THREADS");
    const int threads = std::stoi(arguments[1]);
    bench::fma_microseconds(threads, 0.01);
    std::printf("ready - - %s\n", bench::fma_isa());
    std::fflush(stdout);
    bench::answer([&](double seconds) { return bench::fma_microseconds(threads, seconds); });
  });
}
