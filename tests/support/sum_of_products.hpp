// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace mlp::testing {

struct Sum {
  double value = 0;
  double magnitude = 0;  ///< the sum of the sizes of what was added
};

/// start + sum_k alpha x_k y_k, in order. Compiled apart, optimised and without sanitizers, as tests of products take
/// most of their time here.
Sum sum_of_products(double start, double alpha, const double* x, const double* y, std::size_t count);

}  // namespace mlp::testing
