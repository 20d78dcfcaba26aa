// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <mlp/core/shape.hpp>

namespace mlp {

/// The base of everything this library throws. The texts are part of the interface: docs/errors.md lists them. What
/// makes them is [[gnu::cold]], small rather than fast, as every file that trains compiles it again.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Two shapes that cannot meet.
class ShapeError : public Error {
 public:
  using Error::Error;

  /// "mlp::Linear(9 -> 64): expected input [batch, 9], got [32, 10]"
  [[gnu::cold]] static ShapeError expected(std::string_view who, std::string_view what, const Shape& expected,
                                           const Shape& got) {
    return ShapeError("mlp::" + std::string(who) + ": expected " + std::string(what) + " " + to_string(expected) +
                      ", got " + to_string(got));
  }
};

/// A file that is not what it claims to be. The text names the file, the line or byte, and the reason.
class FormatError : public Error {
 public:
  using Error::Error;
};

/// A file that cannot be opened, read or written.
class IoError : public Error {
 public:
  using Error::Error;
};

/// An argument out of its range: a negative learning rate, a batch size of 0, a label that is no class.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// Training that left the finite numbers. The text names the epoch, the batch and the first layer concerned.
class DivergenceError : public Error {
 public:
  using Error::Error;
};

namespace detail {

/// Apart, so that what asks for a shape contains a comparison and no text.
[[noreturn, gnu::cold, gnu::noinline]] inline void refuse_shape(const char* who, const char* what,
                                                                const Shape& expected, const Shape& got) {
  throw ShapeError::expected(who, what, expected, got);
}
/// "mlp::apply: expected y [32, 64], got [32, 8]"
inline void check_shape(const char* who, const char* what, const Shape& expected, const Shape& got) {
  if (got != expected) refuse_shape(who, what, expected, got);
}

}  // namespace detail

}  // namespace mlp
