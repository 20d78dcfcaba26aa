// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <string>

#include <mlp/core/error.hpp>
#include <mlp/core/function_ref.hpp>
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

/// The exception of the lowest index among those that were thrown.
class FirstError {
 public:
  template <class... Numbers>
  void guard(Index i, FunctionRef<void(Numbers...)> f, Numbers... numbers) {
    try {
      f(numbers...);
    } catch (...) {
#ifdef _OPENMP
#pragma omp critical(mlp_first_error)
#endif
      if (!error_ || i < at_) {
        at_ = i;
        error_ = std::current_exception();
      }
    }
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::exception_ptr error_;
  Index at_ = 0;
};

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
inline void parallel_for(Index n, detail::FunctionRef<void(Index)> f) {
  detail::FirstError error;
#ifdef _OPENMP
  const int threads = static_cast<int>(std::clamp<Index>(n, 1, num_threads()));
  if (threads > 1) {  // OpenMP takes memory for a team of one
    std::atomic<Index> next = 0;
#pragma omp parallel num_threads(threads)  // not `parallel for`, for which LLVM's runtime takes memory each time
    for (Index i = next++; i < n; i = next++) error.guard(i, f, i);
    return error.rethrow();
  }
#endif
  for (Index i = 0; i < n; ++i) error.guard(i, f, i);
  error.rethrow();
}

/// Calls `f(part, parts)` for each part, one a thread; a thread gets the same part in each call, so what it has in its
/// cache is still of use. Exceptions as above.
inline void parallel_parts(Index parts, detail::FunctionRef<void(Index, Index)> f) {
  if (parts == 1) return f(0, 1);
  detail::FirstError error;
#ifdef _OPENMP
  const int threads = static_cast<int>(parts);
#pragma omp parallel num_threads(threads)
  for (Index part = omp_get_thread_num(); part < parts; part += omp_get_num_threads())
    error.guard(part, f, part, parts);
#else
  for (Index part = 0; part < parts; ++part) error.guard(part, f, part, parts);
#endif
  error.rethrow();
}

namespace detail {

/// f(first, count) for the parts of [0, n), whole multiples of `grain`: one for each thread where `work` elements are
/// worth waking them.
inline void in_parts(Index work, Index n, Index grain, FunctionRef<void(Index, Index)> f) {
  constexpr Index worth_threads = 100'000;
  const Index threads = work < worth_threads || n <= grain ? 1 : num_threads();
  if (threads == 1) return f(0, n);
  const Index size = ((n + threads - 1) / threads + grain - 1) / grain * grain;
  parallel_parts((n + size - 1) / size, [&](Index i, Index) { f(i * size, std::min(size, n - i * size)); });
}

}  // namespace detail

}  // namespace mlp
