// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mlp/core/byte_reader.hpp>
#include <mlp/core/text.hpp>
#include <mlp/data/pickle_document.hpp>

/// The only functions that a pickle can call here: those that NumPy and, for bytes in protocol 2, Python write to
/// rebuild an array. Nothing is executed: each is known by name, checks what it is given and makes a value of the
/// document.
namespace mlp::pickle::detail {

using mlp::detail::in_quotes;

/// A document while it is read.
struct Reading {
  ByteReader reader;
  std::size_t size;                 ///< of the pickle in bytes: the bound of everything that grows
  std::size_t encoded = 0;          ///< bytes of text already encoded
  std::size_t opcode_position = 0;  ///< of the opcode at work
  Document document = {};

  explicit Reading(ByteReader source) : reader(std::move(source)), size(reader.remaining()) {}

  Value& operator[](Id id) { return document.values[id]; }
  const Value& operator[](Id id) const { return document.values[id]; }

  [[noreturn]] void fail(const std::string& reason) const { reader.fail_at(opcode_position, reason); }

  void require(Id id, Kind kind) const {
    const Kind got = (*this)[id].kind;
    if (got != kind) fail("expected " + describe(kind) + ", got " + describe(got));
  }
  /// The items of a tuple of `least` to `most`.
  const std::vector<Id>& arguments(Id tuple, std::size_t least, std::size_t most) const {
    const std::vector<Id>& items = (*this)[tuple].items;
    if (items.size() < least || items.size() > most)
      fail("expected a tuple of " + std::to_string(least) + ", got " + std::to_string(items.size()));
    return items;
  }
};

enum class Function : std::int64_t { reconstruct, frombuffer, ndarray, dtype, encode, bytes };

/// NumPy 2 renamed `core` to `_core`.
inline constexpr std::pair<std::string_view, Function> functions[] = {
    {"numpy.core.multiarray._reconstruct", Function::reconstruct},
    {"numpy._core.multiarray._reconstruct", Function::reconstruct},
    {"numpy.core.numeric._frombuffer", Function::frombuffer},  // protocol 5
    {"numpy._core.numeric._frombuffer", Function::frombuffer},
    {"numpy.ndarray", Function::ndarray},
    {"numpy.dtype", Function::dtype},
    {"_codecs.encode", Function::encode},
    {"__builtin__.bytes", Function::bytes},
};

inline constexpr std::size_t longest_dtype = 16;  // bytes of a name: "<f8" has 3

/// Every other name is refused.
inline Value find_function(const Reading& reading, const std::string& module, const std::string& name) {
  const std::string full = module + "." + name;
  for (const auto& [known, function] : functions)
    if (known == full) return {Kind::function, static_cast<std::int64_t>(function), 0, full, {}};
  reading.fail("pickle asks for " + in_quotes(full) + ", which is not allowed");
}

/// An array from items [shape, dtype, data].
inline Value make_array(const Reading& reading, bool fortran_order, std::vector<Id> items) {
  reading.require(items[0], Kind::tuple);
  for (const Id n : reading[items[0]].items) reading.require(n, Kind::integer);
  reading.require(items[1], Kind::dtype);
  if (const Kind data = reading[items[2]].kind; data != Kind::bytes && data != Kind::list)
    reading.fail("expected bytes or a list, got " + describe(data));
  return {Kind::array, fortran_order, 0, {}, std::move(items)};
}

/// Protocol 2 has no bytes: it writes a text whose characters are the bytes, ('text', 'latin1').
inline std::string encode_latin1(Reading& reading, Id tuple) {
  const std::vector<Id>& given = reading.arguments(tuple, 2, 2);
  reading.require(given[0], Kind::text);
  reading.require(given[1], Kind::text);
  const std::string& text = reading[given[0]].text;
  const std::string& encoding = reading[given[1]].text;
  if (encoding != "latin1") reading.fail("expected encoding latin1, got " + in_quotes(encoding));
  reading.encoded += text.size();
  if (reading.encoded > reading.size) reading.fail("the pickle encodes more text than it holds");
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : '\0');
    if (c < 0x80) {
      bytes += static_cast<char>(c);
    } else if ((c == 0xC2 || c == 0xC3) && (next & 0xC0) == 0x80) {
      bytes += static_cast<char>((c & 0x03) << 6 | (next & 0x3F));
      ++i;
    } else {
      reading.fail("a text that is not latin1");
    }
  }
  return bytes;
}

/// REDUCE: the value that a function makes of a tuple of arguments.
inline Value call(Reading& reading, Id function, Id tuple) {
  switch (static_cast<Function>(reading[function].integer)) {
    case Function::reconstruct: {  // (ndarray, (0,), b'b'): an array without contents, BUILD brings them
      const Id type = reading.arguments(tuple, 3, 3)[0];
      reading.require(type, Kind::function);
      if (reading[type].integer != static_cast<std::int64_t>(Function::ndarray)) reading.fail("expected numpy.ndarray");
      return {Kind::array, 0, 0, {}, {}};
    }
    case Function::frombuffer: {  // (data, dtype, shape, 'C' or 'F')
      const std::vector<Id>& given = reading.arguments(tuple, 4, 4);
      reading.require(given[3], Kind::text);
      return make_array(reading, reading[given[3]].text == "F", {given[2], given[1], given[0]});
    }
    case Function::dtype: {  // ('f8', align, copy)
      const Id name = reading.arguments(tuple, 1, 3)[0];
      reading.require(name, Kind::text);
      if (reading[name].text.size() > longest_dtype) reading.fail("the name of a dtype is too long");
      return {Kind::dtype, 0, 0, reading[name].text, {}};
    }
    case Function::encode:
      return {Kind::bytes, 0, 0, encode_latin1(reading, tuple), {}};
    case Function::bytes:
      reading.arguments(tuple, 0, 0);
      return {Kind::bytes, 0, 0, {}, {}};
    case Function::ndarray:
      break;
  }
  reading.fail("pickle calls " + in_quotes(reading[function].text) + ", which is not allowed");
}

/// BUILD: gives an array or a dtype its contents.
inline void fill(Reading& reading, Id object, Id tuple) {
  Value& value = reading[object];
  if (value.kind == Kind::array) {  // (version, shape, dtype, is Fortran order, data)
    const std::vector<Id>& state = reading.arguments(tuple, 5, 5);
    reading.require(state[3], Kind::boolean);
    value = make_array(reading, reading[state[3]].integer != 0, {state[1], state[2], state[4]});
  } else if (value.kind == Kind::dtype) {  // (version, byte order, subarray, names, fields, ...)
    const std::vector<Id>& state = reading.arguments(tuple, 8, 9);
    reading.require(state[1], Kind::text);
    if (reading[state[2]].kind != Kind::none || reading[state[3]].kind != Kind::none)
      reading.fail("structured arrays are not supported");
    constexpr std::string_view orders = "<>|=";
    const std::string& order = reading[state[1]].text;
    if (order.size() != 1 || orders.find(order) == orders.npos) reading.fail("the byte order of a dtype is not known");
    if (value.text.find_first_of(orders) != value.text.npos) reading.fail("a dtype is filled twice");
    value.text.insert(0, order);
  } else {
    reading.fail("expected an array or a dtype to fill, got " + describe(value.kind));
  }
}

}  // namespace mlp::pickle::detail
