// SPDX-License-Identifier: MIT
#include <mlp/core/file.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#ifdef __linux__
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#endif

#include "support/temporary_folder.hpp"

using mlp::testing::TemporaryFolder;

TEST_CASE("a file that was written reads back byte for byte") {
  const TemporaryFolder folder;
  for (const std::size_t size : {0U, 1U, 65535U, 65536U, 65537U, 300000U}) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 % 251);
    mlp::write_file_atomically(folder / "a.bin", bytes);
    CHECK(mlp::read_file(folder / "a.bin") == bytes);
  }
}

TEST_CASE("writing replaces the file and leaves nothing else in the folder") {
  const TemporaryFolder folder;
  mlp::write_file_atomically(folder / "a", "first");
  mlp::write_file_atomically(folder / "a", "2nd");
  CHECK(mlp::read_file(folder / "a") == "2nd");
  CHECK(folder.count() == 1);
}

TEST_CASE("a temporary file of an earlier crash is not in the way") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "a.0.tmp");  // of no writer, and nothing to remove
  mlp::write_file_atomically(folder / "a", "whole");
  CHECK(mlp::read_file(folder / "a") == "whole");
  CHECK(std::filesystem::is_directory(folder / "a.0.tmp"));
  CHECK(folder.count() == 2);
}

#ifdef __linux__
TEST_CASE("a temporary file that a crash left behind goes with the next write, one at work stays") {
  const TemporaryFolder folder;
  mlp::write_file_atomically(folder / "a.0.tmp", "half");
  mlp::write_file_atomically(folder / "a.1.tmp", "half");
  const int at_work = ::open((folder / "a.0.tmp").c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::flock(at_work, LOCK_EX) == 0);
  mlp::write_file_atomically(folder / "a", "whole");
  CHECK(mlp::read_file(folder / "a") == "whole");
  CHECK(mlp::read_file(folder / "a.0.tmp") == "half");
  CHECK(folder.count() == 2);
  ::close(at_work);
  mlp::write_file_atomically(folder / "a", "again");
  CHECK(mlp::read_file(folder / "a") == "again");
  CHECK(folder.count() == 1);
}
#endif

TEST_CASE("a file that cannot be read says why") {
  const TemporaryFolder folder;
  const std::string path = folder / "x.npy";
  CHECK_THROWS_WITH_AS(mlp::read_file(path), (path + ": cannot open: No such file or directory").c_str(), mlp::IoError);
  const std::string directory = folder / "";
  CHECK_THROWS_WITH_AS(mlp::read_file(directory), (directory + ": is a directory").c_str(), mlp::IoError);
}

TEST_CASE("a file that cannot be written says why and leaves nothing behind") {
  const TemporaryFolder folder;
  const std::string path = folder / "missing/x.npy";
  CHECK_THROWS_WITH_AS(mlp::write_file_atomically(path, "a"),
                       (path + ": cannot write: No such file or directory").c_str(), mlp::IoError);
  std::filesystem::create_directory(folder / "b");
  CHECK_THROWS_WITH_AS(mlp::write_file_atomically(folder / "b", "a"), (folder / "b: is a directory").c_str(),
                       mlp::IoError);
  CHECK(folder.count() == 1);
}

#ifdef __linux__
TEST_CASE("a device is never replaced by a file") {
  CHECK_THROWS_WITH_AS(mlp::write_file_atomically("/dev/null", "a"), "/dev/null: cannot write: not a regular file",
                       mlp::IoError);
}

TEST_CASE("a write that fails half-way leaves the previous file whole and nothing else") {
  const TemporaryFolder folder;
  const std::string path = folder / "a";
  mlp::write_file_atomically(path, "whole");
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
  const rlimit small{1000, limit.rlim_max};
  std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string message;
  try {
    mlp::write_file_atomically(path, std::string(100000, 'x'));
  } catch (const mlp::IoError& error) {
    message = error.what();
  }
  REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  std::signal(SIGXFSZ, SIG_DFL);
  CHECK(message == path + ": cannot write: File too large");
  CHECK(mlp::read_file(path) == "whole");
  CHECK(folder.count() == 1);
}
#endif
