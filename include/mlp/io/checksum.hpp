// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mlp/core/byte_reader.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/math/threads.hpp>

namespace mlp::detail {

/// A sum as 16 hexadecimal digits.
inline std::string sum_text(std::uint64_t sum) {
  std::string digits(16, '0');
  for (std::size_t i = 16; i-- > 0; sum >>= 4) digits[i] = "0123456789abcdef"[sum & 15];
  return digits;
}

/// A number of 64 bits that tells damaged bytes from whole ones (and nothing about who wrote them). The words w of 8
/// bytes go in turn to 4 or 8 lanes h, because a processor can multiply for all of them at a time; the last 8 `lanes`
/// bytes are padded with zeros:
///
///     h <- (h xor w) * 0x9E3779B97F4A7C15,   h <- h xor (h >> 32)
///
/// In the same way the lanes and the length make the sum. All steps can be undone, so two texts of one length that
/// differ in 8 aligned bytes only never have one sum.
template <std::size_t lanes = 4>
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
  std::string text() const { return sum_text(value()); }

 private:
  static constexpr std::size_t block = 8 * lanes;

  static std::uint64_t mixed(std::uint64_t h, std::uint64_t w) {
    h = (h ^ w) * 0x9E3779B97F4A7C15u;
    return h ^ (h >> 32);
  }
  void add_blocks(std::string_view bytes) { add_blocks(bytes, std::make_index_sequence<lanes>()); }
  template <std::size_t... lane>
  void add_blocks(std::string_view bytes, std::index_sequence<lane...>) {
    std::array<std::uint64_t, lanes> h = lanes_;  // in registers
    for (std::size_t i = 0; i < bytes.size(); i += block)
      ((h[lane] = mixed(h[lane], from_bytes<std::uint64_t>(bytes.data() + i + 8 * lane))), ...);
    lanes_ = h;
  }

  std::array<std::uint64_t, lanes> lanes_{};
  std::uint64_t length_ = 0;
  char rest_[block] = {};  // bytes that make no whole block yet
  std::size_t held_ = 0;
};

/// A large text has a sum for each of its blocks of this size, so that threads can share the work; together they are
/// the text that has the sum of the whole.
inline constexpr std::size_t sum_block = std::size_t{1} << 20;

using BlockSums = std::vector<std::uint64_t>;

/// The sums of the blocks of `size` bytes, by as many threads as are worth it. `give(begin, end, sum)` adds the bytes
/// [begin, end) of a block to its sum.
template <class Give>
BlockSums sums_of_blocks(std::size_t size, const Give& give) {
  BlockSums sums((size + sum_block - 1) / sum_block);
  parallel_for(static_cast<Index>(sums.size()), [&](Index block) {
    const auto i = static_cast<std::size_t>(block);
    Checksum<8> sum;
    give(i * sum_block, std::min(size, (i + 1) * sum_block), sum);
    sums[i] = sum.value();
  });
  return sums;
}

inline std::string sum_of(const BlockSums& sums) {
  Checksum<8> whole;
  for (const std::uint64_t sum : sums) {
    char bytes[8];
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(sum >> 8 * i & 0xFF);
    whole.add({bytes, 8});
  }
  return whole.text();
}

/// The sum of pieces that make one text.
inline std::string sum_of_blocks(std::span<const std::string_view> pieces) {
  std::size_t size = 0;
  for (const std::string_view piece : pieces) size += piece.size();
  return sum_of(sums_of_blocks(size, [&](std::size_t begin, std::size_t end, Checksum<8>& sum) {
    std::size_t at = 0;  // of the piece
    for (const std::string_view piece : pieces) {
      if (at >= end) return;
      if (at + piece.size() > begin) {
        const std::size_t first = begin > at ? begin - at : 0;
        sum.add(piece.substr(first, end - at - first));
      }
      at += piece.size();
    }
  }));
}

}  // namespace mlp::detail
