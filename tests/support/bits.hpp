// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <nlohmann/json.hpp>

#include <mlp/core/view.hpp>

namespace mlp::testing {

/// The bits of a float or a double, as references store numbers that must be equal to the last one.
inline std::uint32_t bits(float value) {
  return std::bit_cast<std::uint32_t>(value);
}
inline std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

/// CRC-32 of zlib, which references store of results too long to list.
inline std::uint32_t crc32(const void* data, std::size_t size) {
  std::uint32_t crc = 0xffffffffu;
  for (std::size_t i = 0; i < size; ++i) {
    crc ^= static_cast<const unsigned char*>(data)[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1u) != 0 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

/// Equal shapes and equal bytes: NaN equals NaN, -0 does not equal 0.
template <class A, class B>
requires MatrixLike<A> && MatrixLike<B>
bool bitwise_equal(const A& a, const B& b) {
  static_assert(std::is_same_v<ScalarOf<A>, ScalarOf<B>>);
  const auto x = view(a);
  const auto y = view(b);
  if (x.shape() != y.shape()) return false;
  for (Index i = 0; i < x.rows(); ++i)
    for (Index j = 0; j < x.cols(); ++j)
      if (bits(x(i, j)) != bits(y(i, j))) return false;
  return true;
}

}  // namespace mlp::testing
