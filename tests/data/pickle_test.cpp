// SPDX-License-Identifier: MIT
#include <mlp/data/pickle.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <mlp/data/csv.hpp>
#include <mlp/data/npy_dict.hpp>

#include "support/reference.hpp"
#include "support/temporary_folder.hpp"

using namespace std::string_literals;
using mlp::pickle::Kind;
using mlp::testing::stored_npy;
using mlp::testing::TemporaryFolder;

namespace {

mlp::pickle::Document load(const std::string& pickle) {
  return mlp::pickle::load(mlp::ByteReader(pickle, "x.npy"));
}

/// The error of reading a pickle; "" if there is none.
std::string pickle_error(const std::string& pickle) {
  try {
    load(pickle);
  } catch (const mlp::FormatError& error) {
    return error.what();
  }
  return "";
}

/// The error of reading these bytes as a dict of arrays, without the name of the file.
std::string dict_error(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string path = folder / "x.npy";
  std::ofstream(path, std::ios::binary) << bytes;
  try {
    mlp::read_npy_dataset<float>(path);
  } catch (const mlp::FormatError& error) {
    return std::string(error.what()).substr(path.size() + 2);
  }
  return "";
}

const std::string object_header = [] {
  const std::string file = mlp::read_file(stored_npy("list"));
  return file.substr(0, 128);
}();

}  // namespace

TEST_CASE("a dict of arrays is read from every protocol that NumPy writes") {
  const auto reference = mlp::testing::reference("npy.json");
  for (const std::string name :
       {"dict_protocol2", "dict_protocol3", "dict_protocol4", "dict_protocol5", "dict_numpy2"}) {
    CAPTURE(name);
    const mlp::NpyDict file = mlp::read_npy_dict(stored_npy(name));
    CHECK(file.names() == std::vector<std::string>{"X", "labels", "big", "empty", "same", "n", "ratio"});
    CHECK(file.matrix<double>("X") == mlp::testing::to_matrix<double>(reference["dict.X"]));
    CHECK(file.matrix<double>("same") == mlp::testing::to_matrix<double>(reference["dict.X"]));
    CHECK(file.matrix<double>("big") == mlp::testing::to_matrix<double>(reference["dict.big"]));
    CHECK(file.matrix<float>("empty").cols() == 3);
    CHECK(file.labels("labels") == mlp::Labels{0, 1, 2, 1, 255});
    const auto data = mlp::read_npy_dataset<double>(stored_npy(name));
    CHECK(data.size() == 5);
    CHECK(data.x(1, 0) == 2.0 / 7);
    CHECK(data.x(0, 1) == 1.0 / 7);
  }
}

TEST_CASE("a dict says what it lacks") {
  const std::string path = stored_npy("dict_protocol4");
  const mlp::NpyDict file = mlp::read_npy_dict(path);
  CHECK_THROWS_WITH_AS(
      file.matrix<float>("Y"),
      (path + ": no array named \"Y\", only \"X\", \"labels\", \"big\", \"empty\", \"same\", \"n\", \"ratio\"").c_str(),
      mlp::FormatError);
  CHECK_THROWS_WITH_AS(file.matrix<float>("n"), (path + ": \"n\": expected an array, got an integer").c_str(),
                       mlp::FormatError);
  CHECK_THROWS_WITH_AS(file.labels("X"), (path + ": \"X\": expected one label a row, got [5, 2]").c_str(),
                       mlp::FormatError);
  CHECK_THROWS_WITH_AS(file.matrix<int>("X"),
                       (path + ": \"X\": element 1: 0.14285714285714285 does not fit the type asked for").c_str(),
                       mlp::FormatError);
  CHECK_THROWS_WITH_AS(mlp::read_npy_dataset<float>(stored_npy("unequal")),
                       (stored_npy("unequal") + ": \"X\" has 3 rows, \"labels\" has 2").c_str(), mlp::FormatError);
  CHECK_THROWS_WITH_AS(mlp::read_npy_dict(stored_npy("list")),
                       (stored_npy("list") + ": expected a pickled dict, got a list").c_str(), mlp::FormatError);
  CHECK_THROWS_WITH_AS(mlp::read_npy_dict(stored_npy("two_objects")),
                       (stored_npy("two_objects") + ": expected one pickled dict").c_str(), mlp::FormatError);
  CHECK_THROWS_WITH_AS(mlp::read_npy_dict(stored_npy("f8")),
                       (stored_npy("f8") + ": byte 20: holds numbers, not a pickled dict: see mlp::read_npy").c_str(),
                       mlp::FormatError);
}

TEST_CASE("plain values are read") {
  const auto integer = [](const std::string& pickle) {
    const auto document = load(pickle);
    CHECK(document[document.root].kind == Kind::integer);
    return document[document.root].integer;
  };
  CHECK(integer("\x80\2K\7."s) == 7);
  CHECK(integer("\x80\2M\1\2."s) == 513);
  CHECK(integer("\x80\2J\xFE\xFF\xFF\xFF."s) == -2);
  CHECK(integer("\x80\2\x8A\0."s) == 0);
  CHECK(integer("\x80\2\x8A\1\xFF."s) == -1);
  CHECK(integer("\x80\2\x8A\5\0\0\0\0\1."s) == 4294967296);
  auto document = load("\x80\2G\x3F\xE0\0\0\0\0\0\0."s);
  CHECK(document[document.root].real == 0.5);
  document = load(
      "\x80\2]q\0(NK\1\x88"
      "e."s);
  REQUIRE(document[document.root].items.size() == 3);
  CHECK(document[document[document.root].items[2]].kind == Kind::boolean);
}

TEST_CASE("no function but NumPy's own is ever known") {
  const std::string path = "x.npy: byte 2: pickle asks for ";
  CHECK(pickle_error("\x80\2cos\nsystem\n(X\2\0\0\0lstR."s) == path + "\"os.system\", which is not allowed");
  CHECK(pickle_error("\x80\2cbuiltins\neval\n."s) == path + "\"builtins.eval\", which is not allowed");
  CHECK(pickle_error("\x80\2cevil.numpy\ndtype\n."s) == path + "\"evil.numpy.dtype\", which is not allowed");
  CHECK(pickle_error("\x80\2cnumpy\ndtypes\n."s) == path + "\"numpy.dtypes\", which is not allowed");
  CHECK(pickle_error("\x80\2cnumpy\nload\n."s) == path + "\"numpy.load\", which is not allowed");
  CHECK(pickle_error("\x80\4\x8C\2os\x8C\6system\x93."s) ==
        "x.npy: byte 14: pickle asks for \"os.system\", which is not allowed");
  const std::string evil(200, 'x');
  CHECK(pickle_error("\x80\2c" + evil + "\nf\n.") == path + '"' + evil.substr(0, 80) + "...\", which is not allowed");
  CHECK(pickle_error("\x80\2(ios\nsystem\n."s) == "x.npy: byte 3: pickle opcode 105 is not known");  // INST
  CHECK(pickle_error("\x80\2cnumpy\nndarray\n)R."s) ==
        "x.npy: byte 18: pickle calls \"numpy.ndarray\", which is not allowed");
  CHECK(pickle_error("\x80\2}}b."s) == "x.npy: byte 4: expected a tuple, got a dict");
  CHECK(pickle_error("\x80\2})b."s) == "x.npy: byte 4: expected an array or a dtype to fill, got a dict");
  CHECK(pickle_error("\x80\2})R."s) == "x.npy: byte 4: expected a function, got a dict");
  // The byte is that of the file: here the pickle starts at 128.
  CHECK(dict_error(object_header + "\x80\2cos\nsystem\n."s) ==
        "byte 130: pickle asks for \"os.system\", which is not allowed");
}

TEST_CASE("a pickle that does not hold together says where") {
  CHECK(pickle_error("") == "x.npy: byte 0: the file ends, expected 1 more byte");
  CHECK(pickle_error("(dp0\n.") == "x.npy: byte 0: not a pickle of protocol 2 to 5");
  CHECK(pickle_error("\x80\1N."s) == "x.npy: byte 0: pickle protocol 1 is not supported");
  CHECK(pickle_error("\x80\6N."s) == "x.npy: byte 0: pickle protocol 6 is not supported");
  CHECK(pickle_error("\x80\2N"s) == "x.npy: byte 3: the file ends, expected 1 more byte");
  CHECK(pickle_error("\x80\2."s) == "x.npy: byte 2: the pickle takes a value that is not there");
  CHECK(pickle_error("\x80\2N(a."s) == "x.npy: byte 4: the pickle takes a value that is not there");
  CHECK(pickle_error("\x80\2t."s) == "x.npy: byte 2: the pickle looks for a mark that is not there");
  CHECK(pickle_error("\x80\2NN."s) == "x.npy: byte 4: the pickle ends with values left over");
  CHECK(pickle_error("\x80\2N.N"s) == "x.npy: byte 4: the file goes on after the end of the pickle");
  CHECK(pickle_error("\x80\2Z."s) == "x.npy: byte 2: pickle opcode 90 is not known");
  CHECK(pickle_error("\x80\2h\0."s) == "x.npy: byte 2: memo 0 is empty");
  CHECK(pickle_error("\x80\2Nr\xFF\xFF\xFF\x7F."s) == "x.npy: byte 3: memo number 2147483647 is out of range");
  CHECK(pickle_error("\x80\2Na."s) == "x.npy: byte 3: the pickle takes a value that is not there");
  CHECK(pickle_error("\x80\2NNa."s) == "x.npy: byte 4: expected a list, got None");
  CHECK(pickle_error("\x80\2}(Nu."s) == "x.npy: byte 5: the pickle sets a key without a value");
  CHECK(pickle_error("\x80\2\x8A\x09\0\0\0\0\0\0\0\0\1."s) == "x.npy: byte 2: an integer of more than 8 bytes");
  CHECK(pickle_error("\x80\2X\xFF\xFF\xFF\xFF."s) == "x.npy: byte 7: the file ends, expected 4294967294 more bytes");
  CHECK(pickle_error("\x80\4\x8E\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF."s) ==
        "x.npy: byte 11: the file ends, expected 18446744073709551614 more bytes");
  CHECK(pickle_error("\x80\4\x95\xFF\0\0\0\0\0\0\0N."s) == "x.npy: byte 2: the frame is longer than the file");
}

TEST_CASE("the pieces of an array are checked one by one") {
  const std::string dtype = "cnumpy\ndtype\n";
  const std::string array = "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n)C\1b\x87R"s;
  CHECK(pickle_error("\x80\2" + dtype + "N\x85R."s) == "x.npy: byte 17: expected a text, got None");
  CHECK(pickle_error("\x80\2" + dtype + ")R."s) == "x.npy: byte 16: expected a tuple of 1, got 0");
  CHECK(pickle_error("\x80\2" + dtype + "X\x14\0\0\0aaaaaaaaaaaaaaaaaaaa\x85R."s) ==
        "x.npy: byte 41: the name of a dtype is too long");
  CHECK(pickle_error("\x80\2" + array + "."s) == "");
  CHECK(pickle_error("\x80\2" + array +
                     "N\x85"
                     "b."s) == "x.npy: byte 61: expected a tuple of 5, got 1");
  CHECK(pickle_error("\x80\2" + array + "(K\1NNNNtb."s) == "x.npy: byte 67: expected a bool, got None");
  CHECK(pickle_error("\x80\2" + array + "(K\1NN\x89Ntb."s) == "x.npy: byte 67: expected a tuple, got None");
  CHECK(pickle_error("\x80\2" + array + "(K\1N\x85N\x89Ntb."s) == "x.npy: byte 68: expected an integer, got None");
  CHECK(pickle_error("\x80\2" + array + "(K\1)N\x89Ntb."s) == "x.npy: byte 67: expected a dtype, got None");
  CHECK(pickle_error("\x80\2" + array + "(K\1)" + dtype + "X\2\0\0\0f8\x85R\x89Ntb."s) ==
        "x.npy: byte 88: expected bytes or a list, got None");
  CHECK(pickle_error("\x80\2" + dtype + "X\2\0\0\0V8\x85R(K\3X\1\0\0\0|N)NJ\0\0\0\0K\0K\0tb."s) ==
        "x.npy: byte 46: structured arrays are not supported");
  CHECK(pickle_error("\x80\2" + dtype + "X\3\0\0\0<f8\x85R(K\3X\1\0\0\0<NNNJ\0\0\0\0K\0K\0tb."s) ==
        "x.npy: byte 47: a dtype is filled twice");
  CHECK(pickle_error("\x80\2" + dtype + "X\2\0\0\0f8\x85R(K\3X\1\0\0\0!NNNJ\0\0\0\0K\0K\0tb."s) ==
        "x.npy: byte 46: the byte order of a dtype is not known");
  CHECK(pickle_error("\x80\2"
                     "c_codecs\nencode\nX\2\0\0\0\xC3\xBFX\6\0\0\0latin1\x86R."s) == "");
  CHECK(pickle_error("\x80\2"
                     "c_codecs\nencode\nX\2\0\0\0\xC4\x80X\6\0\0\0latin1\x86R."s) ==
        "x.npy: byte 37: a text that is not latin1");
  CHECK(pickle_error("\x80\2"
                     "c_codecs\nencode\nX\1\0\0\0aX\4\0\0\0rot1\x86R."s) ==
        "x.npy: byte 34: expected encoding latin1, got \"rot1\"");
}

TEST_CASE("deep and circular pickles are values like any other") {
  std::string deep = "\x80\2N"s;
  deep.append(1'000'000, '\x85');
  CHECK(pickle_error(deep + ".") == "");
  CHECK(pickle_error("\x80\2]q\0h\0a."s) == "");  // a list that holds itself
  CHECK(dict_error(object_header + "\x80\2]q\0h\0a."s) == "expected a pickled dict, got a list");
  CHECK(dict_error(object_header + "\x80\2}X\1\0\0\0XN\x86."s) == "byte 139: the pickle ends with values left over");
  CHECK(dict_error(object_header +
                   "\x80\2}X\1\0\0\0Xcnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n)C\1b\x87Rs."s) ==
        "\"X\": expected an array, got one without contents");
  CHECK(dict_error(object_header + "\x80\2}q\0X\1\0\0\0Xh\0s."s) == "\"X\": expected an array, got a dict");
}

TEST_CASE("a small pickle cannot ask for much memory") {
  // One text of 50,000 characters, encoded again and again.
  std::string bomb =
      "\x80\2(c_codecs\nencode\nq\0X\x50\xC3\0\0"s + std::string(50'000, 'a') + "X\6\0\0\0latin1\x86q\1"s;
  for (int i = 0; i < 1000; ++i) bomb += "h\0h\1R"s;
  CHECK(pickle_error(bomb + "t.") == "x.npy: byte 50049: the pickle encodes more text than it holds");
}

TEST_CASE("a damaged pickle is read or refused, never worse") {
  for (const std::string name : {"dict_protocol2", "dict_protocol3", "dict_protocol5"}) {
    const std::string file = mlp::read_file(stored_npy(name));
    const std::string good = file.substr(128);
    for (std::size_t i = 0; i < good.size(); ++i) CHECK(pickle_error(good.substr(0, i)) != "");
    for (std::size_t i = 0; i < good.size(); ++i)
      for (std::size_t c = i % 17; c < 256; c += 17) {  // 17 bytes in a row have every value once
        std::string bad = good;
        bad[i] = static_cast<char>(c);
        try {
          const mlp::NpyDict dict(load(bad), "x.npy");
          for (const std::string& key : dict.names()) dict.matrix<float>(key);
        } catch (const mlp::FormatError&) {
        }
      }
  }
}

TEST_CASE("the spiral of exercise 2 is its CSV, value for value" * doctest::test_suite("real data")) {
  const char* data_dir = std::getenv("MLP_DATA_DIR");
  if (data_dir == nullptr) {
    MESSAGE("skipped: MLP_DATA_DIR is not set");
    return;
  }
  const std::string folder = std::string(data_dir) + "/nonlinear/";
  const auto data = mlp::read_npy_dataset<double>(folder + "NonLinear_data.npy");
  REQUIRE(data.x.rows() == 300);
  REQUIRE(data.x.cols() == 2);
  const mlp::Table csv = mlp::read_csv(folder + "NonLinear_data.csv");
  CHECK(data.x == csv.to_matrix<double>({"x", "y"}));
  CHECK(data.y == csv.labels("label"));
}
