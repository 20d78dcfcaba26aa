// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <mlp/core/byte_reader.hpp>

namespace mlp::detail {

/// A number of 64 bits that tells damaged bytes from whole ones (and nothing about who wrote them): over 8 bytes w at a
/// time, the last padded with zeros,
///
///     h <- (h xor w) * 0x9E3779B97F4A7C15,   h <- h xor (h >> 32)
///
/// Both steps can be undone, so two texts of one length that differ in 8 aligned bytes only never have one sum.
class Checksum {
 public:
  /// Pieces add up to the same as all bytes at once.
  void add(std::string_view bytes) {
    length_ += bytes.size();
    if (held_ > 0) {
      const std::size_t count = std::min(bytes.size(), 8 - held_);
      bytes.copy(rest_ + held_, count);
      bytes.remove_prefix(count);
      held_ += count;
      if (held_ < 8) return;
      add_word(from_bytes<std::uint64_t>(rest_));
    }
    std::size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) add_word(from_bytes<std::uint64_t>(bytes.data() + i));
    held_ = bytes.substr(i).copy(rest_, 8);
  }
  std::uint64_t value() const {
    Checksum sum = *this;
    std::fill(sum.rest_ + held_, sum.rest_ + 8, '\0');
    if (held_ > 0) sum.add_word(from_bytes<std::uint64_t>(sum.rest_));
    sum.add_word(length_);
    return sum.h_;
  }
  /// 16 hexadecimal digits.
  std::string text() const {
    std::string digits(16, '0');
    std::uint64_t rest = value();
    for (std::size_t i = 16; i-- > 0; rest >>= 4) digits[i] = "0123456789abcdef"[rest & 15];
    return digits;
  }

 private:
  void add_word(std::uint64_t w) {
    h_ = (h_ ^ w) * 0x9E3779B97F4A7C15u;
    h_ ^= h_ >> 32;
  }

  std::uint64_t h_ = 0;
  std::uint64_t length_ = 0;
  char rest_[8] = {};  // bytes that make no whole word yet
  std::size_t held_ = 0;
};

}  // namespace mlp::detail
