// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <mlp/io/safetensors.hpp>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace mlp::fuzz {

/// `text` after one mutation, at most `longest` bytes.
inline std::string mutated(std::string text, std::size_t longest) {
  const std::size_t size = text.size();
  if (longest == 0 || size > longest) return text;
  text.resize(longest);
  text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), size, longest));
  return text;
}

}  // namespace mlp::fuzz

/// Mutates header or data, and then makes the length and, mostly, the checksum right: else hardly an input would come
/// past the first eight bytes.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  if (seed % 16 == 0 || size < 8 || max_size < 8) return LLVMFuzzerMutate(data, size, max_size);
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto length =
      static_cast<std::size_t>(std::min<std::uint64_t>(mlp::from_bytes<std::uint64_t>(bytes.data()), size - 8));
  std::string header(bytes.substr(8, length));
  std::string rest(bytes.substr(8 + length));
  if (seed % 4 != 0)
    header = mlp::fuzz::mutated(header, max_size - 8 - rest.size());
  else
    rest = mlp::fuzz::mutated(rest, max_size - 8 - header.size());
  std::string start(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) start[i] = static_cast<char>(std::uint64_t{header.size()} >> 8 * i & 0xFF);
  header.insert(0, start);
  if (seed % 16 != 1)
    if (const std::size_t at = mlp::detail::find_checksum(header); at != header.npos && at + 16 <= header.size())
      header.replace(at, 16, mlp::detail::safetensors_checksum(header, rest));
  header += rest;
  std::memcpy(data, header.data(), header.size());
  return header.size();
}
