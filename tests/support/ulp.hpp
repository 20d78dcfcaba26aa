// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <random>
#include <vector>

namespace mlp::testing {

/// The distance of `value` from the exact result, in units of the last place of that result as a T: those of denormals
/// are all the smallest denormal. A NaN is 0 away from a NaN; infinite is right where the exact result rounds to it.
template <class T, class Exact>
double ulps(T value, Exact exact) {
  static_assert(std::numeric_limits<Exact>::digits > std::numeric_limits<T>::digits);
  if (std::isnan(exact) || std::isnan(value))
    return std::isnan(exact) && std::isnan(value) ? 0 : std::numeric_limits<double>::infinity();
  if (std::isinf(value) || std::isinf(exact))
    return value == static_cast<T>(exact) ? 0 : std::numeric_limits<double>::infinity();
  constexpr int digits = std::numeric_limits<T>::digits;
  constexpr int smallest = std::numeric_limits<T>::min_exponent - digits;
  int exponent = 0;
  std::frexp(exact, &exponent);
  if (exact == Exact(0)) exponent = smallest;
  const Exact unit = std::ldexp(Exact(1), std::max(exponent - digits, smallest));
  return static_cast<double>(std::abs(static_cast<Exact>(value) - exact) / unit);
}

/// check(floats) for blocks of every 997th float there is. Builds with assertions are slow: of every 29989th.
template <class Check>
void each_block_of_floats(const Check& check) {
  std::vector<float> x;
#ifdef NDEBUG
  constexpr std::uint64_t step = 997;
#else
  constexpr std::uint64_t step = 29989;
#endif
  constexpr std::uint64_t block = 1 << 16;
  for (std::uint64_t start = 0; start < std::uint64_t{1} << 32; start += step * block) {
    x.clear();
    for (std::uint64_t b = start; b < start + step * block && b < std::uint64_t{1} << 32; b += step)
      x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(b)));
    check(x);
  }
}

/// 40000 doubles of any exponent, and as many in (-r, r) for each of `ranges`.
inline std::vector<double> doubles_of_every_exponent(std::mt19937_64& bits, std::initializer_list<double> ranges) {
  std::vector<double> x;
  for (int i = 0; i < 40000; ++i) {
    x.push_back(std::bit_cast<double>(bits()));
    const double sign = (bits() & 1) != 0 ? -1 : 1;
    const double unit = sign * std::ldexp(static_cast<double>(bits() >> 11), -53);
    for (const double range : ranges) x.push_back(range * unit);
  }
  return x;
}

}  // namespace mlp::testing
