// SPDX-License-Identifier: MIT
#include <mlp/data/npz.hpp>

#include "fuzz.hpp"

using namespace mlp;

// As idx.cpp.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t limit = 1 << 16;
  return fuzz::run(data, size, {8, 8 * limit + (1 << 17)}, [](std::string_view bytes) {
    const NpzFile file(std::string(bytes), "x.npz", limit);
    for (const std::string& name : file.names()) {
      fuzz::attempt([&] { file.matrix<double>(name); });
      fuzz::attempt([&] { file.labels(name); });
    }
  });
}
