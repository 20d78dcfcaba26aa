// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/core/buffer.hpp>

namespace mlp::detail {

/// `sums` are those of a product while it needs `panels`, too.
enum class Workspace { panels, sums };

/// Memory of the calling thread: kept for its next product, so a steady loop takes none.
template <class T, Workspace = Workspace::panels>
T* workspace(Index size) {
  static thread_local Buffer<T> memory;
  return memory.resize(1, size).data();
}

}  // namespace mlp::detail
