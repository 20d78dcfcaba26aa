// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

// Not <sys/mman.h>, whose macros are names in other libraries (MAP_TYPE in ONNX's).
#if __has_include(<sys/syscall.h>) && __has_include(<unistd.h>)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace mlp::detail {

/// Asks for pages of 2 MiB instead of 4 KiB for memory that nobody has written yet: of a large matrix, the first touch
/// then takes a fifth of the time, and its addresses fit into the processor's tables. Linux gives them where
/// /sys/kernel/mm/transparent_hugepage/enabled is "madvise" or "always". No more than a wish: elsewhere nothing happens.
inline void prefer_large_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t size) {
#ifdef SYS_madvise
  constexpr std::size_t page = std::size_t{2} << 20, worth_it = 2 * page;
  constexpr int huge_page = 14;  // MADV_HUGEPAGE
  if (size < worth_it) return;
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t first = (address + page - 1) / page * page, last = (address + size) / page * page;
  if (first < last) ::syscall(SYS_madvise, first, last - first, huge_page);
#endif
}

}  // namespace mlp::detail
