// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numbers>
#include <type_traits>
#include <utility>

#include <mlp/math/activation.hpp>
#include <mlp/math/curve.hpp>
#include <mlp/math/isa.hpp>
#include <mlp/math/layer_norm_pass.hpp>
#include <mlp/math/optimizer_steps.hpp>
#include <mlp/math/product.hpp>
#include <mlp/math/workspace.hpp>

// The kernels, written once in kernels/*.inc and compiled for each instruction set into a namespace of its own. The
// pragmas give every function between them the instructions that its namespace is named after; `dispatch` calls them
// only where the processor has these, so no compiler flag is needed. <immintrin.h> would cost as much time to compile
// as all kernels, so the few instructions that vector types cannot express are the compilers' builtins. PREFETCHW does
// nothing on processors that do not know it.

#if defined(__GNUC__) && defined(__x86_64__)
#define MLP_X86_KERNELS
#endif
#ifdef __GNUC__
#define MLP_INLINED __attribute__((always_inline))  // behind the parameters of a lambda
#else
#define MLP_INLINED
#endif

#ifdef MLP_X86_KERNELS

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,bmi,bmi2,prfchw"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,bmi,bmi2,prfchw")
#endif
namespace mlp::detail::avx512 {
inline constexpr int vector_bytes = 64;
// 24 of the 32 registers hold sums. By four vectors, tiles load 10 operands for 24 multiply-adds; by two, 14.
inline constexpr Index tile_rows = 12;  // by two vectors, half as many by four
inline constexpr bool wide_tiles = true;
inline constexpr bool has_masks = true;
inline constexpr bool cheap_masks = true;
inline constexpr bool lean = false;
inline constexpr bool has_scale = true;
typedef float Floats __attribute__((vector_size(64)));
typedef double Doubles __attribute__((vector_size(64)));
typedef float HalfFloats __attribute__((vector_size(32)));
typedef double HalfDoubles __attribute__((vector_size(32)));

inline Floats masked_load(const float* from, Index count) {
  return __builtin_ia32_loadups512_mask(from, Floats{}, static_cast<unsigned short>((1u << count) - 1));
}
inline Doubles masked_load(const double* from, Index count) {
  return __builtin_ia32_loadupd512_mask(from, Doubles{}, static_cast<unsigned char>((1u << count) - 1));
}
inline void masked_store(float* to, Index count, Floats v) {
  __builtin_ia32_storeups512_mask(to, v, static_cast<unsigned short>((1u << count) - 1));
}
inline void masked_store(double* to, Index count, Doubles v) {
  __builtin_ia32_storeupd512_mask(to, v, static_cast<unsigned char>((1u << count) - 1));
}
/// 16 bytes from each.
inline HalfFloats load_two(const float* low, const float* high) {
  typedef float Quad __attribute__((vector_size(16)));
  typedef float Unaligned __attribute__((vector_size(16), aligned(4), may_alias));
  const Quad first = *reinterpret_cast<const Unaligned*>(low), second = *reinterpret_cast<const Unaligned*>(high);
  return __builtin_ia32_vinsertf128_ps256(__builtin_shufflevector(first, first, 0, 1, 2, 3, -1, -1, -1, -1), second, 1);
}
inline HalfDoubles load_two(const double* low, const double* high) {
  typedef double Pair __attribute__((vector_size(16)));
  typedef double Unaligned __attribute__((vector_size(16), aligned(8), may_alias));
  const Pair first = *reinterpret_cast<const Unaligned*>(low), second = *reinterpret_cast<const Unaligned*>(high);
  return __builtin_ia32_vinsertf128_pd256(__builtin_shufflevector(first, first, 0, 1, -1, -1), second, 1);
}
/// v 2^n, rounded once where it is denormal.
inline Floats scale(Floats v, Floats n) {
  return __builtin_ia32_scalefps512_mask(v, n, v, static_cast<unsigned short>(~0u), 4);  // 4: the rounding in force
}
inline Doubles scale(Doubles v, Doubles n) {
  return __builtin_ia32_scalefpd512_mask(v, n, v, static_cast<unsigned char>(~0u), 4);
}
#ifdef __clang__
inline Floats joined(HalfFloats a, HalfFloats b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
inline Doubles joined(HalfDoubles a, HalfDoubles b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7);
}
inline Floats zero_or_more(Floats v) {
  return __builtin_ia32_maxps512(Floats{}, v, 4);
}
inline Doubles zero_or_more(Doubles v) {
  return __builtin_ia32_maxpd512(Doubles{}, v, 4);
}
inline Floats vector_root(Floats v) {
  return __builtin_ia32_sqrtps512(v, 4);
}
inline Doubles vector_root(Doubles v) {
  return __builtin_ia32_sqrtpd512(v, 4);
}
#else
// Of __builtin_shufflevector g++ 12 makes two moves more.
inline Floats joined(HalfFloats a, HalfFloats b) {
  const Floats low = __builtin_ia32_ps512_256ps(a);
  return __builtin_ia32_insertf32x8_mask(low, b, 1, low, static_cast<unsigned short>(~0u));
}
inline Doubles joined(HalfDoubles a, HalfDoubles b) {
  const Doubles low = __builtin_ia32_pd512_256pd(a);
  return __builtin_ia32_insertf64x4_mask(low, b, 1, low, static_cast<unsigned char>(~0u));
}
inline Floats zero_or_more(Floats v) {
  return __builtin_ia32_maxps512_mask(Floats{}, v, v, static_cast<unsigned short>(~0u), 4);
}
inline Doubles zero_or_more(Doubles v) {
  return __builtin_ia32_maxpd512_mask(Doubles{}, v, v, static_cast<unsigned char>(~0u), 4);
}
inline Floats vector_root(Floats v) {
  return __builtin_ia32_sqrtps512_mask(v, v, static_cast<unsigned short>(~0u), 4);
}
inline Doubles vector_root(Doubles v) {
  return __builtin_ia32_sqrtpd512_mask(v, v, static_cast<unsigned char>(~0u), 4);
}
#endif

#include <mlp/math/kernels/all.inc>
}  // namespace mlp::detail::avx512
#ifdef __clang__
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2,prfchw"))), apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi,bmi2,prfchw")
#endif
namespace mlp::detail::avx2 {
inline constexpr int vector_bytes = 32;
inline constexpr Index tile_rows = 6;  // by two vectors: 12 of the 16 registers hold sums
inline constexpr bool wide_tiles = false;
inline constexpr bool has_masks = true;
inline constexpr bool cheap_masks = false;
inline constexpr bool lean = false;
inline constexpr bool has_scale = false;
typedef float Floats __attribute__((vector_size(32)));
typedef double Doubles __attribute__((vector_size(32)));
typedef int Ints __attribute__((vector_size(32)));
typedef long long Longs __attribute__((vector_size(32)));

/// Bits set in the first `count` lanes.
inline Ints int_mask(Index count) {
  return Ints{0, 1, 2, 3, 4, 5, 6, 7} < static_cast<int>(count);
}
inline Longs long_mask(Index count) {
  return Longs{0, 1, 2, 3} < static_cast<long long>(count);
}

inline Floats masked_load(const float* from, Index count) {
  return __builtin_ia32_maskloadps256(reinterpret_cast<const Floats*>(from), int_mask(count));
}
inline Doubles masked_load(const double* from, Index count) {
  return __builtin_ia32_maskloadpd256(reinterpret_cast<const Doubles*>(from), long_mask(count));
}
// In pieces: a masked store takes a processor of AMD a dozen cycles.
inline void masked_store(float* to, Index count, Floats v) {
  typedef float Quad __attribute__((vector_size(16), aligned(4), may_alias));
  Quad part = __builtin_shufflevector(v, v, 0, 1, 2, 3);
  if ((count & 4) != 0) {
    *reinterpret_cast<Quad*>(to) = part;
    part = __builtin_shufflevector(v, v, 4, 5, 6, 7);
    to += 4;
  }
  if ((count & 2) != 0) {
    to[0] = part[0], to[1] = part[1];
    part = __builtin_shufflevector(part, part, 2, 3, 2, 3);
    to += 2;
  }
  if ((count & 1) != 0) *to = part[0];
}
inline void masked_store(double* to, Index count, Doubles v) {
  typedef double Pair __attribute__((vector_size(16), aligned(8), may_alias));
  Pair part = __builtin_shufflevector(v, v, 0, 1);
  if ((count & 2) != 0) {
    *reinterpret_cast<Pair*>(to) = part;
    part = __builtin_shufflevector(v, v, 2, 3);
    to += 2;
  }
  if ((count & 1) != 0) *to = part[0];
}
inline Floats zero_or_more(Floats v) {
  return __builtin_ia32_maxps256(Floats{}, v);
}
inline Doubles zero_or_more(Doubles v) {
  return __builtin_ia32_maxpd256(Doubles{}, v);
}
inline Floats vector_root(Floats v) {
  return __builtin_ia32_sqrtps256(v);
}
inline Doubles vector_root(Doubles v) {
  return __builtin_ia32_sqrtpd256(v);
}
#include <mlp/math/kernels/all.inc>
}  // namespace mlp::detail::avx2
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif  // MLP_X86_KERNELS

namespace mlp::detail::baseline {
#ifdef __GNUC__
inline constexpr int vector_bytes = 16;
#endif
inline constexpr Index tile_rows = 6;
inline constexpr bool wide_tiles = false;
inline constexpr bool has_masks = false;
inline constexpr bool cheap_masks = false;
inline constexpr bool lean = true;  // few tiles: processors without AVX2 do not pay for everybody's compile time
inline constexpr bool has_scale = false;
#include <mlp/math/kernels/all.inc>
}  // namespace mlp::detail::baseline

namespace mlp::detail {

/// f(kernels of the instruction set in use).
template <class F>
decltype(auto) dispatch(F&& f) {
#ifdef MLP_X86_KERNELS
  switch (isa()) {
    case Isa::avx512:
      return f(avx512::Kernels{});
    case Isa::avx2:
      return f(avx2::Kernels{});
    case Isa::baseline:
      break;
  }
#endif
  return f(baseline::Kernels{});
}

}  // namespace mlp::detail

#undef MLP_X86_KERNELS
#undef MLP_INLINED
