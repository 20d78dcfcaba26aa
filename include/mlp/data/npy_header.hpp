// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <mlp/core/byte_reader.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/text.hpp>

/// The header of a `.npy` file: `\x93NUMPY`, version, length, and the text of a Python dict.
/// Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
namespace mlp::detail {

inline constexpr std::string_view npy_magic = "\x93NUMPY";

struct NpyHeader {
  std::string descr;
  std::size_t descr_position = 0;
  bool fortran_order = false;
  std::vector<Index> shape;
};

/// The dict of the header, keys in any order: {'descr': '<f8', 'fortran_order': False, 'shape': (300, 2), }
class NpyHeaderParser {
 public:
  NpyHeaderParser(ByteReader& reader, std::size_t end) : reader_(reader), end_(end) {}

  NpyHeader parse() {
    NpyHeader header;
    bool has_descr = false;
    bool has_order = false;
    bool has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::size_t at = skip_blanks();
      const std::string key = quoted_text();
      bool* const has = key == "descr"           ? &has_descr
                        : key == "fortran_order" ? &has_order
                        : key == "shape"         ? &has_shape
                                                 : nullptr;
      if (has == nullptr) reader_.fail_at(at, "the header has an unknown key '" + one_line(key) + "'");
      if (*has) reader_.fail_at(at, "the header has two keys '" + key + "'");
      *has = true;
      expect(':');
      if (has == &has_descr) {
        header.descr_position = skip_blanks();
        if (peek() == '[') reader_.fail("structured arrays are not supported");
        header.descr = quoted_text();
      } else if (has == &has_order) {
        header.fortran_order = boolean();
      } else {
        header.shape = tuple();
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!has_descr || !has_order || !has_shape)
      reader_.fail(std::string("the header has no key '") +
                   (!has_descr   ? "descr"
                    : !has_order ? "fortran_order"
                                 : "shape") +
                   "'");
    if (skip_blanks() != end_) reader_.fail("the header has text after its dict");
    return header;
  }

 private:
  bool at_end() const { return reader_.position() >= end_; }
  char peek() const { return at_end() ? '\0' : reader_.peek(); }

  std::size_t skip_blanks() {
    while (peek() == ' ' || peek() == '\n') reader_.take(1);
    return reader_.position();
  }
  bool accept(char c) {
    skip_blanks();
    if (peek() != c) return false;
    reader_.take(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) reader_.fail(std::string("expected '") + c + "' in the header");
  }
  bool accept_word(std::string_view word) {
    for (const char c : word)
      if (peek() == c)
        reader_.take(1);
      else
        return false;
    return true;
  }

  std::string quoted_text() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') reader_.fail("expected a quoted text in the header");
    reader_.take(1);
    std::string text;
    while (peek() != quote) {
      if (at_end()) reader_.fail("expected a closing quote in the header");
      text += reader_.take(1);
    }
    reader_.take(1);
    return text;
  }
  bool boolean() {
    skip_blanks();
    const bool value = peek() == 'T';
    if (!accept_word(value ? "True" : "False")) reader_.fail("expected True or False in the header");
    return value;
  }
  std::vector<Index> tuple() {
    std::vector<Index> values;
    expect('(');
    while (!accept(')')) {
      std::string digits;
      while (peek() >= '0' && peek() <= '9') digits += reader_.take(1);
      if (digits.empty()) reader_.fail("expected a number in the shape");
      Index value = 0;
      if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc())
        reader_.fail("a number in the shape is out of range");
      accept('L');  // Python 2 wrote (300L, 2L)
      values.push_back(value);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return values;
  }

  ByteReader& reader_;
  std::size_t end_;
};

/// Reads the header and leaves the reader at the first byte of the data.
inline NpyHeader read_npy_header(ByteReader& reader) {
  constexpr std::uint32_t longest = 10'000;  // NumPy's own bound
  if (reader.remaining() < npy_magic.size() || reader.take(npy_magic.size()) != npy_magic)
    reader.fail_at(0, "not a .npy file");
  const std::size_t version_position = reader.position();
  const int major = reader.read<std::uint8_t>();
  const int minor = reader.read<std::uint8_t>();
  if (major < 1 || major > 3 || minor != 0)
    reader.fail_at(version_position,
                   "version " + std::to_string(major) + "." + std::to_string(minor) + " is not known");
  const std::size_t length_position = reader.position();
  const std::uint32_t length = major == 1 ? reader.read<std::uint16_t>() : reader.read<std::uint32_t>();
  if (length > longest)
    reader.fail_at(length_position, "a header of " + std::to_string(length) + " bytes, at most 10000 are allowed");
  if (length > reader.remaining()) reader.take(length);  // says what is missing
  return NpyHeaderParser(reader, reader.position() + length).parse();
}

}  // namespace mlp::detail
