// SPDX-License-Identifier: MIT
#include <mlp/data/gzip.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>

#include <mlp/data/idx.hpp>

#include "support/reference.hpp"

using mlp::testing::stored_idx;

using namespace std::string_literals;

namespace {

/// The error of unpacking these bytes, without the name; "" if there is none.
std::string gzip_error(const std::string& bytes, std::size_t limit = mlp::unpack_limit) {
  try {
    mlp::gunzip(bytes, "x.gz", limit);
  } catch (const mlp::FormatError& error) {
    const std::string text = error.what();
    REQUIRE(text.starts_with("x.gz: "));
    return text.substr(6);
  }
  return "";
}

}  // namespace

TEST_CASE("what gzip packed is unpacked, members one after the other") {
  const std::string cube = mlp::read_file(stored_idx("cube"));
  CHECK(mlp::read_gzip(stored_idx("cube.gz")) == cube);
  CHECK(mlp::read_gzip(stored_idx("members.gz")) == cube);  // stored, empty, and with all optional fields of the header
  CHECK(mlp::decode_idx<int>(mlp::read_gzip(stored_idx("cube.gz")), "cube") == mlp::read_idx<int>(stored_idx("cube")));
}

TEST_CASE("a gzip file must not unpack to more than its limit") {
  const std::string packed = mlp::read_file(stored_idx("cube.gz"));
  CHECK(gzip_error(packed, 64) == "");
  CHECK(gzip_error(packed, 63) == "unpacks to more than 63 bytes");
  CHECK(gzip_error(packed, 0) == "unpacks to more than 0 bytes");
  CHECK(gzip_error(packed, std::string::npos) == "");
  CHECK(gzip_error(packed + packed, 128) == "");
  CHECK(gzip_error(packed + packed, 127) == "unpacks to more than 127 bytes");  // all members together
  const std::string bomb = mlp::read_gzip(stored_idx("bomb.gz.gz"));
  CHECK(bomb.size() < 100'000);
  CHECK(mlp::gunzip(bomb, "x.gz") == std::string(std::size_t{1} << 26, '\0'));
  CHECK(gzip_error(bomb, (std::size_t{1} << 26) - 1) == "unpacks to more than 67108863 bytes");
  CHECK(gzip_error(bomb, 100'000) == "unpacks to more than 100000 bytes");
}

TEST_CASE("thousands of empty members behind a large one cost next to nothing") {
  const std::string empty = "\x1F\x8B\x08\0\0\0\0\0\2\xFF\3\0"s + std::string(8, '\0');
  std::string packed = mlp::read_gzip(stored_idx("bomb.gz.gz"));
  for (int i = 0; i < 5000; ++i) packed += empty;
  CHECK(mlp::gunzip(packed, "x.gz").size() == std::size_t{1} << 26);
}

TEST_CASE("a gzip file that is cut short, damaged or goes on says so at its byte") {
  const std::string good = mlp::read_file(stored_idx("cube.gz"));
  REQUIRE(good.size() == 68);
  CHECK(gzip_error("") == "byte 0: not a gzip file");
  CHECK(gzip_error("\x1F") == "byte 0: not a gzip file");
  CHECK(gzip_error("PK\3\4") == "byte 0: not a gzip file");
  CHECK(gzip_error("\x1F\x8B"s) == "byte 2: the file ends within a gzip member");
  for (std::size_t i = 2; i < good.size(); ++i)
    CHECK(gzip_error(good.substr(0, i)) == "byte " + std::to_string(i) + ": the file ends within a gzip member");
  CHECK(gzip_error(good + good.substr(0, 30)) == "byte 98: the file ends within a gzip member");
  CHECK(gzip_error(good + "rest") == "byte 68: expected the end or another gzip member");
  CHECK(gzip_error(good + std::string(512, '\0')) == "byte 68: expected the end or another gzip member");
  CHECK(gzip_error(good + "\x1F") == "byte 68: expected the end or another gzip member");

  const auto changed = [&](std::size_t at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    return gzip_error(bad);
  };
  // The reasons are zlib's.
  CHECK(changed(2) == "byte 4: damaged: unknown compression method");
  CHECK(changed(60) == "byte 64: damaged: incorrect data check");
  CHECK(changed(64) == "byte 68: damaged: incorrect length check");
  std::string bad = good;
  bad[3] = '\x20';
  CHECK(gzip_error(bad) == "byte 4: damaged: unknown header flags set");
  bad = good;
  bad[10] = '\x07';
  CHECK(gzip_error(bad) == "byte 11: damaged: invalid block type");
}

TEST_CASE("a missing gzip file says so") {
  CHECK_THROWS_WITH_AS(mlp::read_gzip(stored_idx("none.gz")),
                       (stored_idx("none.gz") + ": cannot open: No such file or directory").c_str(), mlp::IoError);
}

TEST_CASE("a damaged gzip file is unpacked to the same bytes or refused, never worse") {
  const std::string cube = mlp::read_file(stored_idx("cube"));
  const std::string good = mlp::read_file(stored_idx("members.gz"));
  for (std::size_t i = 0; i < good.size(); ++i)
    for (int c = 0; c < 256; ++c) {
      std::string bad = good;
      bad[i] = static_cast<char>(c);
      try {
        const std::string unpacked = mlp::gunzip(bad, "x.gz");
        CAPTURE(i);
        CAPTURE(c);
        CHECK(unpacked == cube);  // times, names and comments may differ
      } catch (const mlp::FormatError&) {
      }
    }
}
