// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/core/buffer.hpp>

namespace mlp::detail {

/// Memory of the calling thread for packed operands: kept for its next product, so a steady loop takes none.
template <class T>
T* workspace(Index size) {
  static thread_local Buffer<T> memory;
  return memory.resize(1, size).data();
}

}  // namespace mlp::detail
