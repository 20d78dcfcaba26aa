// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdlib>

namespace mlp::detail {

/// The largest piece of memory that stb_image may ask for on this thread. A length in a damaged file is only a number,
/// and a few bytes of a PNG unpack to a thousand times as many.
inline thread_local std::size_t stb_memory_limit = 0;

/// Zeros: stb_image reads tables that a damaged JPEG uses but never fills.
inline void* stb_allocate(std::size_t size) {
  return size <= stb_memory_limit ? std::calloc(size, 1) : nullptr;
}
inline void* stb_reallocate(void* memory, std::size_t size) {
  return size <= stb_memory_limit ? std::realloc(memory, size) : nullptr;
}

}  // namespace mlp::detail

// stb_image as a private part of the file that includes this: its functions are static, so no two of them clash. A
// program that has included stb_image.h before brings its own implementation.
#ifndef STBI_INCLUDE_STB_IMAGE_H

#if defined(__GNUC__) || defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#endif

#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 65535
#define STBI_MALLOC(size) mlp::detail::stb_allocate(size)
#define STBI_REALLOC(memory, size) mlp::detail::stb_reallocate(memory, size)
#define STBI_FREE(memory) std::free(memory)
#include <stb_image.h>
#undef STB_IMAGE_STATIC
#undef STB_IMAGE_IMPLEMENTATION

#if defined(__GNUC__) || defined(__clang__)
#pragma GCC diagnostic pop
#endif

#endif
