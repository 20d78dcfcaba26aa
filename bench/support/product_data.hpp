// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <stdexcept>
#include <string>

#include "workloads.hpp"

namespace bench {

/// The operands of a product and the values that its result must have, some of them, in double precision.
struct ProductData {
  explicit ProductData(const Product& p) : product(p) {
    const auto fill = [](Floats& v, Index rows, Index cols, std::uint32_t stream) {
      v.resize(static_cast<std::size_t>(rows * cols));
      fill_random(v.data(), rows * cols, stream);
    };
    fill(x, p.batch, p.in, 1);
    fill(w, p.out, p.in, 2);
    fill(y, p.batch, p.out, 3);
  }

  /// The result has overwritten one of x, w, y; compares 100 of its elements with sums of our own.
  void check() const {
    const ProductData clean(product);
    const auto& [batch, in, out, form, users] = product;
    const Index rows = form == Form::dw ? out : batch;
    const Index cols = form == Form::forward ? out : in;
    const Index depth = form == Form::forward ? in : form == Form::dw ? batch : out;
    const Floats& result = form == Form::forward ? y : form == Form::dw ? w : x;
    for (std::uint32_t k = 0; k < 100; ++k) {
      const Index element =
          static_cast<Index>((0.5f + 0.5f * random_number(4, k)) * static_cast<float>(rows * cols - 1));
      const Index i = element / cols, j = element % cols;
      double sum = 0, size = 0;
      for (Index d = 0; d < depth; ++d) {
        const double a = form == Form::forward ? clean.x[at(i * in + d)]
                         : form == Form::dw    ? clean.y[at(d * out + i)]
                                               : clean.y[at(i * out + d)];
        const double b = form == Form::forward ? clean.w[at(j * in + d)]
                         : form == Form::dw    ? clean.x[at(d * in + j)]
                                               : clean.w[at(d * in + j)];
        sum += a * b;
        size += std::abs(a * b);
      }
      // any order of float additions, each rounding by 2^-24 of a partial sum, stays far below this
      const double error = std::abs(static_cast<double>(result[at(element)]) - sum);
      if (!(error <= 1e-5 * size + 1e-6)) throw std::runtime_error("the product is wrong: " + std::to_string(error));
    }
  }

  Product product;
  Floats x, w, y;

 private:
  static std::size_t at(Index i) { return static_cast<std::size_t>(i); }
};

}  // namespace bench
