// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <thread>
#include <vector>

#include "protocol.hpp"

// The most multiplications and additions of floats that this machine can do, measured: the limit of all products.

namespace bench {

namespace detail {

typedef float Float4 __attribute__((vector_size(16)));
typedef float Float8 __attribute__((vector_size(32)));
typedef float Float16 __attribute__((vector_size(64)));

inline volatile float factor = 0.999f, addend = 0.001f, sink;  // unknown to the compiler

/// Twelve independent chains of a = a * m + c hide the latency of the unit. Inlined into the functions below, whose
/// instruction sets it takes over.
template <class V>
[[gnu::always_inline]] inline void multiply_add(long count) {
  const V m = V{} + factor, c = V{} + addend;
  V a0 = c, a1 = c + 1, a2 = c + 2, a3 = c + 3, a4 = c + 4, a5 = c + 5, a6 = c + 6, a7 = c + 7, a8 = c + 8, a9 = c + 9,
    a10 = c + 10, a11 = c + 11;
  for (long i = 0; i < count; ++i) {
    a0 = a0 * m + c, a1 = a1 * m + c, a2 = a2 * m + c, a3 = a3 * m + c;
    a4 = a4 * m + c, a5 = a5 * m + c, a6 = a6 * m + c, a7 = a7 * m + c;
    a8 = a8 * m + c, a9 = a9 * m + c, a10 = a10 * m + c, a11 = a11 * m + c;
  }
  const V sum = ((a0 + a1) + (a2 + a3)) + ((a4 + a5) + (a6 + a7)) + ((a8 + a9) + (a10 + a11));
  sink = sum[0];
}

struct FmaLoop {
  const char* isa;
  int width;
  void (*run)(long);
};

#if defined(__x86_64__)
[[gnu::target("avx512f,fma")]] inline void multiply_add_512(long count) {
  multiply_add<Float16>(count);
}
[[gnu::target("avx2,fma")]] inline void multiply_add_256(long count) {
  multiply_add<Float8>(count);
}
#endif
inline void multiply_add_128(long count) {
  multiply_add<Float4>(count);
}

inline FmaLoop fma_loop() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return {"AVX-512", 16, multiply_add_512};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {"AVX2", 8, multiply_add_256};
#endif
  return {"128 bits", 4, multiply_add_128};
}

}  // namespace detail

/// The instruction set that `fma_microseconds` measures.
inline const char* fma_isa() {
  return detail::fma_loop().isa;
}

/// Mean and median of the microseconds that `threads` threads together take for a million multiplications and
/// additions.
inline std::pair<double, double> fma_microseconds(int threads, double seconds) {
  const detail::FmaLoop loop = detail::fma_loop();
  constexpr long count = 1000;
  std::vector<std::pair<double, double>> times(static_cast<std::size_t>(threads));
  std::vector<std::thread> workers;
  for (auto& time : times)
    workers.emplace_back([&time, &loop, seconds] { time = time_of([&loop] { loop.run(count); }, seconds); });
  for (std::thread& worker : workers) worker.join();
  const double millions = 2.0 * 12.0 * loop.width * count * threads / 1e6;
  double mean = 0, median = 0;
  for (const auto& time : times) {
    mean = std::max(mean, time.first);
    median = std::max(median, time.second);
  }
  return {mean / millions, median / millions};
}

inline double peak_gflops(int threads, double seconds = 0.2) {
  return 1e3 / fma_microseconds(threads, seconds).second;
}

}  // namespace bench
