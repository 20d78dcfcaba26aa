// SPDX-License-Identifier: MIT
// What bounds a step on this machine: multiplications, memory, and what two cores exchange.
#include <algorithm>
#include <atomic>
#include <barrier>
#include <cstddef>
#include <cstdio>
#include <thread>
#include <vector>

#include <mlp/core/buffer.hpp>
#include <mlp/core/view.hpp>

#include "support/fma_peak.hpp"

namespace {

/// Inlined into the functions below, whose instruction sets it takes over.
template <class V>
[[gnu::always_inline]] inline void add_all(const float* begin, const float* end) {
  constexpr std::ptrdiff_t lanes = sizeof(V) / sizeof(float);
  const auto* v = reinterpret_cast<const V*>(begin);
  V a = {}, b = {}, c = {}, d = {};
  for (; end - begin >= 4 * lanes; begin += 4 * lanes, v += 4) a += v[0], b += v[1], c += v[2], d += v[3];
  a += b + (c + d);
  bench::detail::sink = a[0];
}
#if defined(__x86_64__)
[[gnu::target("avx512f")]] void add_all_512(const float* begin, const float* end) {
  add_all<bench::detail::Float16>(begin, end);
}
[[gnu::target("avx2")]] void add_all_256(const float* begin, const float* end) {
  add_all<bench::detail::Float8>(begin, end);
}
#endif

void read_all(const float* begin, const float* end) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return add_all_512(begin, end);
  if (__builtin_cpu_supports("avx2")) return add_all_256(begin, end);
#endif
  add_all<bench::detail::Float4>(begin, end);
}
void scale_all(float* begin, float* end) {
  for (; end - begin >= 4; begin += 4) *reinterpret_cast<bench::detail::Float4*>(begin) *= 0.999f;
}

template <class F>
double seconds_of(F f) {
  const double start = bench::seconds_now();
  f();
  return bench::seconds_now() - start;
}

/// GB/s of f(begin, end) on `threads` threads, each with its part of the numbers.
template <class F>
double rate(mlp::MatrixView<float> numbers, int threads, F f) {
  std::vector<double> seconds;
  std::barrier together(threads);
  std::vector<std::thread> workers;
  const mlp::Index part = numbers.size() / threads;
  for (int t = 0; t < threads; ++t)
    workers.emplace_back([&, t] {
      float* const begin = numbers.data() + t * part;
      for (int round = 0; round < 15; ++round) {
        together.arrive_and_wait();
        const double taken = seconds_of([&] {
          f(begin, begin + part);
          together.arrive_and_wait();
        });
        if (t == 0) seconds.push_back(taken);
      }
    });
  for (std::thread& worker : workers) worker.join();
  return static_cast<double>(numbers.size()) * sizeof(float) / bench::median(seconds) * 1e-9;
}

/// Two threads in turns: one writes so many KiB, the other reads them, and once more. Who waits does not sleep, so that
/// each keeps its core.
void exchange(mlp::Index kib) {
  mlp::Buffer<float> memory;
  const mlp::MatrixView<float> numbers = memory.resize(kib, 256);
  float *const begin = numbers.data(), *const end = begin + numbers.size();
  constexpr int rounds = 400;
  std::vector<double> writes, reads, again;
  std::atomic<int> written{0}, was_read{0};
  std::thread writer([&] {
    for (int round = 1; round <= rounds; ++round) {
      writes.push_back(seconds_of([&] { std::fill(begin, end, 1.5f); }));
      written = round;
      while (was_read < round) continue;
    }
  });
  for (int round = 1; round <= rounds; ++round) {
    while (written < round) continue;
    reads.push_back(seconds_of([&] { read_all(begin, end); }));
    again.push_back(seconds_of([&] { read_all(begin, end); }));
    was_read = round;
  }
  writer.join();
  const auto gigabytes = [&](const std::vector<double>& seconds) {
    return static_cast<double>(kib) * 1024 / bench::median(seconds) * 1e-9;
  };
  std::printf("%4td KiB that another core wrote: read %.1f GB/s, read again %.1f, written after it was read %.1f\n",
              kib, gigabytes(reads), gigabytes(again), gigabytes(writes));
}

}  // namespace

int main() {
  const int most = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  mlp::Buffer<float> memory;
  const mlp::MatrixView<float> numbers = memory.resize(132 * 1024, 256);
  std::fill_n(numbers.data(), numbers.size(), 1.0f);
  for (int threads = 1; threads <= most; threads *= 2) {
    const double flops = bench::peak_gflops(threads, bench::Operands::registers, 0.5);
    const double cached = bench::peak_gflops(threads, bench::Operands::cache, 0.5);
    const double reading = rate(numbers, threads, read_all);
    const double scaling = 2 * rate(numbers, threads, scale_all);
    std::printf("%d %s: %.0f GFLOP/s (%s), from the cache %.0f, 132 MiB: read %.1f GB/s, a = a s %.1f GB/s\n", threads,
                threads == 1 ? "thread" : "threads", flops, bench::fma_isa(), cached, reading, scaling);
  }
  if (most > 1)
    for (const mlp::Index kib : {64, 256, 1024}) exchange(kib);
}
