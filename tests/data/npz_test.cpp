// SPDX-License-Identifier: MIT
#include <mlp/data/npz.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "support/bits.hpp"
#include "support/reference.hpp"

using namespace std::string_literals;

namespace {

/// Written by tests/reference/make_npz.py.
std::string stored_npz(const std::string& name) {
  return mlp::testing::stored("npz/" + name + ".npz");
}
std::string bytes_of(const std::string& name) {
  return mlp::read_file(stored_npz(name));
}

/// The error of opening these bytes and reading all their arrays, without the name; "" if there is none.
std::string npz_error(const std::string& bytes, std::size_t limit = mlp::unpack_limit) {
  try {
    const mlp::NpzFile file(bytes, "x.npz", limit);
    for (const std::string& name : file.names()) file.matrix<double>(name);
  } catch (const mlp::FormatError& error) {
    const std::string text = error.what();
    REQUIRE(text.starts_with("x.npz: "));
    return text.substr(7);
  }
  return "";
}

/// `bytes` with others from `at` on.
std::string with(std::string bytes, std::size_t at, const std::string& others) {
  return bytes.replace(at, others.size(), others);
}

std::string u16(std::size_t n) {
  return {static_cast<char>(n & 0xFF), static_cast<char>(n >> 8 & 0xFF)};
}
std::string u32(std::size_t n) {
  return u16(n & 0xFFFF) + u16(n >> 16);
}

}  // namespace

TEST_CASE("the arrays of np.savez and np.savez_compressed are read by name") {
  const auto reference = mlp::testing::reference("npz.json");
  for (const std::string kind : {"stored", "deflated"}) {
    CAPTURE(kind);
    const mlp::NpzFile file = mlp::read_npz(stored_npz(kind));
    CHECK(file.names() == std::vector<std::string>{"X", "labels", "big", "empty", "half", "zeros", "../up"});
    for (const std::string name : {"X", "labels", "big", "half", "zeros", "../up"}) {
      CAPTURE(name);
      CHECK(file.matrix<double>(name) == mlp::testing::to_matrix<double>(reference[name]));
    }
    CHECK(file.matrix<float>("empty").rows() == 0);
    CHECK(file.matrix<float>("empty").cols() == 3);
    CHECK(file.labels("labels") == mlp::Labels{0, 1, 2, 1, 255});
    CHECK(file.matrix<int>("big")(0, 2) == 300);
  }
}

TEST_CASE("arrays without names have those that NumPy gives them, and an archive may be empty") {
  for (const std::string kind : {"positional", "newer"}) {
    const mlp::NpzFile file = mlp::read_npz(stored_npz(kind));
    CHECK(file.names() == std::vector<std::string>{"arr_0", "arr_1"});
    CHECK(file.labels("arr_1") == mlp::Labels{0, 1, 2, 1, 255});
  }
  CHECK(mlp::read_npz(stored_npz("nothing")).names().empty());
}

TEST_CASE("sizes of 8 bytes in the directory and at the end are read, and damage to them is seen") {
  const auto reference = mlp::testing::reference("npz.json");
  const std::string good = bytes_of("zip64");
  const mlp::NpzFile file(good, "x.npz");
  CHECK(file.names() == std::vector<std::string>{"X", "labels", "zeros"});
  for (const std::string name : {"X", "labels", "zeros"})
    CHECK(file.matrix<double>(name) == mlp::testing::to_matrix<double>(reference[name]));

  const std::size_t end = good.size() - 22, locator = end - 20, record = locator - 56;
  const std::string at_locator = "byte " + std::to_string(locator) + ": ";
  REQUIRE(good.substr(record, 4) == "PK\6\6");
  REQUIRE(good.substr(locator, 4) == "PK\6\7");
  CHECK(npz_error(with(with(good, end + 8, std::string(4, '\xFF')), end + 12, std::string(8, '\xFF'))) == "");
  CHECK(npz_error(with(good, end + 12, u32(7))) ==
        "byte " + std::to_string(end) + ": the zip64 end record and the end record do not agree");
  for (const std::size_t field : {record, record + 4, locator + 8})
    CHECK(npz_error(with(good, field, "\1")) ==
          at_locator + "expected the zip64 end record in the 56 bytes before this one");
  for (const std::size_t field : {record + 16, record + 20, record + 24, locator + 4, locator + 16})
    CHECK(npz_error(with(good, field, "\7")) == at_locator + "an archive of several files is not supported");
  CHECK(npz_error(with(good, record + 40 + 7, "\1")) ==
        "byte " + std::to_string(end) + ": the zip64 end record and the end record do not agree");
  CHECK(npz_error(with(with(good, record + 40 + 7, "\1"), end + 12, std::string(4, '\xFF')))
            .starts_with("byte " + std::to_string(end) + ": the directory is at byte "));
  for (std::size_t size = 0; size < good.size(); ++size) CHECK(npz_error(good.substr(0, size)) != "");
}

TEST_CASE("an archive that was written to a pipe is read: its sizes come behind the members") {
  const auto reference = mlp::testing::reference("npz.json");
  for (const std::string kind : {"streamed", "streamed64"})
    CHECK(mlp::read_npz(stored_npz(kind)).matrix<double>("X") == mlp::testing::to_matrix<double>(reference["X"]));
  CHECK(mlp::read_npz(stored_npz("streamed")).labels("labels") == mlp::Labels{0, 1, 2, 1, 255});
}

TEST_CASE("what is wrong with an array of an archive is said with its name") {
  const mlp::NpzFile file = mlp::read_npz(stored_npz("notes"));
  const auto error = [&](const std::string& name) -> std::string {
    try {
      file.matrix<float>(name);
    } catch (const mlp::FormatError& caught) {
      return std::string(caught.what()).substr(stored_npz("notes").size());
    }
    return "";
  };
  CHECK(file.names() == std::vector<std::string>{"X", "bad"});  // not notes.txt
  CHECK(error("X") == "");
  CHECK(error("bad") == ": \"bad\": byte 0: not a .npy file");
  CHECK(error("notes.txt") == ": no array named \"notes.txt\", only \"X\", \"bad\"");
  CHECK(error("Y") == ": no array named \"Y\", only \"X\", \"bad\"");
  const mlp::NpzFile numbers = mlp::read_npz(stored_npz("stored"));
  CHECK_THROWS_WITH_AS(
      numbers.matrix<int>("X"),
      (stored_npz("stored") + ": \"X\": byte 128: element 1: 0.14285714285714285 does not fit the type " + "asked for")
          .c_str(),
      mlp::FormatError);
  CHECK_THROWS_WITH_AS(numbers.labels("big"),
                       (stored_npz("stored") + ": \"big\": byte 128: expected one label a row, got [1, 3]").c_str(),
                       mlp::FormatError);
}

TEST_CASE("an array must not unpack to more than the limit") {
  const std::string packed = bytes_of("deflated");  // zeros.npy has 128 + 8 * 400 bytes, the others less
  CHECK(npz_error(packed, 3328) == "");
  CHECK(npz_error(packed, 3327) == "member \"zeros.npy\": unpacks to 3328 bytes, more than 3327");
  CHECK(npz_error(bytes_of("stored"), 1) == "");  // these bytes are there already
}

TEST_CASE("archives of other kinds are refused by what they are") {
  CHECK(npz_error(bytes_of("bzip2")) == "member \"X.npy\": packed by method 12, expected 0 (stored) or 8 (deflated)");
  CHECK(npz_error(bytes_of("twice")) == "two members named \"X.npy\"");
  const std::string comment = bytes_of("comment");
  CHECK(npz_error(comment) == "byte " + std::to_string(comment.size() - 22) +
                                  ": expected the end record of a zip archive, the last 22 bytes");
  CHECK(npz_error("") == "byte 0: not a zip archive");
  CHECK(npz_error("\x93NUMPY\1") == "byte 0: not a zip archive");
  CHECK(npz_error("PK\3\4") == "byte 0: expected the end record of a zip archive, the last 22 bytes");
  CHECK(npz_error("PK\5\6") == "byte 4: the file ends, expected 2 more bytes");
  CHECK_THROWS_WITH_AS(mlp::read_npz(stored_npz("none")),
                       (stored_npz("none") + ": cannot open: No such file or directory").c_str(), mlp::IoError);
}

TEST_CASE("a wrong end record is refused") {
  const std::string good = bytes_of("positional");
  const std::size_t end = good.size() - 22;
  const std::size_t directory = good.find("PK\1\2");
  const std::string at_end = "byte " + std::to_string(end) + ": ";
  CHECK(npz_error(good) == "");
  CHECK(npz_error(with(good, end + 4, u16(1))) == at_end + "an archive of several files is not supported");
  CHECK(npz_error(with(good, end + 6, u16(1))) == at_end + "an archive of several files is not supported");
  CHECK(npz_error(with(good, end + 8, u16(1))) == at_end + "an archive of several files is not supported");
  CHECK(npz_error(with(good, end + 20, u16(7))) ==
        "byte " + std::to_string(good.size()) + ": the file ends, expected 7 more bytes of a comment");
  const std::string size = std::to_string(end - directory);
  CHECK(npz_error(with(good, end + 12, u32(end - directory + 1))) ==
        at_end + "the directory is at byte " + std::to_string(directory) + " and has " +
            std::to_string(end - directory + 1) + " bytes, which do not end here");
  CHECK(npz_error(with(good, end + 16, u32(0xFFFFFFFE))) ==
        at_end + "the directory is at byte 4294967294 and has " + size + " bytes, which do not end here");
  CHECK(npz_error(with(good, end + 12, u32(0xFFFFFFFF))) == at_end + "the directory is at byte " +
                                                                std::to_string(directory) +
                                                                " and has 4294967295 bytes, which do not end here");
  CHECK(npz_error(with(good, end + 16, u32(0xFFFFFFFF))) ==
        at_end + "the directory is at byte 4294967295 and has " + size + " bytes, which do not end here");
  CHECK(npz_error(with(good, end + 8, u16(0xFFFF) + u16(0xFFFF))) ==
        "byte " + std::to_string(end) + ": the file ends, expected 4 more bytes");
  const std::size_t second = good.find("PK\1\2", directory + 1);
  CHECK(npz_error(with(good, end + 8, u16(1) + u16(1))) ==
        "byte " + std::to_string(second) + ": the directory goes on after its last entry");
  CHECK(npz_error(with(good, end + 8, u16(3) + u16(3))) ==
        "byte " + std::to_string(end) + ": the file ends, expected 4 more bytes");
  CHECK(npz_error(good + '\0') ==
        "byte " + std::to_string(end + 1) + ": expected the end record of a zip archive, the last 22 bytes");
}

TEST_CASE("a wrong entry of the directory is refused") {
  const std::string good = bytes_of("positional");
  const std::size_t entry = good.find("PK\1\2");
  const std::string at_entry = "byte " + std::to_string(entry) + ": ";
  const std::string member = "member \"arr_0.npy\": ";
  CHECK(npz_error(with(good, entry, "PK\1\3")) == at_entry + "expected an entry of the directory");
  for (const unsigned flag : {1u, 1u << 5, 1u << 6, 1u << 13})
    CHECK(npz_error(with(good, entry + 8, u16(flag))) == member + "is encrypted");
  CHECK(npz_error(with(good, entry + 10, u16(14))) ==
        member + "packed by method 14, expected 0 (stored) or 8 (deflated)");
  CHECK(npz_error(with(good, entry + 20, u32(5))) == member + "stored in 5 bytes, but has 208");
  CHECK(npz_error(with(good, entry + 34, u16(1))) == at_entry + "an archive of several files is not supported");
  for (const std::size_t field : {20u, 24u, 42u})
    CHECK(npz_error(with(good, entry + field, u32(0xFFFFFFFF))) == member + "has no zip64 sizes");
  CHECK(npz_error(with(good, entry + 28, u16(0xFFFF))) ==
        "byte " + std::to_string(entry + 46) + ": the file ends, expected " +
            std::to_string(0xFFFF - (good.size() - 22 - entry - 46)) + " more bytes");
  CHECK(npz_error(with(good, entry + 16, u32(0))) == member + "its header and the directory do not agree");
  CHECK(npz_error(with(good, entry + 46, "B")) == "member \"Brr_0.npy\": its header and the directory do not agree");
}

TEST_CASE("a wrong header of a member, a hole and an overlap are refused") {
  const std::string good = bytes_of("positional");
  const std::size_t second = good.find("PK\3\4", 1);
  const std::size_t entry = good.find("PK\1\2");
  const std::size_t second_entry = good.find("PK\1\2", entry + 1);
  const std::string no = "member \"arr_0.npy\": its header and the directory do not agree";
  CHECK(npz_error(with(good, 6, u16(2))) == no);
  CHECK(npz_error(with(good, 8, u16(8))) == no);
  for (const std::size_t field : {14u, 18u, 22u}) CHECK(npz_error(with(good, field, u32(1))) == no);
  CHECK(npz_error(with(good, 30, "B")) == no);
  CHECK(npz_error(with(good, second, "PK\3\5")) ==
        "byte " + std::to_string(second) + ": expected the header of a member");
  CHECK(npz_error(with(good, second_entry + 42, u32(0))) ==
        "byte 0: expected at byte " + std::to_string(second) + ": no holes, no overlaps");
  // A hole: two bytes between the members, the rest moved.
  std::string hole = good.substr(0, second) + "ab" + good.substr(second);
  hole = with(hole, hole.size() - 6, u32(entry + 2));
  hole = with(hole, second_entry + 2 + 42, u32(second + 2));
  CHECK(npz_error(hole) == "byte " + std::to_string(second + 2) + ": expected at byte " + std::to_string(second) +
                               ": no holes, no overlaps");
  hole = good.substr(0, entry) + "ab" + good.substr(entry);
  hole = with(hole, hole.size() - 6, u32(entry + 2));
  CHECK(npz_error(hole) == "byte " + std::to_string(entry + 2) + ": expected at byte " + std::to_string(entry) +
                               ": no holes, no overlaps");

  // Sizes in the field for 8 bytes that do not agree, and no such field.
  const std::string newer = bytes_of("newer");
  const std::size_t field = 30 + "arr_0.npy"s.size();
  CHECK(npz_error(newer) == "");
  CHECK(npz_error(with(newer, field + 4, u32(1))) == no);
  CHECK(npz_error(with(newer, field + 12, u32(1))) == no);
  CHECK(npz_error(with(newer, field + 16, u32(1))) == no);  // the upper half
  CHECK(npz_error(with(newer, field, u16(2))) == no);
  CHECK(npz_error(with(newer, field + 2, u16(17))) == no);
}

TEST_CASE("damaged bytes of a member are refused") {
  const std::string plain = bytes_of("positional");
  const std::string crc = "member \"arr_0.npy\": damaged: its bytes do not make its CRC-32";
  CHECK(npz_error(with(plain, 200, "x")) == crc);
  const std::string packed = bytes_of("deflated");
  const std::size_t data = 30 + 20 + "X.npy"s.size();
  CHECK(npz_error(with(packed, data, "\x07")) == "member \"X.npy\": damaged: invalid block type");

  // The same bytes under another size: first unpacked, then packed, in the header and the directory.
  const std::size_t entry = packed.find("PK\1\2");
  const auto size = static_cast<std::size_t>(static_cast<unsigned char>(packed[entry + 20]));
  REQUIRE(mlp::from_bytes<std::uint32_t>(packed.data() + entry + 20) == size);
  REQUIRE(mlp::from_bytes<std::uint32_t>(packed.data() + entry + 24) == 208);
  for (const std::size_t lie : {std::size_t{207}, std::size_t{209}, std::size_t{1} << 29})
    CHECK(npz_error(with(with(packed, 22, u32(lie)), entry + 24, u32(lie))) ==
          "member \"X.npy\": damaged: " + std::to_string(size) + " bytes do not unpack to " + std::to_string(lie));

  const std::string bytes = "\x03"s + std::string("\0rest", 5);  // an empty block, and more
  const auto archive = [&](std::size_t unpacked) {
    const std::string fields = u16(0) + u16(8) + u32(0) + u32(0) + u32(bytes.size()) + u32(unpacked) + u16(1) + u16(0);
    const std::string header = "PK\3\4" + u16(20) + fields + "a" + bytes;
    const std::string directory =
        "PK\1\2" + u16(20) + u16(20) + fields + u16(0) + u16(0) + u16(0) + u32(0) + u32(0) + "a";
    return header + directory + "PK\5\6" + u32(0) + u16(1) + u16(1) + u32(directory.size()) + u32(header.size()) +
           u16(0);
  };
  const mlp::detail::ZipArchive zip(archive(0), "x.zip");
  CHECK_THROWS_WITH_AS(zip.with_bytes(zip.members()[0], 100, [](std::string_view) { return 0; }),
                       "x.zip: member \"a\": damaged: 6 bytes do not unpack to 0", mlp::FormatError);
}

TEST_CASE("a damaged archive is read to the same numbers or refused, never worse") {
  const auto reference = mlp::testing::to_matrix<double>(mlp::testing::reference("npz.json")["X"]);
  for (const std::string kind : {"deflated", "streamed64", "newer"}) {
    const std::string good = bytes_of(kind);
    for (std::size_t i = 0; i < good.size(); ++i) CHECK(npz_error(good.substr(0, i)) != "");
    for (std::size_t i = 0; i < good.size(); ++i)
      for (const char c : {'\0', '\1', '\x08', '\x7F', '\xFF'}) {
        try {
          const mlp::NpzFile file(with(good, i, {c}), "x.npz");
          const auto names = file.names();
          if (names.empty() || (names[0] != "X" && names[0] != "arr_0")) continue;
          const auto x = file.matrix<double>(names[0]);
          CHECK(x == reference);
        } catch (const mlp::FormatError&) {
        }
      }
  }
}
