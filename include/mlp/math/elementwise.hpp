// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include <mlp/core/view.hpp>

namespace mlp {

/// out(i, j) = f(in(i, j)...): for functions that Eigen does not write in vector instructions, such as a choice. `f`
/// must be a small expression without branches that matter. All shapes are equal; `out` may be one of `in`.
///
///     transform<float>(y, [](float v) { return v < 0 ? 0 : v; }, x);
template <class T, class F, class... In>
void transform(std::type_identity_t<MatrixView<T>> out, F f, In... in) {
  for (Index i = 0; i < out.rows(); ++i) {
    const auto one_row = [n = out.cols(), to = out.row(i), f](const auto*... from) {
#if defined(_OPENMP) && !defined(__clang__)  // clang++ finds it by itself, and warns where it is told to but cannot
#pragma omp simd  // without it g++ -O2 makes a jump of every choice, fifty times as slow
#endif
      for (Index j = 0; j < n; ++j) to[j] = f(from[j]...);
    };
    one_row(static_cast<const T*>(in.row(i))...);
  }
}

}  // namespace mlp
