// SPDX-License-Identifier: MIT
#pragma once

// How often a piece of code asks for heap memory. Only for programs that link allocation_count.cpp, which replaces
// operator new and malloc for the whole program.

namespace mlp::testing {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define MLP_TESTING_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MLP_TESTING_SANITIZED 1
#endif

/// False under a sanitizer, which brings its own malloc: nothing is replaced then and all counts stay 0.
#ifdef MLP_TESTING_SANITIZED
inline constexpr bool counts_new = false;
#else
inline constexpr bool counts_new = true;
#endif

/// True where malloc is counted too: with glibc.
extern const bool counts_malloc;

/// Since the program began, on all threads.
struct Allocations {
  long by_new = 0;     ///< operator new in all its forms
  long by_malloc = 0;  ///< malloc, calloc, realloc and aligned_alloc called by anybody but operator new: Eigen does
};
Allocations allocations_so_far();

/// The allocations while `f()` runs.
///
///     CHECK(allocations_of([&] { loss(y, target, dy); }).by_new == 0);
template <class F>
Allocations allocations_of(F&& f) {
  const Allocations before = allocations_so_far();
  f();
  const Allocations after = allocations_so_far();
  return {after.by_new - before.by_new, after.by_malloc - before.by_malloc};
}

}  // namespace mlp::testing
