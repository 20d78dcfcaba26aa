// SPDX-License-Identifier: MIT
#include <mlp/core/large_pages.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <mlp/core/buffer.hpp>
#include <mlp/layers/linear.hpp>

using namespace mlp;

namespace {

/// What the system notes of the memory at an address, "rd wr mr hg ..." with hg for large pages; empty where it does
/// not say.
std::string flags_of(const void* address) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  std::ifstream maps("/proc/self/smaps");
  bool here = false;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::uintptr_t begin = 0, end = 0;
    char dash = 0;
    if (words >> std::hex >> begin >> dash >> end && dash == '-') here = begin <= wanted && wanted < end;
    if (here && line.starts_with("VmFlags:")) return line.substr(8) + ' ';
  }
  return {};
}

}  // namespace

TEST_CASE("large weights and buffers ask for large pages, small ones do not") {
  const Linear<float> linear(2048, 4096), copy = linear, small(64, 64);
  Buffer<double> buffer;
  const MatrixView<double> y = buffer.resize(1024, 4096);
  if (flags_of(&small).empty() || !std::filesystem::exists("/sys/kernel/mm/transparent_hugepage/enabled")) {
    MESSAGE("the system has no large pages, or does not say who has them");
    return;
  }
  const auto has_large_pages = [](const auto* data) { return flags_of(data).find(" hg ") != std::string::npos; };
  CHECK(has_large_pages(linear.weight().row(2048)));
  CHECK(has_large_pages(copy.weight().row(2048)));
  CHECK(has_large_pages(y.row(512)));
  CHECK_FALSE(has_large_pages(small.weight().data()));
  CHECK(linear.weight().matrix().cwiseAbs().maxCoeff() == 0);
}
