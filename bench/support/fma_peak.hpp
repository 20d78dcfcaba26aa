// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

#include "protocol.hpp"

// The most multiplications and additions of floats that this machine can do, measured: the limit of all products. Its
// operands are in registers, or in the first-level cache: what the innermost loop of a product at best is. Where loads
// lower the clock of the processor, as they need power too, no product comes nearer to the first than that.

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

/// So many times the sums of a tile: Rows rows of A, side by side, by two vectors of columns of B, for k in [0, depth).
template <class V, int Rows>
[[gnu::always_inline]] inline void multiply_tile(const float* a, const float* b, long depth, long times) {
  V sums[Rows][2] = {};
  for (; times > 0; --times) {
    const float* a_k = a;
    for (const V *b_k = reinterpret_cast<const V*>(b), *const end = b_k + 2 * depth; b_k < end; a_k += Rows, b_k += 2) {
      const V b0 = b_k[0], b1 = b_k[1];
#pragma GCC unroll 12
      for (int r = 0; r < Rows; ++r) {
        sums[r][0] += a_k[r] * b0;
        sums[r][1] += a_k[r] * b1;
      }
    }
  }
  V sum = {};
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) sum += sums[r][0] + sums[r][1];
  sink = sum[0];
}

struct FmaLoop {
  const char* isa;
  int width;
  void (*registers)(long count);  ///< 12 vectors
  int rows;
  void (*cache)(const float* a, const float* b, long depth, long times);  ///< 2 rows depth vectors
};

#if defined(__x86_64__)
[[gnu::target("avx512f,fma")]] inline void multiply_add_512(long count) {
  multiply_add<Float16>(count);
}
[[gnu::target("avx512f,fma")]] inline void multiply_tile_512(const float* a, const float* b, long depth, long times) {
  multiply_tile<Float16, 12>(a, b, depth, times);
}
[[gnu::target("avx2,fma")]] inline void multiply_add_256(long count) {
  multiply_add<Float8>(count);
}
[[gnu::target("avx2,fma")]] inline void multiply_tile_256(const float* a, const float* b, long depth, long times) {
  multiply_tile<Float8, 6>(a, b, depth, times);
}
#endif
inline void multiply_add_128(long count) {
  multiply_add<Float4>(count);
}
inline void multiply_tile_128(const float* a, const float* b, long depth, long times) {
  multiply_tile<Float4, 4>(a, b, depth, times);
}

inline FmaLoop fma_loop() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return {"AVX-512", 16, multiply_add_512, 12, multiply_tile_512};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return {"AVX2", 8, multiply_add_256, 6, multiply_tile_256};
#endif
  return {"128 bits", 4, multiply_add_128, 4, multiply_tile_128};
}

}  // namespace detail

/// The instruction set that `fma_microseconds` measures.
inline const char* fma_isa() {
  return detail::fma_loop().isa;
}

/// Where the multiplications find their operands.
enum class Operands { registers, cache };

/// Mean and median of the microseconds that `threads` threads together take for a million multiplications and
/// additions.
inline std::pair<double, double> fma_microseconds(int threads, Operands operands, double seconds) {
  const detail::FmaLoop loop = detail::fma_loop();
  constexpr long count = 1000, depth = 128, repeats = 8;  // of k: 22 KiB with AVX-512, 10 KiB with AVX2
  const bool cache = operands == Operands::cache;
  std::vector<std::pair<double, double>> times(static_cast<std::size_t>(threads));
  std::vector<std::thread> workers;
  for (auto& time : times)
    workers.emplace_back([&time, &loop, cache, seconds] {
      alignas(64) static thread_local float a[12 * depth], b[2 * 16 * depth];
      for (long i = 0; i < 12 * depth; ++i) a[i] = std::sin(static_cast<float>(i));
      for (long i = 0; i < 32 * depth; ++i) b[i] = std::cos(static_cast<float>(i));
      time = cache ? time_of([&] { loop.cache(a, b, depth, repeats); }, seconds)
                   : time_of([&] { loop.registers(count); }, seconds);
    });
  for (std::thread& worker : workers) worker.join();
  const double vectors = cache ? 2.0 * loop.rows * depth * repeats : 12.0 * count;
  const double millions = 2.0 * vectors * loop.width * threads / 1e6;
  double mean = 0, median = 0;
  for (const auto& time : times) {
    mean = std::max(mean, time.first);
    median = std::max(median, time.second);
  }
  return {mean / millions, median / millions};
}

inline double peak_gflops(int threads, Operands operands = Operands::registers, double seconds = 0.2) {
  return 1e3 / fma_microseconds(threads, operands, seconds).second;
}

}  // namespace bench
