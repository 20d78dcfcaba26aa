// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <mlp/core/buffer.hpp>
#include <mlp/core/view.hpp>

namespace mlp {

/// The weights of a layer: a matrix [rows, cols] that is copied as a value, zeros at first. It begins at a line of the
/// cache, as a vector that lies across two lines takes two accesses; Eigen's matrices do so only with compiler flags.
/// Large ones ask for large pages. No call throws but for want of memory, std::bad_alloc.
///
///     Weights<float> w(64, 9);
///     uniform_init(w.view(), -1, 1, rng);
template <class T>
class Weights {
 public:
  Weights() = default;
  Weights(Index rows, Index cols) {
    detail::fill(memory_.resize(rows, cols), 0);
  }
  Weights(const Weights& other) { *this = other; }
  Weights(Weights&&) noexcept = default;
  /// Takes no memory where there is enough of it.
  Weights& operator=(const Weights& other) {
    const ConstMatrixView<T> from = other.view();
    const MatrixView<T> to = memory_.resize(from.shape());
    if (this != &other) std::copy_n(from.data(), from.size(), to.data());
    return *this;
  }
  Weights& operator=(Weights&&) noexcept = default;

  MatrixView<T> view() { return memory_.view(); }
  ConstMatrixView<T> view() const { return memory_.view(); }

 private:
  Buffer<T> memory_;
};

}  // namespace mlp
