// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <mlp/core/byte_reader.hpp>

namespace mlp::detail {

/// A number of 64 bits that tells damaged bytes from whole ones (and nothing about who wrote them). The words w of 8
/// bytes go in turn to four lanes h, because a processor can multiply for all of them at a time; the last 32 bytes are
/// padded with zeros:
///
///     h <- (h xor w) * 0x9E3779B97F4A7C15,   h <- h xor (h >> 32)
///
/// In the same way the lanes and the length make the sum. All steps can be undone, so two texts of one length that
/// differ in 8 aligned bytes only never have one sum.
class Checksum {
 public:
  /// Pieces add up to the same as all bytes at once.
  void add(std::string_view bytes) {
    length_ += bytes.size();
    if (held_ > 0) {
      const std::size_t count = std::min(bytes.size(), block - held_);
      bytes.copy(rest_ + held_, count);
      bytes.remove_prefix(count);
      held_ += count;
      if (held_ < block) return;
      add_blocks({rest_, block});
    }
    const std::size_t whole = bytes.size() / block * block;
    add_blocks(bytes.substr(0, whole));
    held_ = bytes.substr(whole).copy(rest_, block);
  }
  std::uint64_t value() const {
    Checksum sum = *this;
    std::fill(sum.rest_ + held_, sum.rest_ + block, '\0');
    if (held_ > 0) sum.add_blocks({sum.rest_, block});
    std::uint64_t h = 0;
    for (const std::uint64_t lane : sum.lanes_) h = mixed(h, lane);
    return mixed(h, length_);
  }
  /// 16 hexadecimal digits.
  std::string text() const {
    std::string digits(16, '0');
    std::uint64_t rest = value();
    for (std::size_t i = 16; i-- > 0; rest >>= 4) digits[i] = "0123456789abcdef"[rest & 15];
    return digits;
  }

 private:
  static constexpr std::size_t block = 32;

  static std::uint64_t mixed(std::uint64_t h, std::uint64_t w) {
    h = (h ^ w) * 0x9E3779B97F4A7C15u;
    return h ^ (h >> 32);
  }
  void add_blocks(std::string_view bytes) {
    std::array<std::uint64_t, 4> h = lanes_;  // in registers
    for (std::size_t i = 0; i < bytes.size(); i += block)
      for (std::size_t lane = 0; lane < 4; ++lane)
        h[lane] = mixed(h[lane], from_bytes<std::uint64_t>(bytes.data() + i + 8 * lane));
    lanes_ = h;
  }

  std::array<std::uint64_t, 4> lanes_{};
  std::uint64_t length_ = 0;
  char rest_[block] = {};  // bytes that make no whole block yet
  std::size_t held_ = 0;
};

}  // namespace mlp::detail
