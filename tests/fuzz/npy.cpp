// SPDX-License-Identifier: MIT
#include <mlp/data/npy.hpp>

#include "fuzz.hpp"

using namespace mlp;

// A byte becomes a double; reading asks for 64 KiB at once.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run(data, size, {8, 1 << 17}, [](std::string_view bytes) {
    const std::string& path = fuzz::memory_file().hold(bytes);
    read_npy<double>(path);  // what this one refuses the others refuse, too
    fuzz::attempt([&] { read_npy<float>(path); });
    fuzz::attempt([&] { read_npy<std::uint8_t>(path); });
    fuzz::attempt([&] { read_npy_labels(path); });
  });
}
