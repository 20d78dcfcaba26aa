// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>

namespace mlp {

/// The 32-bit Mersenne Twister (Matsumoto and Nishimura 1998), seeded by `init_genrand`: the engine of PyTorch's CPU
/// generator and of NumPy's legacy `RandomState`. Written out because its 625 words are part of a checkpoint.
class Mt19937 {
 public:
  explicit Mt19937(std::uint32_t seed = 5489u) {
    state_[0] = seed;
    for (std::uint32_t i = 1; i < size; ++i) state_[i] = 1812433253u * (state_[i - 1] ^ (state_[i - 1] >> 30)) + i;
  }

  std::uint32_t operator()() {
    if (next_ == size) refill();
    std::uint32_t y = state_[next_++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
  }

  friend bool operator==(const Mt19937&, const Mt19937&) = default;

 private:
  friend class Rng;  // whose state it is part of
  static constexpr std::uint32_t size = 624;

  /// The next 624 words, each from the one at its place, the next one and the one 397 places on, of the old words or,
  /// where these are used up, of the new ones.
  void refill() {
    constexpr std::size_t ahead = 397, back = size - ahead;
    // A pointer, as the elements of std::array are calls where nothing is optimised.
    const auto twist = [state = state_.data()](std::size_t i, std::size_t next, std::size_t far) {
      const std::uint32_t y = (state[i] & 0x80000000u) | (state[next] & 0x7fffffffu);
      state[i] = state[far] ^ (y >> 1) ^ (-(y & 1u) & 0x9908b0dfu);
    };
    for (std::size_t i = 0; i < back; ++i) twist(i, i + 1, i + ahead);
    for (std::size_t i = back; i < size - 1; ++i) twist(i, i + 1, i - back);
    twist(size - 1, 0, ahead - 1);
    next_ = 0;
  }

  std::array<std::uint32_t, size> state_;
  std::uint32_t next_ = size;
};

/// The random stream of `torch.manual_seed(seed)` on a CPU: the same draws in the same order give the same bits.
/// Source: PyTorch 1.13, CPUGeneratorImpl and DistributionTemplates; checked against it in tests/math/rng_test.cpp.
///
///     Rng rng(59);
///     float u = rng.uniform(-1.0f, 1.0f);          // torch.empty(1).uniform_(-1, 1)
///     double z = rng.normal();                     // torch.randn(1, dtype=torch.double)
///     std::vector<Index> order = rng.randperm(10); // torch.randperm(10)
class Rng {
 public:
  /// PyTorch keeps the low 32 bits of a seed for this engine.
  explicit Rng(std::uint64_t seed) : engine_(static_cast<std::uint32_t>(seed)) {}

  std::uint32_t random() { return engine_(); }

  /// Two draws, the first the high half.
  std::uint64_t random64() {
    const std::uint64_t high = engine_();
    return high << 32 | engine_();
  }

  /// Uniform in [low, high): 24 random bits in float, 53 in double, scaled in that type by one fused multiply-add.
  /// So does PyTorch on every processor with AVX2 or newer; its fallback for older ones rounds twice.
  template <class T>
  T uniform(T low, T high) {
    T x;
    if constexpr (sizeof(T) == sizeof(float))
      x = static_cast<T>(random() & 0xffffffu) * static_cast<T>(0x1p-24);
    else
      x = static_cast<T>(random64() & ((std::uint64_t{1} << 53) - 1)) * static_cast<T>(0x1p-53);
#if defined(__GNUC__) && defined(__x86_64__)
    // From 0 and around 0 a product has that one rounding too, and needs no call of a function.
    if (low == 0 && high > 0) return rounded(x * high);
    if (low == -high && high > 0) return rounded((x - T(0.5)) * (high - low));
#endif
    return std::fma(x, high - low, low);
  }

  /// True with probability p: one draw of `torch.bernoulli` with a p in double. Always from 1 on, never up to 0.
  bool bernoulli(double p) {
    return uniform(0.0, 1.0) < p;
  }

  /// Normal with this mean and standard deviation: what `torch.randn(1, dtype=torch.double)` and `normal_` draw for a
  /// tensor of fewer than 16 elements, one after another, in double; a float tensor gets the same values, rounded.
  /// (From 16 elements on PyTorch fills a tensor by another rule.) Two uniform doubles make two deviates (Box and
  /// Muller 1958); the second is kept for the next call, whatever is drawn in between:
  ///
  ///     r = sqrt(-2 log(1 - u2)),   z1 = r cos(2 pi u1),   z2 = r sin(2 pi u1)
  ///
  /// @throws ValueError `mlp::Rng::normal: std must be at least 0 and finite, got -1`
  double normal(double mean = 0, double stddev = 1) {
    detail::check_not_negative("Rng::normal", "std", stddev);
    double z = 0;
    if (next_normal_) {
      z = *next_normal_;
      next_normal_.reset();
    } else {
      const double u1 = uniform(0.0, 1.0);
      const double u2 = uniform(0.0, 1.0);
      const double r = std::sqrt(-2 * std::log1p(-u2));
      const double theta = 2 * std::numbers::pi * u1;
      next_normal_ = r * std::sin(theta);
      z = r * std::cos(theta);
    }
    return std::fma(z, stddev, mean);  // PyTorch's build for AVX2 fuses it, too
  }

  /// An integer in [low, high), as `torch.randint`: one draw, two where the range needs more than 32 bits.
  /// @throws ValueError if the range is empty.
  std::int64_t randint(std::int64_t low, std::int64_t high) {
    if (low >= high)
      throw ValueError("mlp::Rng::randint: expected low < high, got [" + std::to_string(low) + ", " +
                       std::to_string(high) + ")");
    const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    const std::uint64_t draw = range >= std::uint64_t{1} << 32 ? random64() : random();
    return static_cast<std::int64_t>(draw % range + static_cast<std::uint64_t>(low));
  }

  /// A permutation of 0 .. n-1, as `torch.randperm` (Fisher-Yates from the front).
  std::vector<Index> randperm(Index n) {
    std::vector<Index> order(static_cast<std::size_t>(n < 0 ? 0 : n));
    randperm(order);
    return order;
  }

  /// The same into memory of the caller.
  void randperm(std::span<Index> order) {
    const std::size_t n = order.size();
    for (std::size_t i = 0; i < n; ++i) order[i] = static_cast<Index>(i);
    for (std::size_t i = 0; i + 1 < n; ++i) std::swap(order[i], order[i + random() % (n - i)]);
  }

  /// All that the next draws depend on: the 624 words of the engine, how many of them are used up, and 1 and the bits
  /// of the deviate that `normal` has kept, or 0 and 0.
  using State = std::array<std::uint64_t, Mt19937::size + 3>;
  State state() const {
    State state{};
    std::copy(engine_.state_.begin(), engine_.state_.end(), state.begin());
    state[Mt19937::size] = engine_.next_;
    state[Mt19937::size + 1] = next_normal_ ? 1 : 0;
    state[Mt19937::size + 2] = std::bit_cast<std::uint64_t>(next_normal_.value_or(0.0));
    return state;
  }
  /// Goes on where a stream was. @throws ValueError `mlp::Rng: no state of a random stream` for numbers that are none
  void set_state(const State& state) {
    const auto is_word = [](std::uint64_t w) { return w <= 0xffffffffu; };
    if (!std::all_of(state.begin(), state.begin() + Mt19937::size, is_word) || state[Mt19937::size] > Mt19937::size ||
        state[Mt19937::size + 1] > 1)
      throw ValueError("mlp::Rng: no state of a random stream");
    for (std::size_t i = 0; i < Mt19937::size; ++i) engine_.state_[i] = static_cast<std::uint32_t>(state[i]);
    engine_.next_ = static_cast<std::uint32_t>(state[Mt19937::size]);
    next_normal_.reset();
    if (state[Mt19937::size + 1] == 1) next_normal_ = std::bit_cast<double>(state[Mt19937::size + 2]);
  }

  friend bool operator==(const Rng&, const Rng&) = default;

 private:
#if defined(__GNUC__) && defined(__x86_64__)
  /// Hides that x is a product, which compilers else fuse with what a caller adds to it.
  template <class T>
  static T rounded(T x) {
    asm("" : "+x"(x));
    return x;
  }
#endif

  Mt19937 engine_;
  std::optional<double> next_normal_;
};

}  // namespace mlp
