// SPDX-License-Identifier: MIT
// A whole .npy file, or a pickle alone.
#include <mlp/data/npy_dict.hpp>

#include "fuzz.hpp"

using namespace mlp;

namespace {

void use(const NpyDict& dict) {
  for (const std::string& name : dict.names()) {
    fuzz::attempt([&] { dict.matrix<double>(name); });
    fuzz::attempt([&] { dict.matrix<float>(name); });
    fuzz::attempt([&] { dict.labels(name); });
  }
}

}  // namespace

// An opcode of one byte makes a value of the document, in a vector that doubles.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run(data, size, {2 * sizeof(pickle::Value), 1 << 17}, [](std::string_view bytes) {
    if (bytes.starts_with(detail::npy_magic))
      use(read_npy_dict(fuzz::memory_file().hold(bytes)));
    else
      use({pickle::load(ByteReader(bytes, "x.pkl")), "x.pkl"});
  });
}
