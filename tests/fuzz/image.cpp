// SPDX-License-Identifier: MIT
#include <mlp/data/image_folder.hpp>

#include "fuzz.hpp"

using namespace mlp;

// decode_image itself takes up to 2^26 pixels; here 2^14, so that an input takes no seconds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t most_pixels = 1 << 14;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  int width = 0, height = 0, channels = 0;
  detail::stb_memory_limit = 1 << 17;
  if ((!bytes.starts_with("\xFF") || detail::huffman_tables_fit(bytes)) &&
      stbi_info_from_memory(data, static_cast<int>(size), &width, &height, &channels) != 0 &&
      (std::int64_t{width} + 32) * (std::abs(std::int64_t{height}) + 32) > most_pixels)
    return 0;
  return fuzz::run(data, size, {4, 16 * most_pixels + (1 << 17)}, [](std::string_view file) {
    for (const Index wanted : {1, 3}) decode_image(file, "x.jpg", wanted);
  });
}
