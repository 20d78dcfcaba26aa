// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <mlp/core/error.hpp>

namespace mlp {

/// The value of type T in the first sizeof(T) bytes at `bytes`, which may be unaligned and of either byte order.
template <class T>
T from_bytes(const char* bytes, std::endian order = std::endian::little) {
  std::array<char, sizeof(T)> raw;
  std::memcpy(raw.data(), bytes, sizeof(T));
  if (order != std::endian::native) std::reverse(raw.begin(), raw.end());
  return std::bit_cast<T>(raw);
}

/// Walks over the bytes of a binary file and never past them. Its errors name the file and the byte.
///
///     ByteReader reader(bytes, "x.npy");
///     auto version = reader.read<std::uint8_t>();   // FormatError "x.npy: byte 0: the file ends, expected 1 more byte"
class ByteReader {
 public:
  /// `bytes` is the whole file and must outlive the reader; reading starts at `position`.
  ByteReader(std::string_view bytes, std::string name, std::size_t position = 0)
      : bytes_(bytes), name_(std::move(name)), position_(std::min(position, bytes.size())) {}

  const std::string& name() const { return name_; }
  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }

  /// The next byte without passing it, 0 at the end.
  char peek() const { return remaining() > 0 ? bytes_[position_] : '\0'; }

  /// The next `count` bytes.
  std::string_view take(std::size_t count) {
    if (count > remaining()) {
      const std::size_t more = count - remaining();
      fail("the file ends, expected " + std::to_string(more) + " more byte" + (more == 1 ? "" : "s"));
    }
    position_ += count;
    return bytes_.substr(position_ - count, count);
  }

  template <class T>
  T read(std::endian order = std::endian::little) {
    return from_bytes<T>(take(sizeof(T)).data(), order);
  }

  /// @throws FormatError `x.npy: byte 12: reason`
  [[noreturn]] void fail(const std::string& reason) const { fail_at(position_, reason); }
  [[noreturn]] void fail_at(std::size_t byte, const std::string& reason) const {
    throw FormatError(name_ + ": byte " + std::to_string(byte) + ": " + reason);
  }

 private:
  std::string_view bytes_;
  std::string name_;
  std::size_t position_;
};

}  // namespace mlp
