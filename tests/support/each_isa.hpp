// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/math/isa.hpp>
#include <mlp/math/kernels.hpp>

// Where kernels.hpp compiles them for more than the baseline.
#if defined(__GNUC__) && defined(__x86_64__)
#define MLP_TESTING_X86
#endif

namespace mlp::testing {

/// f(name, kernels) for each instruction set that this processor has, whichever the library would choose.
template <class F>
void on_each_isa(F&& f) {
  f("baseline", detail::baseline::Kernels{});
#ifdef MLP_TESTING_X86
  const Isa best = detail::best_isa();
  if (best != Isa::baseline) f("avx2", detail::avx2::Kernels{});
  if (best == Isa::avx512) f("avx512", detail::avx512::Kernels{});
#endif
}

/// Whether results on this instruction set are those of all with a fused multiply-add.
inline bool is_fused(const char* isa) {
  return isa[0] == 'a';
}

}  // namespace mlp::testing
