// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/core/matrix.hpp>
#include <mlp/data/dataset.hpp>

namespace examples {

/// Pixels as bytes, which a batch turns into numbers, and the class of each image.
using Images = mlp::Dataset<mlp::ByteMatrix, mlp::Labels>;

}  // namespace examples
