// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

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

}  // namespace mlp::testing
