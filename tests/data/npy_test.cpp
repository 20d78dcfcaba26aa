// SPDX-License-Identifier: MIT
#include <mlp/data/npy.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>

#include "support/reference.hpp"
#include "support/temporary_folder.hpp"

using mlp::Matrix;
using mlp::testing::stored_npy;
using mlp::testing::TemporaryFolder;

namespace {

/// A version 1.0 file with this dict as header and this data.
std::string npy(std::string header, const std::string& data = "") {
  header += '\n';
  return "\x93NUMPY" + std::string("\1\0", 2) + static_cast<char>(header.size() & 0xFF) +
         static_cast<char>(header.size() >> 8) + header + data;
}

/// The error of reading these bytes, without the name of the file; "" if there is none.
std::string npy_error(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string path = folder / "x.npy";
  std::ofstream(path, std::ios::binary) << bytes;
  try {
    mlp::read_npy<double>(path);
  } catch (const mlp::FormatError& error) {
    const std::string text = error.what();
    REQUIRE(text.starts_with(path + ": "));
    return text.substr(path.size() + 2);
  }
  return "";
}

}  // namespace

TEST_CASE("every type of number that NumPy wrote is read, in either byte order") {
  const auto reference = mlp::testing::reference("npy.json");
  for (const std::string name :
       {"bool",   "i1",     "u1",     "i2",     "u2",     "i4",         "u4",       "i8",
        "u8",     "f2",     "f4",     "f8",     "big_i2", "big_u2",     "big_i4",   "big_u4",
        "big_i8", "big_u8", "big_f2", "big_f4", "big_f8", "f2_special", "version2", "version3"}) {
    CAPTURE(name);
    const auto expected = mlp::testing::to_matrix<double>(reference[name]);
    CHECK(mlp::read_npy<double>(stored_npy(name)) == expected);
    CHECK(mlp::read_npy<float>(stored_npy(name)) == expected.cast<float>());
  }
}

TEST_CASE("long doubles of x86 are read there, to the last bit, and refused elsewhere") {
  using C16 = std::complex<double>;
  const std::string long_path = stored_npy("long");
  if (!mlp::detail::has_long_double) {
    CHECK_THROWS_WITH_AS(mlp::read_npy<double>(long_path),
                         (long_path + ": byte 20: numbers of type \"<f16\" are not supported").c_str(),
                         mlp::FormatError);
    return;
  }
  const auto reference = mlp::testing::reference("npy.json");
  for (const std::string name : {"f16", "big_f16"}) {
    CAPTURE(name);
    const auto expected = mlp::testing::to_matrix<double>(reference[name]);
    CHECK(mlp::read_npy<double>(stored_npy(name)) == expected);
    CHECK(mlp::read_npy<float>(stored_npy(name)) == expected.cast<float>());
    CHECK(mlp::read_npy<C16>(stored_npy(name)) == expected.cast<C16>());
    CHECK_THROWS_WITH_AS(mlp::read_npy<int>(stored_npy(name)),
                         (stored_npy(name) + ": byte 128: element 1: 0.1 does not fit the type asked for").c_str(),
                         mlp::FormatError);
  }
  // 2^60 + 1, which no double holds, and 10^4000
  CHECK_THROWS_WITH_AS(mlp::read_npy<double>(long_path),
                       (long_path + ": byte 128: element 1: inf does not fit the type asked for").c_str(),
                       mlp::FormatError);
  std::string one = mlp::read_file(long_path);
  one.resize(one.size() - 16);
  one.replace(one.find("(2,)"), 4, "(1,)");
  const TemporaryFolder folder;
  std::ofstream(folder / "x.npy", std::ios::binary) << one;
  CHECK(mlp::read_npy<std::int64_t>(folder / "x.npy")(0, 0) == (std::int64_t{1} << 60) + 1);
  CHECK(mlp::read_npy<double>(folder / "x.npy")(0, 0) == 0x1p60);
}

TEST_CASE("complex numbers of NumPy are read as complex numbers, and reals, too; never as reals") {
  const auto reference = mlp::testing::reference("npy.json");
  using C8 = std::complex<float>;
  using C16 = std::complex<double>;
  for (const std::string name : {"c8", "c16", "big_c8", "big_c16", "c32", "big_c32"}) {
    CAPTURE(name);
    if (name.ends_with("c32") && !mlp::detail::has_long_double) continue;
    const Matrix<C16> m = mlp::read_npy<C16>(stored_npy(name));
    const Matrix<C8> narrow = mlp::read_npy<C8>(stored_npy(name));
    REQUIRE(m.rows() == 2);
    REQUIRE(m.cols() == 3);
    for (mlp::Index i = 0; i < 2; ++i)
      for (mlp::Index j = 0; j < 3; ++j) {  // "0x1p+0 0x1p+1"
        const auto text = reference[name][static_cast<std::size_t>(i)][static_cast<std::size_t>(j)].get<std::string>();
        char* rest = nullptr;
        const double real = std::strtod(text.c_str(), &rest);
        const double imaginary = std::strtod(rest, nullptr);
        CHECK(m(i, j) == C16(real, imaginary));
        CHECK(narrow(i, j) == C8(static_cast<float>(real), static_cast<float>(imaginary)));
      }
    CHECK_THROWS_WITH_AS(mlp::read_npy<double>(stored_npy(name)),
                         (stored_npy(name) + ": byte 128: holds complex numbers, a real type was asked for").c_str(),
                         mlp::FormatError);
    CHECK_THROWS_AS(mlp::read_npy_labels(stored_npy(name)), mlp::FormatError);
  }
  for (const std::string name : {"bool", "big_i2", "u8", "f2", "f4", "cube_fortran"})
    CHECK(mlp::read_npy<C16>(stored_npy(name)) == mlp::read_npy<double>(stored_npy(name)).cast<C16>());
  const TemporaryFolder folder;
  const Matrix<C16> large = Matrix<C16>::Constant(1, 2, C16(1, -1e300));
  mlp::write_npy(folder / "x.npy", large);
  CHECK_THROWS_WITH_AS(mlp::read_npy<C8>(folder / "x.npy"),
                       (folder / "x.npy: byte 128: element 0: -1e+300 does not fit the type asked for").c_str(),
                       mlp::FormatError);
}

TEST_CASE("shapes: 0-d becomes one number, 1-d one column, more dimensions one row a sample") {
  const auto reference = mlp::testing::reference("npy.json");
  for (const std::string name : {"scalar", "vector", "fortran", "cube", "cube_fortran"}) {
    CAPTURE(name);
    CHECK(mlp::read_npy<double>(stored_npy(name)) == mlp::testing::to_matrix<double>(reference[name]));
  }
  CHECK(mlp::read_npy<double>(stored_npy("cube_fortran")).cols() == 12);
  const auto empty = mlp::read_npy<float>(stored_npy("empty"));
  CHECK(empty.rows() == 0);
  CHECK(empty.cols() == 3);
}

TEST_CASE("an integer type takes exactly the numbers it can hold") {
  CHECK(mlp::read_npy<int>(stored_npy("i8"))(0, 0) == -3);
  CHECK(mlp::read_npy<std::uint8_t>(stored_npy("u8"))(1, 2) == 127);
  CHECK_THROWS_WITH_AS(mlp::read_npy<std::uint8_t>(stored_npy("i8")),
                       (stored_npy("i8") + ": byte 128: element 0: -3 does not fit the type asked for").c_str(),
                       mlp::FormatError);
  CHECK_THROWS_WITH_AS(mlp::read_npy<int>(stored_npy("f8")),
                       (stored_npy("f8") + ": byte 128: element 1: 0.1 does not fit the type asked for").c_str(),
                       mlp::FormatError);
  const TemporaryFolder folder;
  for (const double value : {std::nan(""), 2147483648.0, -2147483649.0, 1e300, -1e300}) {
    const Matrix<double> one = Matrix<double>::Constant(1, 1, value);
    mlp::write_npy(folder / "x.npy", one);
    CHECK_THROWS_AS(mlp::read_npy<int>(folder / "x.npy"), mlp::FormatError);
  }
  const Matrix<double> lowest = Matrix<double>::Constant(1, 1, -2147483648.0);
  mlp::write_npy(folder / "x.npy", lowest);
  CHECK(mlp::read_npy<int>(folder / "x.npy")(0, 0) == -2147483647 - 1);
}

TEST_CASE("a float takes NaN, infinity and what rounds, but no number beyond its range") {
  const TemporaryFolder folder;
  const auto through_file = [&](double value) {
    const Matrix<double> one = Matrix<double>::Constant(1, 1, value);
    mlp::write_npy(folder / "x.npy", one);
    return mlp::read_npy<float>(folder / "x.npy")(0, 0);
  };
  CHECK(through_file(0.1) == 0.1f);
  CHECK(through_file(1e-50) == 0);
  CHECK(std::isnan(through_file(std::nan(""))));
  CHECK(through_file(-std::numeric_limits<double>::infinity()) == -std::numeric_limits<float>::infinity());
  CHECK_THROWS_WITH_AS(through_file(-1e39),
                       (folder / "x.npy: byte 128: element 0: -1e+39 does not fit the type asked for").c_str(),
                       mlp::FormatError);
}

TEST_CASE("labels are one whole number a row") {
  CHECK(mlp::read_npy_labels(stored_npy("labels")) == mlp::Labels{2, 0, 1});
  CHECK(mlp::read_npy_labels(stored_npy("float_labels")) == mlp::Labels{2, 0, 1});
  CHECK_THROWS_WITH_AS(
      mlp::read_npy_labels(stored_npy("half_label")),
      (stored_npy("half_label") + ": byte 128: element 1: 0.5 does not fit the type asked for").c_str(),
      mlp::FormatError);
  CHECK_THROWS_WITH_AS(mlp::read_npy_labels(stored_npy("i4")),
                       (stored_npy("i4") + ": byte 128: expected one label a row, got [2, 3]").c_str(),
                       mlp::FormatError);
}

TEST_CASE("what is written is the file that np.save writes") {
  const TemporaryFolder folder;
  Matrix<std::uint8_t> u1(2, 3);
  u1 << 0, 1, 2, 100, 101, 127;
  mlp::write_npy(folder / "u1.npy", u1);
  CHECK(mlp::read_file(folder / "u1.npy") == mlp::read_file(stored_npy("u1")));
  Matrix<double> f8 = u1.cast<double>();
  f8(0, 0) = -3;
  f8(0, 1) = 0.1;
  mlp::write_npy(folder / "f8.npy", f8);
  CHECK(mlp::read_file(folder / "f8.npy") == mlp::read_file(stored_npy("f8")));
  const Matrix<Eigen::half> f2 = f8.cast<Eigen::half>();
  mlp::write_npy(folder / "f2.npy", f2);
  CHECK(mlp::read_file(folder / "f2.npy") == mlp::read_file(stored_npy("f2")));
  CHECK(mlp::read_npy<Eigen::half>(stored_npy("f2")) == f2);
  const Matrix<float> f4 = f8.cast<float>();
  mlp::write_npy(folder / "f4.npy", mlp::ConstMatrixView<float>(f4));
  CHECK(mlp::read_file(folder / "f4.npy") == mlp::read_file(stored_npy("f4")));
  mlp::write_npy(folder / "c8.npy", mlp::read_npy<std::complex<float>>(stored_npy("big_c8")));
  CHECK(mlp::read_file(folder / "c8.npy") == mlp::read_file(stored_npy("c8")));
  mlp::write_npy(folder / "c16.npy", mlp::read_npy<std::complex<double>>(stored_npy("c16")));
  CHECK(mlp::read_file(folder / "c16.npy") == mlp::read_file(stored_npy("c16")));
  CHECK(folder.count() == 6);
}

TEST_CASE("a block of rows with a stride is written without its surroundings") {
  const TemporaryFolder folder;
  const Matrix<float> m = Matrix<float>::Random(5, 4);
  mlp::write_npy(folder / "x.npy", m.block(1, 1, 3, 2));
  CHECK(mlp::read_npy<float>(folder / "x.npy") == m.block(1, 1, 3, 2));
}

TEST_CASE("a file that is no array says what is wrong at which byte") {
  const std::string good = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }";
  CHECK(npy_error(npy(good, std::string(8, '\0'))) == "");
  CHECK(npy_error(npy(good, std::string(7, '\0'))) == "byte 68: expected 8 bytes of data, got 7");
  CHECK(npy_error(npy(good, std::string(9, '\0'))) == "byte 68: expected 8 bytes of data, got 9");
  CHECK(npy_error("") == "byte 0: not a .npy file");
  CHECK(npy_error("PK\3\4 an archive") == "byte 0: not a .npy file");
  CHECK(npy_error("\x93NUMPY") == "byte 6: the file ends, expected 1 more byte");
  CHECK(npy_error("\x93NUMPY\4" + std::string(60, '\0')) == "byte 6: version 4.0 is not known");
  CHECK(npy_error(std::string("\x93NUMPY\1\0\xFF\0{}", 12)) == "byte 10: the file ends, expected 253 more bytes");
  CHECK(npy_error(std::string("\x93NUMPY\2\0\xFF\xFF\xFF\xFF{}", 14)) ==
        "byte 8: a header of 4294967295 bytes, at most 10000 are allowed");
  CHECK(npy_error(npy("[]")) == "byte 10: expected '{' in the header");
  CHECK(npy_error(npy("{}")) == "byte 12: the header has no key 'descr'");
  CHECK(npy_error(npy("{'descr': '<f8', 'shape': ()}")) == "byte 39: the header has no key 'fortran_order'");
  CHECK(npy_error(npy("{'descr': '<f8', 'fortran_order': True}")) == "byte 49: the header has no key 'shape'");
  CHECK(npy_error(npy("{'color': 1}")) == "byte 11: the header has an unknown key 'color'");
  CHECK(npy_error(npy("{'descr': '<f8', 'descr': '<f8'}")) == "byte 27: the header has two keys 'descr'");
  CHECK(npy_error(npy("{'descr' '<f8'}")) == "byte 19: expected ':' in the header");
  CHECK(npy_error(npy("{'descr': '<f8' 'shape': ()}")) == "byte 26: expected '}' in the header");
  CHECK(npy_error(npy("{'descr': 8}")) == "byte 20: expected a quoted text in the header");
  CHECK(npy_error(npy("{'descr: 8}")) == "byte 22: expected a closing quote in the header");
  CHECK(npy_error(npy("{'fortran_order': 0}")) == "byte 28: expected True or False in the header");
  CHECK(npy_error(npy("{'shape': (-1,)}")) == "byte 21: expected a number in the shape");
  CHECK(npy_error(npy("{'shape': (99999999999999999999,)}")) == "byte 41: a number in the shape is out of range");
  CHECK(npy_error(npy(good + " ,")) == "byte 68: the header has text after its dict");
  CHECK(npy_error(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }")) ==
        "byte 88: dimension 1 of the shape is out of range");
  CHECK(npy_error(npy("{'descr': '<f8', 'fortran_order': True, 'shape': (0, 4294967296, 4294967296), }")) ==
        "byte 90: dimension 2 of the shape is out of range");
  CHECK(npy_error(npy("{'descr': '<f8', 'fortran_order': True, 'shape': (1000000000,), }")) ==
        "byte 76: expected 8000000000 bytes of data, got 0");
}

TEST_CASE("an array of something else than numbers is refused by its type") {
  const auto read = [](const std::string& name) { mlp::read_npy<double>(stored_npy(name)); };
  CHECK_THROWS_WITH_AS(read("f12"),
                       (stored_npy("f12") + ": byte 20: numbers of type \"<f12\" are not supported").c_str(),
                       mlp::FormatError);
  CHECK_THROWS_WITH_AS(read("structured"),
                       (stored_npy("structured") + ": byte 20: structured arrays are not supported").c_str(),
                       mlp::FormatError);
  CHECK_THROWS_WITH_AS(
      read("dict_protocol3"),
      (stored_npy("dict_protocol3") + ": byte 20: holds pickled Python objects: see mlp::read_npy_dict").c_str(),
      mlp::FormatError);
}

TEST_CASE("the header of Python 2 and an empty array of a huge other dimension are read") {
  CHECK(npy_error(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1L, 1L), }", std::string(8, '\0'))) == "");
  CHECK(npy_error(npy("{'descr': '<f8', 'fortran_order': True, 'shape': (0, 1000000000000), }")) == "");
}

TEST_CASE("a missing file and a folder say so") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(mlp::read_npy<float>(folder / "x.npy"),
                       (folder / "x.npy: cannot open: No such file or directory").c_str(), mlp::IoError);
  CHECK_THROWS_WITH_AS(mlp::read_npy<float>(folder.path()), (folder.path() + ": is a directory").c_str(), mlp::IoError);
}

TEST_CASE("a damaged file is read or refused, never worse") {
  for (const std::string name : {"cube_fortran", "big_f2", "version2"}) {
    const std::string good = mlp::read_file(stored_npy(name));
    for (std::size_t i = 0; i < good.size(); ++i) CHECK(npy_error(good.substr(0, i)) != "");
    for (std::size_t i = 0; i < 100; ++i)
      for (const char c : {'\0', '\xFF', '9', '(', '\''}) {
        std::string bad = good;
        bad[i] = c;
        npy_error(bad);
      }
  }
}
