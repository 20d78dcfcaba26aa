// SPDX-License-Identifier: MIT
#include <mlp/io/safetensors.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <mlp/core/file.hpp>

#include "support/bits.hpp"
#include "support/temporary_folder.hpp"

using namespace mlp;

namespace {

/// A file from its header and data, as any writer would put them together.
std::string file_of(const std::string& header, const std::string& data) {
  std::string bytes;
  for (std::size_t i = 0, n = header.size(); i < 8; ++i, n >>= 8) bytes += static_cast<char>(n & 0xFF);
  return bytes + header + data;
}

std::string safetensors_error(const std::string& bytes) {
  try {
    SafeTensors::parse(bytes, "x.safetensors");
  } catch (const FormatError& error) {
    return error.what();
  }
  return "no error";
}
std::string safetensors_error(const std::string& header, std::size_t data_size) {
  return safetensors_error(file_of(header, std::string(data_size, '\0')));
}

std::string f32(std::initializer_list<float> values) {
  return std::string(reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(float));
}

}  // namespace

TEST_CASE("a file of somebody else is read: any order of keys, blanks, shape [], empty tensors, metadata") {
  const std::string bytes = file_of(
      R"({"b" : {"shape":[],"data_offsets":[16,20],"dtype":"F32"}, "a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
      R"( "e":{"dtype":"I64","shape":[3,0],"data_offsets":[20,20]},"__metadata__":{"format":"pt"}}   )",
      f32({1, 2, 3, 4, 5}));
  const auto file = SafeTensors::parse(bytes);
  CHECK(file.names() == std::vector<std::string>{"a", "b", "e"});
  CHECK(file.metadata() == Metadata{{"format", "pt"}});
  CHECK(file.matrix<float>("a") == (Matrix<float>(2, 2) << 1, 2, 3, 4).finished());
  CHECK(file.matrix<double>("b") == Matrix<double>::Constant(1, 1, 5));
  CHECK(file.find("b")->shape.empty());
  CHECK(file.matrix<float>("e").size() == 0);
  CHECK(file.find("e")->shape == std::vector<Index>{3, 0});
  CHECK_THROWS_WITH_AS(file.matrix<float>("c"), "safetensors: no tensor named \"c\"", ValueError);
}

TEST_CASE("numbers of every type are converted") {
  const std::string bytes = file_of(
      R"({"f16":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},"bf16":{"dtype":"BF16","shape":[3],"data_offsets":[6,12]},)"
      R"("i16":{"dtype":"I16","shape":[1,1],"data_offsets":[12,14]},"u8":{"dtype":"U8","shape":[2],"data_offsets":[14,16]},)"
      R"("i64":{"dtype":"I64","shape":[1],"data_offsets":[16,24]},"bool":{"dtype":"BOOL","shape":[2],"data_offsets":[24,26]},)"
      R"("f8":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[26,27]}})",
      // 1, -2 and infinity in IEEE half; 1, -2 and 3.140625 as the upper halves of floats
      std::string("\x00\x3C\x00\xC0\x00\x7C"
                  "\x80\x3F\x00\xC0\x49\x40"
                  "\xFE\xFF"
                  "\x07\xFF"
                  "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
                  "\x01\x00"
                  "\x38",
                  27));
  const auto file = SafeTensors::parse(bytes, "x.safetensors");
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(file.matrix<float>("f16") == (Matrix<float>(1, 3) << 1, -2, infinity).finished());
  CHECK(file.matrix<float>("bf16") == (Matrix<float>(1, 3) << 1, -2, 3.140625f).finished());
  CHECK(file.matrix<float>("i16")(0, 0) == -2);
  CHECK(file.matrix<int>("u8") == (Matrix<int>(1, 2) << 7, 255).finished());
  CHECK(file.matrix<std::int64_t>("i64")(0, 0) == -1);
  CHECK(file.matrix<int>("bool") == (Matrix<int>(1, 2) << 1, 0).finished());
  CHECK(file.matrix<bool>("bool") == (Matrix<bool>(1, 2) << true, false).finished());
  CHECK_THROWS_WITH_AS(file.matrix<bool>("u8"),
                       "x.safetensors: tensor \"u8\": element 0: 7 does not fit the type asked for", FormatError);
  CHECK_THROWS_WITH_AS(file.matrix<std::uint8_t>("i64"),
                       "x.safetensors: tensor \"i64\": element 0: -1 does not fit the type asked for", FormatError);
  CHECK_THROWS_WITH_AS(file.matrix<float>("f8"),
                       "x.safetensors: tensor \"f8\": numbers of type F8_E4M3 are not supported", FormatError);
}

TEST_CASE("what breaks a rule of the format is refused, with its reason") {
  const std::string a = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  CHECK(safetensors_error(a, 4) == "no error");
  CHECK(safetensors_error("") == "x.safetensors: byte 0: the file ends, expected 8 more bytes");
  CHECK(safetensors_error(std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8)) ==
        "x.safetensors: byte 0: a header of 18446744073709551615 bytes, at most 100000000 are allowed");
  CHECK(safetensors_error(std::string("\x05\0\0\0\0\0\0\0{}", 10)) ==
        "x.safetensors: byte 0: a header of 5 bytes, but only 2 follow");
  CHECK(safetensors_error(" {}", 0) == "x.safetensors: byte 8: expected '{' at the start of the header");
  CHECK(safetensors_error("", 0) == "x.safetensors: byte 8: expected '{' at the start of the header");
  CHECK(safetensors_error("{} {}", 0).starts_with("x.safetensors: byte "));
  CHECK(safetensors_error("{\"a\":", 0).starts_with("x.safetensors: byte "));
  CHECK(safetensors_error(a, 5) == "x.safetensors: the data is 5 bytes, the tensors have 4");
  CHECK(safetensors_error(a, 3) == "x.safetensors: tensor \"a\" has its data at [0, 4) of 3 bytes");
  CHECK(safetensors_error(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4) ==
        "x.safetensors: tensor \"a\" has its data at [4, 0) of 4 bytes");
  CHECK(safetensors_error(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4) ==
        "x.safetensors: tensor \"a\" has 4 bytes, which do not make its shape");
  CHECK(safetensors_error(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0) ==
        "x.safetensors: tensor \"a\" has 0 bytes, which do not make its shape");
  CHECK(safetensors_error(
            R"({"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904,0],"data_offsets":[0,0]}})", 0) ==
        "x.safetensors: tensor \"a\" has 0 bytes, which do not make its shape");
  CHECK(
      safetensors_error(
          R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
          8) == "x.safetensors: two entries named \"a\"");
  CHECK(
      safetensors_error(
          R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
          12) == "x.safetensors: tensor \"b\" starts at byte 8 of the data, expected 4: no holes, no overlaps");
  CHECK(
      safetensors_error(
          R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
          8) == "x.safetensors: tensor \"b\" starts at byte 4 of the data, expected 8: no holes, no overlaps");
  CHECK(safetensors_error(R"({"a":{"dtype":"X9","shape":[1],"data_offsets":[0,4]}})", 4) ==
        "x.safetensors: tensor \"a\" is of unknown type \"X9\"");
}

TEST_CASE("entries that are not as the format wants them are refused") {
  CHECK(safetensors_error(R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4) ==
        "x.safetensors: tensor \"a\" has no dtype");
  CHECK(safetensors_error(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4) ==
        "x.safetensors: tensor \"a\" has no shape");
  CHECK(safetensors_error(R"({"a":{"dtype":"F32","shape":[1]}})", 4) ==
        "x.safetensors: tensor \"a\" has no data_offsets");
  CHECK(safetensors_error(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4) ==
        "x.safetensors: tensor \"a\" has less than two data_offsets");
  CHECK(safetensors_error(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 4) ==
        "x.safetensors: tensor \"a\" has more than two data_offsets");
  CHECK(safetensors_error(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4) ==
        "x.safetensors: tensor \"a\" has a negative number as \"shape\"");
  CHECK(safetensors_error(R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4) ==
        "x.safetensors: tensor \"a\" has the number 1.0 as \"shape\"");
  CHECK(safetensors_error(R"({"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}})", 4) ==
        "x.safetensors: tensor \"a\" has the number 99999999999999999999 as \"shape\"");
  CHECK(safetensors_error(R"({"a":{"dtype":1,"shape":[1],"data_offsets":[0,4]}})", 4) ==
        "x.safetensors: tensor \"a\" has a number as \"dtype\"");
  CHECK(safetensors_error(R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4) ==
        "x.safetensors: tensor \"a\" has two keys \"dtype\"");
  CHECK(safetensors_error(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", 4) ==
        "x.safetensors: tensor \"a\" has an unknown key \"x\"");
  CHECK(safetensors_error(R"({"a":[]})", 0) == "x.safetensors: the entry \"a\" is an array, expected an object");
  CHECK(safetensors_error(R"({"a":null})", 0) == "x.safetensors: the entry \"a\" is null, expected an object");
  CHECK(safetensors_error(R"({"__metadata__":{"a":1}})", 0) == "x.safetensors: __metadata__ has a number as \"a\"");
  CHECK(safetensors_error(R"({"__metadata__":{"a":{}}})", 0) == "x.safetensors: __metadata__ has an object as \"a\"");
  CHECK(safetensors_error(R"({"__metadata__":{"a":"","a":""}})", 0) ==
        "x.safetensors: __metadata__ has two keys \"a\"");
  CHECK(safetensors_error("{\"a\":" + std::string(1'000'000, '['), 0) ==
        "x.safetensors: the entry \"a\" is an array, expected an object");
}

TEST_CASE("no tensor has the name of the texts, and a writer that refused one writes the others") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "x.safetensors";
  const Matrix<float> x = Matrix<float>::Ones(2, 3);
  SafeTensorsWriter writer;
  writer.add("x", x);
  CHECK_THROWS_WITH_AS(writer.add("__metadata__", x), "mlp::SafeTensorsWriter: two tensors named \"__metadata__\"",
                       ValueError);
  writer.write(path);
  CHECK(SafeTensors::read(path).names() == std::vector<std::string>{"x"});
}

TEST_CASE("what is written is sorted, aligned, and read back bit for bit") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "x.safetensors";
  const Matrix<float> weight = (Matrix<float>(2, 3) << 1, -0.0f, 3, 4, 5, 6).finished();
  const Matrix<double> wide = (Matrix<double>(1, 1) << 0.1).finished();
  const Matrix<std::uint8_t> bytes = (Matrix<std::uint8_t>(1, 3) << 1, 2, 255).finished();
  const Matrix<bool> flags = (Matrix<bool>(1, 2) << true, false).finished();
  SafeTensorsWriter writer;
  writer.add("z.weight", weight);
  writer.add("a.bytes", bytes, {3});
  writer.add("flags", flags);
  writer.add("number", wide, {});
  writer.add("left", ConstMatrixView<float>{weight.data(), 2, 2, 3});
  CHECK_THROWS_WITH_AS(writer.add("number", wide), "mlp::SafeTensorsWriter: two tensors named \"number\"", ValueError);
  writer.write(path, {{"by", "a \"test\""}});

  const std::string text = read_file(path);
  const auto length = from_bytes<std::uint64_t>(text.data());
  CHECK(length % 8 == 0);
  for (const SafeTensors& file : {SafeTensors::read(path), SafeTensors::map(path), SafeTensors::parse(text)}) {
    CHECK(file.names() == std::vector<std::string>{"number", "left", "z.weight", "a.bytes", "flags"});
    CHECK(file.metadata().at("by") == "a \"test\"");
    CHECK(testing::bitwise_equal(file.matrix<float>("z.weight"), weight));
    CHECK(file.matrix<float>("left") == weight.leftCols(2));
    CHECK(file.matrix<double>("number") == wide);
    CHECK(file.find("number")->shape.empty());
    CHECK(file.find("a.bytes")->shape == std::vector<Index>{3});
    CHECK(file.matrix<std::uint8_t>("a.bytes") == bytes);
    CHECK(file.matrix<int>("flags") == (Matrix<int>(1, 2) << 1, 0).finished());
  }
}

TEST_CASE("no flipped bit and no missing end of a written file goes unseen") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "x.safetensors";
  const Matrix<float> weight = Matrix<float>::Constant(3, 5, 0.25f);
  SafeTensorsWriter writer;
  writer.add("weight", weight);
  writer.add("bias", ConstMatrixView<float>{weight.data(), 1, 3}, {3});
  writer.write(path, {{"key", "value"}});
  const std::string good = read_file(path);
  CHECK(safetensors_error(good) == "no error");
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    CAPTURE(bit);
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    CHECK(safetensors_error(bad) != "no error");
  }
  for (std::size_t size = 0; size < good.size(); ++size) CHECK(safetensors_error(good.substr(0, size)) != "no error");
  CHECK(safetensors_error(good + " ") != "no error");
}

TEST_CASE("a file with a key of this library, but without its checksum, is refused") {
  const auto file_with = [](const std::string& metadata) {
    return file_of(R"({"__metadata__":{)" + metadata + "}}", "");
  };
  CHECK(safetensors_error(file_with(
            R"("format":"pt","mlp":"x","mlpack.version":"4","nlp.checksum":"0123456789abcdef")")) == "no error");
  CHECK(safetensors_error(file_with(R"("llp.checksum":"0123456789abcdef","mlp.safetensors":"1")")) ==
        "x.safetensors: damaged: has \"mlp.safetensors\", but no mlp.checksum");
  CHECK(safetensors_error(file_with(R"("a":"b","mlp.dhecksum":"0123456789abcdef","z":"")")) ==
        "x.safetensors: damaged: has \"mlp.dhecksum\", but no mlp.checksum");
  for (const std::string format : {"", R"(,"mlp.safetensors":"1")"})
    CHECK(safetensors_error(file_with(R"("mlp.checksum":"0123456789abcdef")" + format)) ==
          "x.safetensors: damaged: the bytes do not make the checksum in the file");
  CHECK(safetensors_error(file_with(R"("mlp.checksum":"0123456789abcdef","mlp.safetensors":"2")")) ==
        "x.safetensors: safetensors file of version 2, this library reads up to 1");
}

TEST_CASE("a name that is not UTF-8 is refused, and nothing is written") {
  const testing::TemporaryFolder folder;
  const Matrix<float> one = Matrix<float>::Ones(1, 1);
  SafeTensorsWriter writer;
  writer.add("\xFF", one);
  CHECK_THROWS_WITH_AS(writer.write(folder / "x"), (folder / "x: cannot write: a name or text is not UTF-8").c_str(),
                       ValueError);
  CHECK_THROWS_AS(SafeTensors::read(folder / "x"), IoError);
}
