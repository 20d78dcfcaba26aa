// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>

namespace mlp {

/// Class numbers as rows of zeros with a 1 in the column of the class: [n, classes].
///
///     Matrix<float> y = one_hot<float>(labels, 3);   // 2 becomes 0 0 1
///
/// @throws ValueError `mlp::one_hot: expected labels in [0, 3), got labels[4] = 3`, `mlp::one_hot: classes must be at
/// least 1, got 0`
template <std::floating_point T>
Matrix<T> one_hot(std::span<const int> labels, Index classes) {
  detail::check_at_least("one_hot", "classes", classes, 1);
  Matrix<T> m = Matrix<T>::Zero(static_cast<Index>(labels.size()), classes);
  for (Index i = 0; i < m.rows(); ++i) {
    const int label = labels[static_cast<std::size_t>(i)];
    if (label < 0 || label >= classes)
      throw ValueError("mlp::one_hot: expected labels in [0, " + std::to_string(classes) + "), got labels[" +
                       std::to_string(i) + "] = " + std::to_string(label));
    m(i, label) = 1;
  }
  return m;
}

}  // namespace mlp
