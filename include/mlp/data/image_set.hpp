// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <mlp/core/matrix.hpp>

namespace mlp {

/// Images of one size and their classes.
///
///     Dataset faces{ByteMatrix{set.pixels, 1 / 127.5, -1}, set.labels};   // [0, 255] to [-1, 1]
struct ImageSet {
  Matrix<std::uint8_t> pixels;           ///< [n, height * width * channels], rows of the image one after the other
  Labels labels;                         ///< [n], the index in class_names
  std::vector<std::string> class_names;  ///< sorted by byte order
};

}  // namespace mlp
