// SPDX-License-Identifier: MIT
// An IDX file, as it is or packed by gzip.
#include <mlp/data/gzip.hpp>
#include <mlp/data/idx.hpp>

#include "fuzz.hpp"

using namespace mlp;

// A byte becomes a double; packed bytes come to 64 KiB at most, in a text that grows.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t limit = 1 << 16;
  return fuzz::run(data, size, {8, 8 * limit + (1 << 17)}, [](std::string_view bytes) {
    const std::string unpacked = bytes.starts_with("\x1F") ? gunzip(bytes, "x.gz", limit) : std::string(bytes);
    fuzz::attempt([&] { decode_idx<double>(unpacked, "x"); });
    fuzz::attempt([&] { decode_idx<std::uint8_t>(unpacked, "x"); });
    fuzz::attempt([&] { decode_idx_labels(unpacked, "x"); });
  });
}
