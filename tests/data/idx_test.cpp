// SPDX-License-Identifier: MIT
#include <mlp/data/idx.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include "support/reference.hpp"

using namespace std::string_literals;
using mlp::Matrix;
using mlp::testing::stored_idx;

namespace {

/// The error of these bytes, without the name; "" if there is none.
template <class T = double>
std::string idx_error(const std::string& bytes) {
  try {
    mlp::decode_idx<T>(bytes, "x");
  } catch (const mlp::FormatError& error) {
    const std::string text = error.what();
    REQUIRE(text.starts_with("x: "));
    return text.substr(3);
  }
  return "";
}

}  // namespace

TEST_CASE("every type of number of an IDX file is read") {
  const auto reference = mlp::testing::reference("idx.json");
  for (const std::string name : {"u8", "i8", "i16", "i32", "f32", "f64"}) {
    CAPTURE(name);
    const auto expected = mlp::testing::to_matrix<double>(reference[name]);
    CHECK(mlp::read_idx<double>(stored_idx(name)) == expected);
    if (name != "f64") CHECK(mlp::read_idx<float>(stored_idx(name)) == expected.cast<float>());
  }
}

TEST_CASE("an IDX file of one dimension becomes a column, of more than two one row a sample") {
  const auto reference = mlp::testing::reference("idx.json");
  for (const std::string name : {"cube", "four"}) {
    CAPTURE(name);
    CHECK(mlp::read_idx<double>(stored_idx(name)) == mlp::testing::to_matrix<double>(reference[name]));
  }
  const auto column = mlp::read_idx<int>(stored_idx("vector"));
  REQUIRE(column.rows() == 4);
  REQUIRE(column.cols() == 1);
  CHECK(column(2, 0) == 9);
  const auto empty = mlp::read_idx<float>(stored_idx("empty"));
  CHECK(empty.rows() == 0);
  CHECK(empty.cols() == 3);
}

TEST_CASE("pixels stay bytes, and labels are one number a sample") {
  const Matrix<std::uint8_t> pixels = mlp::read_idx<std::uint8_t>(stored_idx("four"));
  REQUIRE(pixels.rows() == 2);
  REQUIRE(pixels.cols() == 6);
  CHECK(int{pixels(1, 5)} == 11);
  CHECK(mlp::read_idx_labels(stored_idx("vector")) == mlp::Labels{7, 0, 9, 3});
  CHECK_THROWS_WITH_AS(mlp::read_idx_labels(stored_idx("u8")),
                       (stored_idx("u8") + ": byte 12: expected one label a row, got [2, 3]").c_str(),
                       mlp::FormatError);
}

TEST_CASE("an integer takes the numbers of an IDX file that it can hold, a float those in its range") {
  CHECK(mlp::read_idx<std::int16_t>(stored_idx("u8"))(1, 2) == 255);
  CHECK(idx_error<std::uint8_t>(mlp::read_file(stored_idx("i8"))) ==
        "byte 12: element 1: -1 does not fit the type asked for");
  CHECK(idx_error<int>(mlp::read_file(stored_idx("f32"))) ==
        "byte 12: element 1: -1.5 does not fit the type asked for");
  CHECK(idx_error<float>(mlp::read_file(stored_idx("f64"))) ==
        "byte 12: element 3: 1e+300 does not fit the type asked for");
}

TEST_CASE("bytes that are no IDX file say what is wrong at which byte") {
  CHECK(idx_error("\0\0\x08\1\0\0\0\2ab"s) == "");
  CHECK(idx_error("\0\0\x08\1\0\0\0\2a"s) == "byte 8: expected 2 bytes of data, got 1");
  CHECK(idx_error("\0\0\x08\1\0\0\0\2abc"s) == "byte 8: expected 2 bytes of data, got 3");
  CHECK(idx_error("") == "byte 0: not an IDX file");
  CHECK(idx_error("\0"s) == "byte 0: not an IDX file");
  CHECK(idx_error("\0\1\x08\1\0\0\0\0"s) == "byte 0: not an IDX file");
  CHECK(idx_error("P5 28 28 255") == "byte 0: not an IDX file");
  CHECK(idx_error("\x1F\x8B\x08\0"s) == "byte 0: compressed by gzip: see mlp::read_gzip");
  CHECK(idx_error("\0\0"s) == "byte 2: the file ends, expected 1 more byte");
  CHECK(idx_error("\0\0\x08"s) == "byte 3: the file ends, expected 1 more byte");
  for (const int type : {0x00, 0x07, 0x0A, 0x0F, 0xFF}) {
    const std::string bytes = "\0\0"s + static_cast<char>(type) + "\1\0\0\0\0"s;
    CHECK(idx_error(bytes) == "byte 2: numbers of type " + std::to_string(type) + " are not known");
  }
  CHECK(idx_error("\0\0\x08\0a"s) == "byte 3: expected at least 1 dimension, got 0");
  CHECK(idx_error("\0\0\x08\3\0\0\0\1\0\0"s) == "byte 8: the file ends, expected 2 more bytes");
}

TEST_CASE("sizes beyond the file are refused before anything is allocated") {
  CHECK(idx_error("\0\0\x08\1\xFF\xFF\xFF\xFF"s) == "byte 8: expected 4294967295 bytes of data, got 0");
  CHECK(idx_error("\0\0\x0E\2\x7F\xFF\xFF\xFF\0\0\0\2abc"s) == "byte 12: expected 34359738352 bytes of data, got 3");
  std::string huge = "\0\0\x0E\x02"s + std::string(8, '\xFF');  // (2^32 - 1)^2 of them is more than 2^63 bytes
  CHECK(idx_error(huge) == "byte 12: dimension 1 of the shape is out of range");
  huge = "\0\0\x08\x04"s + std::string(4, '\0') + std::string(12, '\xFF');  // 0 of them, and still too many columns
  CHECK(idx_error(huge) == "byte 20: dimension 2 of the shape is out of range");
  const std::string deep = "\0\0\x08\xFF"s + std::string(4 * 255, '\xFF');
  CHECK(idx_error(deep) == "byte 1024: dimension 1 of the shape is out of range");
}

TEST_CASE("a missing IDX file and a folder say so") {
  CHECK_THROWS_WITH_AS(mlp::read_idx<float>(stored_idx("none")),
                       (stored_idx("none") + ": cannot open: No such file or directory").c_str(), mlp::IoError);
  CHECK_THROWS_WITH_AS(mlp::read_idx_labels(stored_idx("mnist")), (stored_idx("mnist") + ": is a directory").c_str(),
                       mlp::IoError);
}

TEST_CASE("a damaged IDX file is read or refused, never worse") {
  for (const std::string name : {"cube", "f64", "empty"}) {
    const std::string good = mlp::read_file(stored_idx(name));
    for (std::size_t i = 0; i < good.size(); ++i) CHECK(idx_error(good.substr(0, i)) != "");
    CHECK(idx_error(good + '\0') != "");
    for (std::size_t i = 0; i < good.size(); ++i)
      for (int c = 0; c < 256; ++c) {
        std::string bad = good;
        bad[i] = static_cast<char>(c);
        idx_error(bad);
      }
  }
}
