// SPDX-License-Identifier: MIT
// The limit as a contestant: `fma_peak registers|cache THREADS`; a step is a million multiplications and additions.
#include "../support/fma_peak.hpp"

int main(int argc, char** argv) {
  return bench::contestant(argc, argv, [](const std::vector<std::string>& arguments) {
    if (arguments.size() != 2 || (arguments[0] != "registers" && arguments[0] != "cache"))
      throw std::invalid_argument("expected registers|cache THREADS");
    const auto operands = arguments[0] == "cache" ? bench::Operands::cache : bench::Operands::registers;
    const int threads = std::stoi(arguments[1]);
    bench::fma_microseconds(threads, operands, 0.01);
    std::printf("ready - - %s\n", bench::fma_isa());
    std::fflush(stdout);
    bench::answer([&](double seconds) { return bench::fma_microseconds(threads, operands, seconds); });
  });
}
