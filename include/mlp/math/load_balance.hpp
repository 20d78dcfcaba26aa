// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <vector>

#include <mlp/core/function_ref.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/math/threads.hpp>

namespace mlp::detail {

/// Shares work out among threads so that all end at the same time, from how fast each was before: cores of one
/// processor may differ, and so may what else runs on them. It decides who computes what, and no result.
class LoadBalance {
 public:
  /// Of the products that the calling thread asks for.
  static LoadBalance& of_products() {
    static thread_local LoadBalance balance;
    return balance;
  }

  /// f(begin, end) for each part of [0, units), one a thread. `work` is that of all units, in multiplications.
  void run(Index work, Index units, Index parts, FunctionRef<void(Index, Index)> f) {
    // Not all that is small is measured, as cores take a microsecond to tell each other.
    constexpr Index worth_measuring = 20'000'000;
    resize(parts);
    work_ += work;
    const bool measures = work_ >= worth_measuring;
    const bool equal = equal_;  // a copy, as others would wait for the line of the cache that `work_` has changed
    parallel_parts(parts, [&](Index part, Index) {
      const Index first = equal ? units * part / parts : begin(units, part, parts);
      const Index last = equal ? units * (part + 1) / parts : begin(units, part + 1, parts);
      if (!measures) return f(first, last);
      const auto start = std::chrono::steady_clock::now();
      f(first, last);
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
      threads_[static_cast<std::size_t>(part)].measured = static_cast<double>(last - first) / (seconds.count() + 1e-9);
    });
    if (!measures) return;
    work_ = 0;
    learn(parts);
  }

  /// Where a part of [0, units) begins and the one before it ends: a unit each, and the others in proportion to speeds.
  Index begin(Index units, Index part, Index parts) const {
    if (equal_ || part == parts) return units * part / parts;
    double before = 0, all = 0;
    for (Index i = 0; i < parts; ++i) {
      if (i == part) before = all;
      all += threads_[static_cast<std::size_t>(i)].speed;
    }
    return part + static_cast<Index>(std::lround(static_cast<double>(units - parts) * before / all));
  }

  /// As if the parts had been measured with these speeds, in units a second.
  void learn(const std::vector<double>& speeds) {
    const Index parts = static_cast<Index>(speeds.size());
    resize(parts);
    for (std::size_t i = 0; i < speeds.size(); ++i) threads_[i].measured = speeds[i];
    learn(parts);
  }

 private:
  void resize(Index parts) {
    if (threads_.size() < static_cast<std::size_t>(parts)) threads_.resize(static_cast<std::size_t>(parts));
  }

  /// A sixteenth of what is known is new. Nearly equal speeds count as equal: what little is gained by following them
  /// goes into ends of odd sizes.
  void learn(Index parts) {
    constexpr double most_speed = 4;  // one odd measurement must not leave a thread without work
    double sum = 0, least = most_speed, most = 0;
    for (Index i = 0; i < parts; ++i) sum += threads_[static_cast<std::size_t>(i)].measured;
    const double average = sum / static_cast<double>(parts);
    for (Index i = 0; i < parts; ++i) {
      Thread& thread = threads_[static_cast<std::size_t>(i)];
      thread.speed += (std::clamp(thread.measured / average, 1 / most_speed, most_speed) - thread.speed) / 16;
      least = std::min(least, thread.speed);
      most = std::max(most, thread.speed);
    }
    equal_ = most < 1.1 * least;
  }

  struct Thread {
    double speed = 1;  // of the average
    double measured = 0;
  };
  std::vector<Thread> threads_;
  Index work_ = 0;  // since the last measurement
  bool equal_ = true;
};

}  // namespace mlp::detail
