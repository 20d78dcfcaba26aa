// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>

#include <mlp/core/view.hpp>

namespace mlp::testing {

/// `rows` rows of `cols` numbers inside a larger matrix of NaN.
template <class T>
struct Fenced {
  Matrix<T> memory;
  MatrixView<T> inside;

  Fenced(Index rows, Index cols) : memory(rows + 2, cols + 5) {
    memory.setConstant(std::numeric_limits<T>::quiet_NaN());
    inside = {&memory(1, 3), rows, cols, cols + 5};
    inside.matrix().setRandom();
  }
  Fenced(const Fenced&) = delete;
  Fenced& operator=(const Fenced&) = delete;
  bool fence_is_whole() const {
    Index nans = 0;
    for (Index i = 0; i < memory.size(); ++i) nans += std::isnan(memory.data()[i]) ? 1 : 0;
    return nans == memory.size() - inside.size() && !inside.array().isNaN().any();
  }
};

}  // namespace mlp::testing
