// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <mlp/core/error.hpp>

#if __has_include(<unistd.h>)
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace mlp {

namespace detail {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

/// "x.npy: cannot open: No such file or directory"
inline IoError io_error(const std::string& path, std::string_view what, int error) {
  if (error == EISDIR) return IoError(path + ": is a directory");
  return IoError(path + ": cannot " + std::string(what) + ": " + std::generic_category().message(error));
}

/// Renaming over a folder fails late, and over a device as root does not fail at all.
inline void require_replaceable(const std::string& path) {
#if __has_include(<unistd.h>)
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return;
  if (S_ISDIR(status.st_mode)) throw io_error(path, "write", EISDIR);
  if (!S_ISREG(status.st_mode)) throw IoError(path + ": cannot write: not a regular file");
#else
  static_cast<void>(path);
#endif
}

#if __has_include(<unistd.h>)
/// Takes the lock of an open file, unless somebody has it, or the file is no longer the one of this name: its writer
/// was done meanwhile. A file system without locks gives it to everybody.
inline bool lock_temporary(int number, const std::string& path) {
  if (::flock(number, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  struct stat opened {};
  struct stat named {};
  return ::fstat(number, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino && S_ISREG(named.st_mode);
}

/// Removes a temporary file whose writer is gone: each crash would leave one more. Only where the lock is had for sure.
inline void remove_abandoned(const std::string& path) {
  const int number = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (number < 0) return;
  if (::flock(number, LOCK_EX | LOCK_NB) == 0 && lock_temporary(number, path)) ::unlink(path.c_str());
  ::close(number);
}
#endif

/// A new file `x.npy.0.tmp` beside `x.npy`, or of a higher number where others write at the same time.
inline File open_temporary(const std::string& path, std::string& temporary) {
  for (int attempt = 0; attempt <= 100; ++attempt) {
    temporary = path + "." + std::to_string(attempt) + ".tmp";
    File file(std::fopen(temporary.c_str(), "wbx"));  // "x" never opens the file of somebody else
#if __has_include(<unistd.h>)
    if (!file && errno == EEXIST) {
      remove_abandoned(temporary);
      file.reset(std::fopen(temporary.c_str(), "wbx"));
    }
    if (file && !lock_temporary(::fileno(file.get()), temporary)) continue;  // somebody took it for abandoned
#endif
    if (file) return file;
    if (errno != EEXIST) break;
  }
  throw io_error(path, "write", errno);
}

inline bool flush_to_disk(std::FILE* file) {
  if (std::fflush(file) != 0) return false;
#if __has_include(<unistd.h>)
  return ::fsync(::fileno(file)) == 0 || errno == EINVAL;  // EINVAL: a file system that cannot
#else
  return true;
#endif
}

/// Makes a rename last through a crash of the machine, where the system lets a folder be flushed.
inline void flush_folder_of(const std::string& path) {
#if __has_include(<unistd.h>)
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int number = ::open(folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (number < 0) return;
  static_cast<void>(::fsync(number));
  ::close(number);
#else
  static_cast<void>(path);
#endif
}

}  // namespace detail

/// The bytes of a file.
///
///     std::string text = read_file("cars.csv");
///
/// @throws IoError `cars.csv: cannot open: No such file or directory`, `folder: is a directory`
inline std::string read_file(const std::string& path) {
  const detail::File file(std::fopen(path.c_str(), "rb"));
  if (!file) throw detail::io_error(path, "open", errno);
  std::string bytes;
  for (std::size_t chunk = std::size_t{1} << 16;; chunk = bytes.size()) {  // doubling: pipes have no size to ask for
    const std::size_t size = bytes.size();
    bytes.resize(size + chunk);
    errno = 0;
    const std::size_t count = std::fread(bytes.data() + size, 1, chunk, file.get());
    bytes.resize(size + count);
    if (std::ferror(file.get()) != 0) throw detail::io_error(path, "read", errno);
    if (count < chunk) return bytes;
  }
}

/// Writes a file as a whole or not at all: its parts one after the other into a temporary file in the same folder, to
/// the disk, then renamed. Whatever fails, a crash of the machine included, leaves the previous file whole; a
/// temporary file that a crash left behind, `weights.npy.0.tmp`, is removed by the next write. A link is replaced, not
/// followed.
///
///     const std::string_view parts[] = {header, data};
///     write_file_atomically("weights.npy", parts);
///
/// @throws IoError `weights.npy: cannot write: No space left on device`
inline void write_file_atomically(const std::string& path, std::span<const std::string_view> parts) {
  detail::require_replaceable(path);
  std::string temporary;
  detail::File file = detail::open_temporary(path, temporary);
  bool good = true;
  for (const std::string_view part : parts)
    good = good && std::fwrite(part.data(), 1, part.size(), file.get()) == part.size();
  good = good && detail::flush_to_disk(file.get());
  int error = errno;
  if (std::fclose(file.release()) != 0 && good) {
    good = false;
    error = errno;
  }
  if (good && std::rename(temporary.c_str(), path.c_str()) != 0) {
    good = false;
    error = errno;
  }
  if (!good) {
    std::remove(temporary.c_str());
    throw detail::io_error(path, "write", error);
  }
  detail::flush_folder_of(path);
}
inline void write_file_atomically(const std::string& path, std::string_view bytes) {
  write_file_atomically(path, std::span(&bytes, 1));
}

}  // namespace mlp
