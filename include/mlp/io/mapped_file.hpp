// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <mlp/core/error.hpp>
#include <mlp/core/file.hpp>

#if __has_include(<sys/mman.h>)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace mlp {

/// Bytes with somebody who keeps them: a string in memory, or a file that the system reads page by page.
struct SharedBytes {
  std::shared_ptr<const void> owner;
  std::string_view bytes;
};

/// A file in memory. @throws IoError as `read_file`
inline SharedBytes load_file(const std::string& path) {
  auto text = std::make_shared<const std::string>(read_file(path));
  const std::string_view bytes = *text;
  return {std::move(text), bytes};
}

/// A file mapped into memory, read where it is looked at; read as a whole where the system cannot map it. It must not
/// be made shorter while it is in use: as everywhere, looking at a page that has gone ends the program.
///
/// @throws IoError `net.safetensors: cannot open: No such file or directory`, `folder: is a directory`
inline SharedBytes map_file(const std::string& path) {
#if __has_include(<sys/mman.h>)
  struct Descriptor {
    int number;
    ~Descriptor() {
      if (number >= 0) ::close(number);
    }
  };
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.number < 0) throw detail::io_error(path, "open", errno);
  struct stat status {};
  if (::fstat(file.number, &status) != 0) throw detail::io_error(path, "read", errno);
  if (S_ISREG(status.st_mode) && status.st_size > 0) {
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
    if (memory != MAP_FAILED)
      return {std::shared_ptr<const void>(memory, [size](const void* p) { ::munmap(const_cast<void*>(p), size); }),
              std::string_view(static_cast<const char*>(memory), size)};
  }
#endif
  return load_file(path);
}

}  // namespace mlp
