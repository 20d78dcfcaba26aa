// SPDX-License-Identifier: MIT
#include <mlp/core/stopwatch.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

TEST_CASE("a stopwatch has the seconds of the standard library's steady clock") {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point before = Clock::now();
  const mlp::detail::Stopwatch watch;
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const double seconds = watch.seconds();
  const std::chrono::duration<double> longest = Clock::now() - before;
  CHECK(seconds >= 0.002);
  CHECK(seconds <= longest.count() + 1e-6);  // the clocks may be read in other units
}
