// SPDX-License-Identifier: MIT
#include "support/allocation_count.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__GLIBC__) && !defined(MLP_TESTING_SANITIZED)
#define MLP_TESTING_REPLACE_MALLOC 1
// glibc's own names of its functions, which stay reachable when a program brings a malloc of its own.
extern "C" {
void* __libc_malloc(std::size_t size);                           // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t count, std::size_t size);        // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void* memory, std::size_t size);            // NOLINT(bugprone-reserved-identifier)
void* __libc_memalign(std::size_t alignment, std::size_t size);  // NOLINT(bugprone-reserved-identifier)
}
#endif

namespace {

// Constant-initialised: malloc is called long before main.
std::atomic<long> news{0};
std::atomic<long> mallocs{0};

}  // namespace

namespace mlp::testing {

#ifdef MLP_TESTING_REPLACE_MALLOC
const bool counts_malloc = true;
#else
const bool counts_malloc = false;
#endif

Allocations allocations_so_far() {
  return {news.load(), mallocs.load()};
}

}  // namespace mlp::testing

#ifdef MLP_TESTING_REPLACE_MALLOC

// free stays glibc's: all memory still comes from its heap.
extern "C" {

void* malloc(std::size_t size) noexcept {
  ++mallocs;
  return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) noexcept {
  ++mallocs;
  return __libc_calloc(count, size);
}

void* realloc(void* memory, std::size_t size) noexcept {
  ++mallocs;
  return __libc_realloc(memory, size);
}

void* memalign(std::size_t alignment, std::size_t size) noexcept {
  ++mallocs;
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return memalign(alignment, size);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  if (alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
  void* const result = memalign(alignment, size);
  if (result == nullptr) return ENOMEM;
  *memory = result;
  return 0;
}

}  // extern "C"

#endif

#ifndef MLP_TESTING_SANITIZED

namespace {

// Past the counter of malloc, so that nothing is counted twice.
void* allocate(std::size_t size) noexcept {
  ++news;
  if (size == 0) size = 1;
#ifdef MLP_TESTING_REPLACE_MALLOC
  return __libc_malloc(size);
#else
  return std::malloc(size);
#endif
}

void* allocate(std::size_t size, std::align_val_t alignment) noexcept {
  ++news;
  const auto a = static_cast<std::size_t>(alignment);
  const std::size_t whole = size == 0 ? a : (size + a - 1) / a * a;  // aligned_alloc wants a multiple
#ifdef MLP_TESTING_REPLACE_MALLOC
  return __libc_memalign(a, whole);
#else
  return std::aligned_alloc(a, whole);
#endif
}

void* or_throw(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) {
  return or_throw(allocate(size));
}
void* operator new[](std::size_t size) {
  return or_throw(allocate(size));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void* operator new(std::size_t size, std::align_val_t a) {
  return or_throw(allocate(size, a));
}
void* operator new[](std::size_t size, std::align_val_t a) {
  return or_throw(allocate(size, a));
}
void* operator new(std::size_t size, std::align_val_t a, const std::nothrow_t&) noexcept {
  return allocate(size, a);
}
void* operator new[](std::size_t size, std::align_val_t a, const std::nothrow_t&) noexcept {
  return allocate(size, a);
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  std::free(memory);
}

#endif
