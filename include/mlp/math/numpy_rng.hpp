// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <mlp/core/matrix.hpp>
#include <mlp/math/rng.hpp>

namespace mlp {

/// The random stream of NumPy's legacy `RandomState(seed)`, which pandas and scikit-learn draw from: the same calls in
/// the same order give the same permutations. Source: NumPy 1.24, `numpy/random/mtrand.pyx` and `distributions.c`.
///
///     NumpyRng rng(0);
///     std::vector<Index> order = rng.permutation(392);   // np.random.RandomState(0).permutation(392)
class NumpyRng {
 public:
  explicit NumpyRng(std::uint32_t seed) : engine_(seed) {}

  /// Uniform in [0, max], both ends included. Draws are cut to the bits of `max` and repeated until one is in the range
  /// (masked rejection); nothing is drawn for max = 0.
  std::uint64_t interval(std::uint64_t max) {
    if (max == 0) return 0;
    std::uint64_t mask = max;
    for (unsigned shift = 1; shift < 64; shift *= 2) mask |= mask >> shift;
    std::uint64_t value = 0;
    do {
      value = draw(max) & mask;
    } while (value > max);
    return value;
  }

  /// Fisher-Yates from the back.
  template <class T>
  void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i > 1; --i)
      std::swap(values[i - 1], values[static_cast<std::size_t>(interval(i - 1))]);
  }

  /// 0 .. n-1, shuffled.
  std::vector<Index> permutation(Index n) {
    std::vector<Index> order(static_cast<std::size_t>(n < 0 ? 0 : n));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<Index>(i);
    shuffle(std::span(order));
    return order;
  }

  friend bool operator==(const NumpyRng&, const NumpyRng&) = default;

 private:
  std::uint64_t draw(std::uint64_t max) {
    const std::uint64_t high = engine_();
    return max <= 0xffffffffu ? high : high << 32 | engine_();
  }

  Mt19937 engine_;
};

}  // namespace mlp
