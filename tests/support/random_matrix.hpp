// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/core/matrix.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/init.hpp>
#include <mlp/math/rng.hpp>

namespace mlp::testing {

/// The same numbers from -2 to 2 each time.
inline Matrix<double> random_matrix(Index rows, Index cols) {
  Rng rng(3);
  Matrix<double> x(rows, cols);
  uniform_init(view(x), -2, 2, rng);
  return x;
}

}  // namespace mlp::testing
