// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What a pickle of Python holds. All values live in one flat list and refer to each other by number, so no nesting,
/// however deep or circular, recurses.
namespace mlp::pickle {

/// The number of a value in its document.
using Id = std::size_t;

enum class Kind { none, boolean, integer, real, bytes, text, tuple, list, dict, function, dtype, array };

/// "an integer", "a dict" ... for errors.
inline std::string describe(Kind kind) {
  constexpr std::string_view names[] = {"None",    "a bool", "an integer", "a float",    "bytes",   "a text",
                                        "a tuple", "a list", "a dict",     "a function", "a dtype", "an array"};
  return std::string(names[static_cast<std::size_t>(kind)]);
}

struct Value {
  Kind kind = Kind::none;
  std::int64_t integer = 0;  ///< of a boolean or an integer; 1 for an array in Fortran order; which function
  double real = 0;
  std::string text;       ///< of bytes and texts; "module.name" of a function; "<f8" of a dtype
  std::vector<Id> items;  ///< of tuples and lists; key, value, key, value of a dict; shape, dtype, data of an array
};

struct Document {
  std::vector<Value> values;
  Id root = 0;

  const Value& operator[](Id id) const { return values[id]; }
};

}  // namespace mlp::pickle
