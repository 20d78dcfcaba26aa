// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/core/matrix.hpp>

namespace mlp {

/// Rows and columns of a matrix. `dynamic` rows stand for "any batch size".
///
///     to_string(Shape{32, 10})       // "[32, 10]"
///     to_string(Shape{dynamic, 9})   // "[batch, 9]"
struct Shape {
  Index rows = 0;
  Index cols = 0;

  friend bool operator==(const Shape&, const Shape&) = default;
};

[[gnu::cold]] inline std::string to_string(const Shape& shape) {
  const std::string rows = shape.rows == dynamic ? "batch" : std::to_string(shape.rows);
  return "[" + rows + ", " + std::to_string(shape.cols) + "]";
}

}  // namespace mlp
