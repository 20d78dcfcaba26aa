// SPDX-License-Identifier: MIT
#include <mlp/io/safetensors.hpp>

#include "fuzz.hpp"
#include "safetensors_mutator.hpp"

using namespace mlp;

// A byte becomes a double.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run(data, size, {8, 1 << 14}, [](std::string_view bytes) {
    const SafeTensors file = SafeTensors::parse(bytes);
    for (const std::string& name : file.names()) {
      fuzz::attempt([&] { file.matrix<double>(name); });
      fuzz::attempt([&] { file.matrix<float>(name); });
      fuzz::attempt([&] { file.matrix<std::int64_t>(name); });
      fuzz::attempt([&] { file.matrix<std::uint8_t>(name); });
    }
  });
}
