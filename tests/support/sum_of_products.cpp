// SPDX-License-Identifier: MIT
#include "support/sum_of_products.hpp"

#include <cmath>

namespace mlp::testing {

Sum sum_of_products(double start, double alpha, const double* x, const double* y, std::size_t count) {
  Sum sum{start, std::abs(start)};
  for (std::size_t k = 0; k < count; ++k) {
    const double term = alpha * x[k] * y[k];
    sum.value += term;
    sum.magnitude += std::abs(term);
  }
  return sum;
}

}  // namespace mlp::testing
