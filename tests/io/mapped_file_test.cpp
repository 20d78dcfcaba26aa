// SPDX-License-Identifier: MIT
#include <mlp/io/mapped_file.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "support/temporary_folder.hpp"

using mlp::testing::TemporaryFolder;

TEST_CASE("small and large files are in memory byte for byte, read or mapped") {
  const TemporaryFolder folder;
  const std::size_t large = std::size_t{1} << 20;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, large - 1, large, large + 1, 3 * large + 17}) {
    CAPTURE(size);
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 % 251);
    mlp::write_file_atomically(folder / "a", bytes);
    CHECK(mlp::load_file(folder / "a").bytes == bytes);
    CHECK(mlp::map_file(folder / "a").bytes == bytes);
  }
}

TEST_CASE("bytes stay as long as somebody has them, whatever becomes of the file") {
  const TemporaryFolder folder;
  const std::string bytes(std::size_t{1} << 21, 'x');
  for (mlp::SharedBytes (*const open)(const std::string&) : {&mlp::load_file, &mlp::map_file}) {
    mlp::write_file_atomically(folder / "a", bytes);
    mlp::SharedBytes file = open(folder / "a");
    const mlp::SharedBytes copy = file;
    file = {};
    std::filesystem::remove(folder / "a");
    CHECK(copy.bytes == bytes);
  }
}

TEST_CASE("a file that is not there, and a folder, say so") {
  const TemporaryFolder folder;
  const std::string path = folder / "x.st";
  const std::string directory = folder / "";
  for (mlp::SharedBytes (*const open)(const std::string&) : {&mlp::load_file, &mlp::map_file}) {
    CHECK_THROWS_WITH_AS(open(path), (path + ": cannot open: No such file or directory").c_str(), mlp::IoError);
    CHECK_THROWS_WITH_AS(open(directory), (directory + ": is a directory").c_str(), mlp::IoError);
  }
}

#ifdef __linux__
TEST_CASE("a file whose size is not known before is read to its end") {
  CHECK(mlp::load_file("/proc/self/cmdline").bytes == mlp::read_file("/proc/self/cmdline"));
  CHECK(mlp::map_file("/proc/self/cmdline").bytes.size() > 0);
}
#endif
