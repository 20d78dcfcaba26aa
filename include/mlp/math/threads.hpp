// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <string>

#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace mlp {

namespace detail {

inline std::atomic<int>& thread_limit() {
  static std::atomic<int> limit{0};  // 0: as OpenMP says
  return limit;
}

}  // namespace detail

/// The most threads that one operation of this library uses: as many as OpenMP would (OMP_NUM_THREADS, the number of
/// cores), or fewer where `set_num_threads` said so. 1 inside a parallel region of the caller, and without OpenMP.
inline int num_threads() {
#ifdef _OPENMP
  if (omp_in_parallel()) return 1;
  const int limit = detail::thread_limit();
  return limit > 0 ? std::min(limit, omp_get_max_threads()) : omp_get_max_threads();
#else
  return 1;
#endif
}

/// Bounds the threads of this library, and of nothing else: no setting of OpenMP or Eigen changes. 0 lifts the bound.
/// @throws ValueError if `count` is negative.
inline void set_num_threads(int count) {
  if (count < 0) throw ValueError("mlp::set_num_threads: expected at least 0, got " + std::to_string(count));
  detail::thread_limit() = count;
}

/// Calls `f(i)` for i in [0, n) on up to `num_threads()` threads. Order is free; if calls throw, the exception of the
/// lowest i is thrown after all have ended, so the outcome does not depend on the number of threads.
template <class F>
void parallel_for(Index n, F&& f) {
  std::exception_ptr error;
  Index error_at = n;
  const auto guarded = [&](Index i) {
    try {
      f(i);
    } catch (...) {
#ifdef _OPENMP
#pragma omp critical(mlp_parallel_for)
#endif
      if (i < error_at) {
        error_at = i;
        error = std::current_exception();
      }
    }
  };
#ifdef _OPENMP
  const int threads = static_cast<int>(std::clamp<Index>(n, 1, num_threads()));
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1)
#endif
  for (Index i = 0; i < n; ++i) guarded(i);
  if (error) std::rethrow_exception(error);
}

}  // namespace mlp
