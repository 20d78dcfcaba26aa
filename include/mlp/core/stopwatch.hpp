// SPDX-License-Identifier: MIT
#pragma once

#include <ctime>

#if !defined(CLOCK_MONOTONIC) || defined(_WIN32)
#include <chrono>
#endif

namespace mlp::detail {

/// Seconds since it was made, by a clock that nobody sets. That of POSIX where there is one: every file that trains
/// compiles this, and the standard library's <chrono> is one of the largest of its headers.
class Stopwatch {
 public:
  double seconds() const { return now() - start_; }

 private:
  static double now() {
#if defined(CLOCK_MONOTONIC) && !defined(_WIN32)
    std::timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
#else
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
#endif
  }

  double start_ = now();
};

}  // namespace mlp::detail
