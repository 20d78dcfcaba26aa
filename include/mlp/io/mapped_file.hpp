// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <mlp/core/error.hpp>
#include <mlp/core/file.hpp>
#include <mlp/core/large_pages.hpp>

#if __has_include(<sys/mman.h>)
#include <fcntl.h>
#include <signal.h>
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

namespace detail {

#if __has_include(<sys/mman.h>)
/// An open file that is closed at the end.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

/// Bytes that are given back to the system with their last owner.
inline SharedBytes shared_pages(void* memory, std::size_t size) {
  return {std::shared_ptr<const void>(memory, [size](const void* p) { ::munmap(const_cast<void*>(p), size); }),
          std::string_view(static_cast<const char*>(memory), size)};
}

/// Opens a file; its size, or 0 where only reading to the end tells it.
inline std::size_t open_and_measure(const std::string& path, Descriptor& file) {
  file.number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file.number < 0) throw io_error(path, "open", errno);
  struct stat status {};
  if (::fstat(file.number, &status) != 0) throw io_error(path, "read", errno);
  return S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : 0;
}

/// An open file mapped into memory so that looking at it cannot end the program, as it does where pages have gone: the
/// system lets whoever wants to write into the file wait until it is closed here (a lease, of 45 seconds on Linux), and
/// all pages were found. No owner where the system does not give that: another user's file, one that is open to be
/// written, another system than Linux.
inline SharedBytes hold_file(int file, std::size_t size) {
#if defined(F_SETLEASE) && defined(MADV_POPULATE_READ)
  // Who waits is told by a signal: one that nobody needs to handle, and to nobody.
  if (::fcntl(file, F_SETSIG, SIGURG) != 0 || ::fcntl(file, F_SETLEASE, F_RDLCK) != 0) return {};
  ::fcntl(file, F_SETOWN, 0);
  if (struct stat status{}; ::fstat(file, &status) == 0 && static_cast<std::size_t>(status.st_size) == size)
    if (void* const memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0); memory != MAP_FAILED) {
      SharedBytes pages = shared_pages(memory, size);
      if (::madvise(memory, size, MADV_POPULATE_READ) == 0) return pages;  // a fault of the disk is an error here
    }
  ::fcntl(file, F_SETLEASE, F_UNLCK);
#else
  static_cast<void>(file);
  static_cast<void>(size);
#endif
  return {};
}
#endif

}  // namespace detail

/// A file in memory. @throws IoError as `read_file`
inline SharedBytes load_file(const std::string& path) {
#if __has_include(<sys/mman.h>)
  detail::Descriptor file{-1};
  const std::size_t size = detail::open_and_measure(path, file);
  constexpr std::size_t worth_it = std::size_t{1} << 20;
  void* const memory =
      size < worth_it ? MAP_FAILED : ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED) {  // pages that are filled once, large ones if the system has them
    SharedBytes pages = detail::shared_pages(memory, size);
    detail::prefer_large_pages(memory, size);
    std::size_t done = 0;
    while (done < size) {
      const ssize_t count = ::read(file.number, static_cast<char*>(memory) + done, size - done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw detail::io_error(path, "read", errno);
      if (count == 0) break;  // it has become shorter
      done += static_cast<std::size_t>(count);
    }
    pages.bytes = pages.bytes.substr(0, done);
    return pages;
  }
#endif
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
  detail::Descriptor file{-1};
  const std::size_t size = detail::open_and_measure(path, file);
  void* const memory = size == 0 ? MAP_FAILED : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (memory != MAP_FAILED) return detail::shared_pages(memory, size);
#endif
  return load_file(path);
}

}  // namespace mlp
