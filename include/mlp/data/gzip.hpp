// SPDX-License-Identifier: MIT
#pragma once

// Opt-in: not in mlp.hpp. Needs zlib (Debian: zlib1g-dev; find_package(ZLIB), link ZLIB::ZLIB).

#include <cstddef>
#include <string>
#include <string_view>

#include <mlp/core/byte_reader.hpp>
#include <mlp/core/file.hpp>
#include <mlp/data/inflate.hpp>

namespace mlp {

/// What gzip packed: its members one after the other, each with its checksum and length right. Memory grows as bytes
/// come out, up to `limit` of them. `name` starts the errors.
///
///     auto pixels = decode_idx<std::uint8_t>(gunzip(bytes, "x.gz"), "x.gz");
///
/// @throws FormatError `x.gz: byte 0: not a gzip file`, `x.gz: byte 4096: the file ends within a gzip member`,
/// `x.gz: byte 4100: damaged: incorrect data check`, `x.gz: unpacks to more than 1073741824 bytes`
inline std::string gunzip(std::string_view bytes, const std::string& name, std::size_t limit = unpack_limit) {
  constexpr std::string_view magic = "\x1F\x8B";
  ByteReader reader(bytes, name);
  if (!bytes.starts_with(magic)) reader.fail("not a gzip file");
  std::string out;
  while (reader.remaining() > 0) {
    const std::string_view rest = bytes.substr(reader.position());
    if (!rest.starts_with(magic)) reader.fail("expected the end or another gzip member");
    const detail::Inflated member = detail::inflate_onto(out, rest, detail::Wrapping::gzip, limit);
    using End = detail::Inflated::End;
    if (member.end == End::too_large)
      throw FormatError(name + ": unpacks to more than " + std::to_string(limit) + " bytes");
    reader.take(member.consumed);
    if (member.end == End::truncated) reader.fail("the file ends within a gzip member");
    if (member.end == End::damaged) reader.fail("damaged: " + member.reason);
  }
  return out;
}

/// The bytes that a `.gz` file holds.
///
///     std::string path = "train-images-idx3-ubyte.gz";
///     auto pixels = decode_idx<std::uint8_t>(read_gzip(path), path);   // [60000, 784]
///
/// @throws IoError if the file cannot be read; FormatError as `gunzip`
inline std::string read_gzip(const std::string& path, std::size_t limit = unpack_limit) {
  return gunzip(read_file(path), path, limit);
}

}  // namespace mlp
