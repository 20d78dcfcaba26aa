// SPDX-License-Identifier: MIT
#pragma once

#include <sanitizer/allocator_interface.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <mlp/core/error.hpp>

/// What the targets share. A target passes if reading ends with a result or with an mlp::Error: any other exception, a
/// word of the sanitizers, or an allocation beyond the bound of its format is a finding.
namespace mlp::fuzz {

/// The largest single allocation for an input of so many bytes: factor * bytes + constant.
struct MemoryBound {
  std::size_t factor;
  std::size_t constant;
};

inline std::size_t largest_allocation = SIZE_MAX;

inline void check_allocation(const volatile void*, std::size_t size) {
  if (size <= largest_allocation) return;
  std::fprintf(stderr, "an allocation of %zu bytes, at most %zu are allowed\n", size, largest_allocation);
  largest_allocation = SIZE_MAX;  // the report needs memory, too
  std::abort();
}

/// f() may throw mlp::Error, and may not allocate more than is allowed.
template <class F>
void attempt(F&& f) {
  try {
    f();
  } catch (const Error&) {
  }
}

/// f(bytes) of one input.
template <class F>
int run(const std::uint8_t* data, std::size_t size, MemoryBound bound, F&& f) {
  static const bool installed =
      __sanitizer_install_malloc_and_free_hooks(check_allocation, [](const volatile void*) {}) != 0;
  if (!installed) std::abort();
  largest_allocation = bound.factor * size + bound.constant;
  attempt([&] { f(std::string_view(reinterpret_cast<const char*>(data), size)); });
  largest_allocation = SIZE_MAX;
  return 0;
}

/// A file that lives in memory, for readers that take a path.
class MemoryFile {
 public:
  MemoryFile() : number_(::memfd_create("fuzz", 0)), path_("/proc/self/fd/" + std::to_string(number_)) {
    if (number_ < 0) std::abort();
  }
  const std::string& hold(std::string_view bytes) {
    if (::ftruncate(number_, 0) != 0 ||
        ::pwrite(number_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
      std::abort();
    return path_;
  }

 private:
  int number_;
  std::string path_;
};

/// The only one: a program has one target.
inline MemoryFile& memory_file() {
  static MemoryFile file;
  return file;
}

}  // namespace mlp::fuzz
