// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <string_view>

namespace mlp {

/// The instruction sets that the kernels are compiled for: what any processor of the target has (SSE2 on x86-64),
/// AVX2 with FMA and BMI, and these with AVX-512 (F, VL, BW, DQ).
enum class Isa { baseline, avx2, avx512 };

namespace detail {

inline Isa best_isa() {
#if defined(__GNUC__) && defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi") ||
      !__builtin_cpu_supports("bmi2"))
    return Isa::baseline;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq"))
    return Isa::avx512;
  return Isa::avx2;
#else
  return Isa::baseline;
#endif
}

inline Isa chosen_isa() {
  const Isa best = best_isa();
  const char* const wish = std::getenv("MLP_ISA");
  if (wish == nullptr) return best;
  if (wish == std::string_view("baseline")) return Isa::baseline;
  if (wish == std::string_view("avx2") && best != Isa::baseline) return Isa::avx2;
  return best;
}

}  // namespace detail

/// The instruction set in use: the best of this processor, or a lesser one that the environment variable
/// MLP_ISA=baseline|avx2|avx512 asks for; other values ask for nothing. Found once. Results are the same to the last
/// bit on AVX2 and AVX-512.
///
///     if (isa() == Isa::baseline) std::cerr << "This will take a while.\n";
inline Isa isa() {
  static const Isa chosen = detail::chosen_isa();
  return chosen;
}

}  // namespace mlp
