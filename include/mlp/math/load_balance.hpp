// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <mlp/core/function_ref.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/stopwatch.hpp>
#include <mlp/math/threads.hpp>

namespace mlp::detail {

/// Shares work out among threads so that all end at about the same time, from how fast each was before: cores of one
/// processor may differ, and so may what else runs on them. It decides who computes what, and no result.
class LoadBalance {
 public:
  /// Of the products that the calling thread asks for.
  static LoadBalance& of_products() {
    static thread_local LoadBalance balance;
    return balance;
  }

  /// f(begin, end) for each part of [0, units), one a thread; at least as many units as parts. `work` is that of all
  /// units, in multiplications.
  void run(Index work, Index units, Index parts, FunctionRef<void(Index, Index)> f) {
    if (parts == 1) return f(0, units);
    resize(parts);
    // Once for so many multiplications, as it takes a microsecond to hand times and speeds from core to core; and not
    // where the ends of parts, which take longer, are much of them.
    constexpr Index worth_measuring = 20'000'000;
    work_ += work;
    const bool measures = work_ >= worth_measuring && units >= 16 * parts;
    const bool even = is_even(parts);
    parallel_parts(parts, [&](Index part, Index) {
      const Index first = begin(units, part, parts, even), last = begin(units, part + 1, parts, even);
      if (!measures) return f(first, last);
      const Stopwatch watch;
      f(first, last);
      threads_[static_cast<std::size_t>(part)].measured = static_cast<double>(last - first) / (watch.seconds() + 1e-9);
    });
    if (!measures) return;
    work_ = 0;
    update_speeds(parts);
  }

  /// Where a part of [0, units) begins and the one before it ends.
  Index begin(Index units, Index part, Index parts) const { return begin(units, part, parts, is_even(parts)); }

  /// As if the parts had been measured with these speeds, in units a second.
  void learn(const std::vector<double>& speeds) {
    resize(static_cast<Index>(speeds.size()));
    for (std::size_t i = 0; i < speeds.size(); ++i) threads_[i].measured = speeds[i];
    update_speeds(static_cast<Index>(speeds.size()));
  }

 private:
  struct Thread {
    double speed = 1;  // of the average
    double measured = 0;
  };

  void resize(Index parts) {
    if (threads_.size() < static_cast<std::size_t>(parts)) threads_.resize(static_cast<std::size_t>(parts));
  }
  const Thread& thread(Index part) const { return threads_[static_cast<std::size_t>(part)]; }

  /// Nearly equal speeds count as equal: what little is gained by following them goes into ends of odd sizes.
  bool is_even(Index parts) const {
    if (threads_.size() < static_cast<std::size_t>(parts)) return true;
    double least = thread(0).speed, most = least;
    for (Index i = 1; i < parts; ++i) {
      least = std::min(least, thread(i).speed);
      most = std::max(most, thread(i).speed);
    }
    return most < 1.1 * least;
  }

  /// Equal parts; else a unit each, and the others in proportion to the speeds.
  Index begin(Index units, Index part, Index parts, bool even) const {
    if (even || part == parts) return units * part / parts;
    double before = 0, all = 0;
    for (Index i = 0; i < parts; ++i) {
      if (i == part) before = all;
      all += thread(i).speed;
    }
    return part + static_cast<Index>(std::llround(static_cast<double>(units - parts) * before / all));
  }

  /// A sixteenth of what is known is new. Of a few threads of a larger team it changes no more than how fast they are
  /// to each other.
  void update_speeds(Index parts) {
    constexpr double most_speed = 4;  // bounds what one measurement can do, or a core that hardly runs
    double measured = 0, known = 0;
    for (Index i = 0; i < parts; ++i) measured += thread(i).measured, known += thread(i).speed;
    for (Index i = 0; i < parts; ++i) {
      double& speed = threads_[static_cast<std::size_t>(i)].speed;
      speed += (std::clamp(thread(i).measured * known / measured, 1 / most_speed, most_speed) - speed) / 16;
    }
  }

  std::vector<Thread> threads_;
  alignas(64) Index work_ = 0;  // since the last measurement; written each time, so not in a line that all read
};

}  // namespace mlp::detail
