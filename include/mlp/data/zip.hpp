// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <zlib.h>

#include <mlp/core/byte_reader.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/text.hpp>
#include <mlp/data/inflate.hpp>

namespace mlp::detail {

/// The members of a zip archive in memory, stored or deflated. Strict: the directory and the headers of the members
/// must agree, and together with the end record they fill the file without holes and overlaps, so that no byte is two
/// things. Names are names, never paths. zip64 where it is needed. Source: PKWARE, "APPNOTE.TXT - .ZIP File Format
/// Specification", 6.3.
class ZipArchive {
 public:
  struct Member {
    std::string name;
    bool deflated = false;
    std::uint32_t crc = 0;
    std::size_t begin = 0;   ///< of the packed bytes in the file
    std::size_t packed = 0;  ///< and their number
    std::size_t size = 0;    ///< unpacked
  };

  /// `name` starts the errors. @throws FormatError `x.npz: byte 0: not a zip archive`
  ZipArchive(std::string bytes, std::string name) : bytes_(std::move(bytes)), name_(std::move(name)) {
    const std::vector<Header> headers = read_directory();
    std::vector<std::size_t> order(headers.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return headers[a].position < headers[b].position; });
    std::size_t end = 0;
    bool was_streamed = false;
    for (const std::size_t i : order) {
      check_place(headers[i].position, end, was_streamed);
      end = read_local_header(headers[i], members_[i]);
      was_streamed = (headers[i].flags & streamed) != 0;
    }
    check_place(directory_, end, was_streamed);
  }

  const std::string& name() const { return name_; }
  /// In the order of the directory.
  const std::vector<Member>& members() const { return members_; }

  /// `f(bytes)` with the unpacked bytes of a member, its CRC-32 checked; deflated ones grow as they come, up to
  /// `limit`.
  /// @throws FormatError `x.npz: member "x.npy": damaged: ...`
  template <class F>
  auto with_bytes(const Member& member, std::size_t limit, F&& f) const {
    const std::string_view packed = std::string_view(bytes_).substr(member.begin, member.packed);
    if (!member.deflated) {
      check_crc(member, packed);
      return f(packed);
    }
    if (member.size > limit)
      fail(member, "unpacks to " + std::to_string(member.size) + " bytes, more than " + std::to_string(limit));
    std::string unpacked;
    const Inflated result = inflate_onto(unpacked, packed, Wrapping::none, member.size);
    if (result.end == Inflated::End::damaged) fail(member, "damaged: " + result.reason);
    if (result.end != Inflated::End::whole || unpacked.size() != member.size || result.consumed != member.packed)
      fail(member,
           "damaged: " + std::to_string(member.packed) + " bytes do not unpack to " + std::to_string(member.size));
    check_crc(member, unpacked);
    return f(std::string_view(unpacked));
  }

 private:
  static constexpr unsigned unreadable = 1 | 1 << 5 | 1 << 6 | 1 << 13;  // encrypted, or patches of another file
  static constexpr unsigned streamed = 1 << 3;  // CRC-32 and sizes come after the member, not in its header
  static constexpr std::uint32_t in_zip64 = 0xFFFFFFFF;

  struct Header {
    unsigned flags = 0;
    unsigned method = 0;
    std::size_t position = 0;
  };

  struct Directory {
    std::uint64_t count = 0;
    std::uint64_t size = 0;
    std::uint64_t begin = 0;
    std::size_t end = 0;  ///< where the next record begins
  };

  [[noreturn]] void fail(const Member& member, const std::string& reason) const {
    throw FormatError(name_ + ": member " + in_quotes(member.name) + ": " + reason);
  }

  static bool starts(ByteReader& reader, std::string_view signature) {
    return reader.take(signature.size()) == signature;
  }

  /// The end record and the directory before it.
  std::vector<Header> read_directory() {
    constexpr std::size_t end_size = 22;
    if (!bytes_.starts_with("PK\3\4") && !bytes_.starts_with("PK\5\6"))
      ByteReader(bytes_, name_).fail("not a zip archive");
    const std::size_t end = bytes_.size() < end_size ? 0 : bytes_.size() - end_size;
    ByteReader reader(bytes_, name_, end);
    if (!starts(reader, "PK\5\6")) reader.fail_at(end, "expected the end record of a zip archive, the last 22 bytes");
    const auto this_disk = reader.read<std::uint16_t>();
    const auto directory_disk = reader.read<std::uint16_t>();
    const auto count_here = reader.read<std::uint16_t>();
    Directory directory;
    directory.count = reader.read<std::uint16_t>();
    directory.size = reader.read<std::uint32_t>();
    directory.begin = reader.read<std::uint32_t>();
    directory.end = end;
    const auto comment = reader.read<std::uint16_t>();
    if (this_disk != 0 || directory_disk != 0 || count_here != directory.count)
      reader.fail_at(end, "an archive of several files is not supported");
    if (comment != 0) reader.fail("the file ends, expected " + std::to_string(comment) + " more bytes of a comment");
    if (directory.begin + directory.size != end) directory = with_zip64(directory);
    if (directory.begin > directory.end || directory.size != directory.end - directory.begin)
      reader.fail_at(end, "the directory is at byte " + std::to_string(directory.begin) + " and has " +
                              std::to_string(directory.size) + " bytes, which do not end here");
    directory_ = static_cast<std::size_t>(directory.begin);

    const std::string_view before_end = std::string_view(bytes_).substr(0, directory.end);
    ByteReader entries(before_end, name_, directory_);
    std::vector<Header> headers;
    std::set<std::string> names;
    for (std::uint64_t i = 0; i < directory.count; ++i) {
      headers.push_back(read_entry(entries));
      if (!names.insert(members_.back().name).second)
        throw FormatError(name_ + ": two members named " + in_quotes(members_.back().name));
    }
    if (entries.remaining() > 0) entries.fail("the directory goes on after its last entry");
    return headers;
  }

  /// The directory of a zip64 archive: a record of 56 bytes with numbers of 8 bytes, and one of 20 that says where it
  /// is, both before the end record, which has the same numbers, or the largest where they do not fit.
  Directory with_zip64(const Directory& plain) const {
    constexpr std::size_t record_size = 56, locator_size = 20;
    if (plain.end < record_size + locator_size) return plain;
    const std::size_t locator_at = plain.end - locator_size, record_at = locator_at - record_size;
    ByteReader locator(bytes_, name_, locator_at), record(bytes_, name_, record_at);
    if (!starts(locator, "PK\6\7")) return plain;
    const auto record_disk = locator.read<std::uint32_t>();
    if (locator.read<std::uint64_t>() != record_at || !starts(record, "PK\6\6") ||
        record.read<std::uint64_t>() != record_size - 12)
      locator.fail_at(locator_at,
                      "expected the zip64 end record in the " + std::to_string(record_size) + " bytes before this one");
    record.take(4);  // versions that made it and that are needed
    const auto this_disk = record.read<std::uint32_t>();
    const auto directory_disk = record.read<std::uint32_t>();
    const auto count_here = record.read<std::uint64_t>();
    Directory directory;
    directory.count = record.read<std::uint64_t>();
    directory.size = record.read<std::uint64_t>();
    directory.begin = record.read<std::uint64_t>();
    directory.end = record_at;
    if (record_disk != 0 || locator.read<std::uint32_t>() != 1 || this_disk != 0 || directory_disk != 0 ||
        count_here != directory.count)
      locator.fail_at(locator_at, "an archive of several files is not supported");
    if ((plain.count != 0xFFFF && plain.count != directory.count) ||
        (plain.size != in_zip64 && plain.size != directory.size) ||
        (plain.begin != in_zip64 && plain.begin != directory.begin))
      locator.fail_at(plain.end, "the zip64 end record and the end record do not agree");
    return directory;
  }

  Header read_entry(ByteReader& reader) {
    const std::size_t at = reader.position();
    if (!starts(reader, "PK\1\2")) reader.fail_at(at, "expected an entry of the directory");
    reader.take(4);  // versions that made it and that are needed
    Header header;
    Member member;
    header.flags = reader.read<std::uint16_t>();
    header.method = reader.read<std::uint16_t>();
    reader.take(4);  // time and date
    member.crc = reader.read<std::uint32_t>();
    std::uint64_t packed = reader.read<std::uint32_t>();
    std::uint64_t size = reader.read<std::uint32_t>();
    const auto name_length = reader.read<std::uint16_t>();
    const auto extra_length = reader.read<std::uint16_t>();
    const auto comment_length = reader.read<std::uint16_t>();
    const auto disk = reader.read<std::uint16_t>();
    reader.take(6);  // attributes
    std::uint64_t position = reader.read<std::uint32_t>();
    member.name = reader.take(name_length);
    const std::string_view extra = reader.take(extra_length);
    reader.take(comment_length);
    if (!take_zip64(extra, {&size, &packed, &position})) fail(member, "has no zip64 sizes");
    if (disk != 0) reader.fail_at(at, "an archive of several files is not supported");
    if ((header.flags & unreadable) != 0) fail(member, "is encrypted");
    if (header.method != 0 && header.method != 8)
      fail(member, "packed by method " + std::to_string(header.method) + ", expected 0 (stored) or 8 (deflated)");
    member.deflated = header.method == 8;
    member.packed = static_cast<std::size_t>(packed);
    member.size = static_cast<std::size_t>(size);
    header.position = static_cast<std::size_t>(position);
    if (!member.deflated && packed != size)
      fail(member, "stored in " + std::to_string(packed) + " bytes, but has " + std::to_string(size));
    members_.push_back(std::move(member));
    return header;
  }

  /// The header before the bytes of a member says again what the directory does. Gives the end of the bytes.
  std::size_t read_local_header(const Header& header, Member& member) const {
    const std::string_view before_directory = std::string_view(bytes_).substr(0, directory_);
    ByteReader reader(before_directory, name_, header.position);
    if (!starts(reader, "PK\3\4")) reader.fail_at(header.position, "expected the header of a member");
    reader.take(2);  // version that is needed
    bool same = reader.read<std::uint16_t>() == header.flags;
    same &= reader.read<std::uint16_t>() == header.method;
    reader.take(4);  // time and date
    const auto crc = reader.read<std::uint32_t>();
    std::uint64_t packed = reader.read<std::uint32_t>();
    std::uint64_t size = reader.read<std::uint32_t>();
    const auto name_length = reader.read<std::uint16_t>();
    const auto extra_length = reader.read<std::uint16_t>();
    same &= reader.take(name_length) == member.name;
    const std::string_view extra = reader.take(extra_length);
    if ((header.flags & streamed) == 0)
      same &=
          crc == member.crc && take_zip64(extra, {&size, &packed}) && packed == member.packed && size == member.size;
    if (!same) fail(member, "its header and the directory do not agree");
    member.begin = reader.position();
    reader.take(member.packed);
    return reader.position();
  }

  /// Numbers that are the largest of 4 bytes stand with 8 in an extra field of number 1, one after the other: unpacked,
  /// packed, position. NumPy always makes room for sizes there. False where they are missing.
  bool take_zip64(std::string_view extra, std::initializer_list<std::uint64_t*> numbers) const {
    if (std::none_of(numbers.begin(), numbers.end(), [](const std::uint64_t* n) { return *n == in_zip64; }))
      return true;
    ByteReader fields(extra, name_);
    while (fields.remaining() >= 4) {
      const auto id = fields.read<std::uint16_t>();
      const auto length = fields.read<std::uint16_t>();
      if (length > fields.remaining()) return false;
      ByteReader field(fields.take(length), name_);
      if (id != 1) continue;
      for (std::uint64_t* const n : numbers) {
        if (*n != in_zip64) continue;
        if (field.remaining() < 8) return false;
        *n = field.read<std::uint64_t>();
      }
      return true;
    }
    return false;
  }

  /// After a streamed member come its CRC-32 and sizes, of 4 or 8 bytes each, behind a signature or not; else nothing.
  void check_place(std::size_t position, std::size_t expected, bool after_streamed) const {
    const std::size_t gap = position - expected;
    const bool is_descriptor = after_streamed && (gap == 12 || gap == 16 || gap == 20 || gap == 24);
    if (position < expected || (gap != 0 && !is_descriptor))
      throw FormatError(name_ + ": byte " + std::to_string(position) + ": expected at byte " +
                        std::to_string(expected) + ": no holes, no overlaps");
  }

  void check_crc(const Member& member, std::string_view bytes) const {
    if (::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()) != member.crc)
      fail(member, "damaged: its bytes do not make its CRC-32");
  }

  std::string bytes_;
  std::string name_;
  std::size_t directory_ = 0;
  std::vector<Member> members_;
};

}  // namespace mlp::detail
