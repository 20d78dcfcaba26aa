// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <mlp/core/byte_reader.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/file.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/view.hpp>
#include <mlp/data/image_set.hpp>
#include <mlp/data/resize.hpp>
#include <mlp/data/stb.hpp>
#include <mlp/math/threads.hpp>

namespace mlp {

namespace detail {

/// Whether each Huffman table of a JPEG has at most 255 codes: stb_image writes past its memory where one has more than
/// 256, and takes the last of 256 for none. No encoder needs so many.
inline bool huffman_tables_fit(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
  for (std::size_t at = bytes.find("\xFF\xC4"); at != std::string_view::npos; at = bytes.find("\xFF\xC4", at + 1)) {
    const std::size_t end = at + 2 + (byte(at + 2) << 8 | byte(at + 3));
    for (std::size_t table = at + 4; table < end && table < bytes.size();) {
      std::size_t codes = 0;
      for (std::size_t length = 1; length <= 16; ++length) codes += byte(table + length);
      if (codes > 255) return false;
      table += 17 + codes;
    }
  }
  return true;
}

/// Whether a BMP has all of its rows, as far as it is not compressed: stb_image makes up those that are missing.
inline bool bmp_is_whole(std::string_view bytes, std::int64_t width, std::int64_t rows) {
  if (bytes.size() < 30) return false;
  const bool is_old = from_bytes<std::uint32_t>(bytes.data() + 14) == 12;  // the header of OS/2
  const std::int64_t begin = from_bytes<std::uint32_t>(bytes.data() + 10);
  const std::int64_t bits = width * from_bytes<std::uint16_t>(bytes.data() + (is_old ? 24 : 28));
  return begin + (bits + 31) / 32 * 4 * (rows - 1) + (bits + 7) / 8 <= static_cast<std::int64_t>(bytes.size());
}

}  // namespace detail

/// The pixels of a JPEG, PNG or BMP file in memory: [height, width * channels], 1 (grey) or 3 (RGB) channels, whatever
/// the file holds. `name` starts the errors. Color becomes grey as (77 R + 150 G + 29 B) / 256.
///
///     Matrix<std::uint8_t> face = decode_image(read_file("face.jpg"), "face.jpg");
///
/// @throws FormatError `face.jpg: cannot decode: no SOI`; ValueError if `channels` is neither 1 nor 3
inline Matrix<std::uint8_t> decode_image(std::string_view bytes, const std::string& name, Index channels = 1) {
  constexpr std::int64_t most_pixels = std::int64_t{1} << 26;  // before a header alone can ask for gigabytes
  if (channels != 1 && channels != 3)
    throw ValueError("mlp::decode_image: expected 1 or 3 channels, got " + std::to_string(channels));
  const auto fail = [&](std::string_view reason) {
    throw FormatError(name + ": cannot decode: " + std::string(reason.empty() ? "the file is damaged" : reason));
  };
  if (bytes.size() > std::size_t{1} << 30) fail("the file is larger than 1 GiB");
  const bool is_jpeg = bytes.starts_with("\xFF");  // any number of them may come before D8
  if (is_jpeg && !detail::huffman_tables_fit(bytes)) fail("bad code lengths");  // before stb_image reads any of them
  const auto* data = reinterpret_cast<const stbi_uc*>(bytes.data());
  const int size = static_cast<int>(bytes.size());
  int width = 0;
  int height = 0;
  int stored_channels = 0;
  detail::stb_memory_limit = std::size_t{1} << 17;
  if (stbi_info_from_memory(data, size, &width, &height, &stored_channels) == 0) fail(stbi_failure_reason());
  const std::int64_t rows = std::abs(std::int64_t{height});  // a BMP that begins at the top has it below 0
  if (width < 1 || rows < 1) fail("the file is damaged");
  if (width * rows > most_pixels) fail(std::to_string(width) + " x " + std::to_string(rows) + " pixels are too many");
  // Up to 4 channels of 2 bytes, twice, each side filled up to blocks of 32; and the compressed bytes.
  detail::stb_memory_limit += 16 * static_cast<std::size_t>((width + 32) * (rows + 32)) + 4 * bytes.size();
  // stb_image makes up what a truncated JPEG or BMP lacks. A JPEG without its end marker is refused.
  if (is_jpeg && bytes.rfind("\xFF\xD9") == std::string_view::npos) fail("the file ends early");
  if (bytes.starts_with("BM") && !detail::bmp_is_whole(bytes, width, rows)) fail("the file ends early");
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> pixels(
      stbi_load_from_memory(data, size, &width, &height, &stored_channels, static_cast<int>(channels)),
      stbi_image_free);
  if (!pixels) fail(stbi_failure_reason());
  return Eigen::Map<const Matrix<std::uint8_t>>(pixels.get(), height, width * channels);
}

/// How `read_image_folder` reads.
struct ImageFolderOptions {
  Index width = 180;
  Index height = 180;
  Index channels = 1;         ///< 1: grey, 3: RGB
  Index limit_per_class = 0;  ///< at most so many images of a class, evenly spread over its files; 0: all
};

/// Images and the classes they lie in, as `read_image_folder` found them.
struct ImageFolder : ImageSet {
  std::vector<std::string> files;  ///< [n], `angry/1.jpg`: class by class, sorted by byte order
};

namespace detail {

/// The names in a folder for which `keep(entry)` holds, sorted by byte order.
template <class F>
std::vector<std::string> sorted_names(const std::string& folder, F&& keep) {
  std::error_code error;
  std::vector<std::string> names;
  auto entry = std::filesystem::directory_iterator(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    if (keep(*entry)) names.push_back(entry->path().filename().string());
  if (error) throw IoError(folder + ": cannot open: " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

inline bool is_class_folder(const std::filesystem::directory_entry& entry) {
  std::error_code ignored;
  return entry.is_directory(ignored) && !entry.path().filename().string().starts_with('.');
}

inline bool is_image(const std::filesystem::directory_entry& entry) {
  std::error_code ignored;
  std::string extension = entry.path().extension().string();
  for (char& c : extension) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return (extension == ".jpg" || extension == ".jpeg" || extension == ".png" || extension == ".bmp") &&
         !entry.is_directory(ignored);
}

}  // namespace detail

/// Reads a folder of class folders of images (JPEG, PNG, BMP; other files and folders with a leading dot are passed
/// over), resized by `resize_bilinear`, decoded on all threads. The classes are the folders in byte order. With a limit
/// of k, the files i * n / k, i = 0 .. k-1, of the n of a class are taken.
///
///     ImageFolder train = read_image_folder("fer2013/train", {.width = 48, .height = 48});
///     Dataset faces{ByteMatrix{train.pixels, 1 / 127.5, -1}, train.labels};
///
/// @throws IoError `train: cannot open: No such file or directory`; FormatError `train: no class folders`,
/// `train/angry: no images`, `train/angry/1.jpg: cannot decode: no SOI`; ValueError for an option out of range
inline ImageFolder read_image_folder(const std::string& path, const ImageFolderOptions& options = {}) {
  const auto require = [](bool good, const std::string& what, Index got) {
    if (!good) throw ValueError("mlp::read_image_folder: expected " + what + ", got " + std::to_string(got));
  };
  require(options.width > 0, "a width of at least 1", options.width);
  require(options.height > 0, "a height of at least 1", options.height);
  require(options.channels == 1 || options.channels == 3, "1 or 3 channels", options.channels);
  require(options.limit_per_class >= 0, "a limit_per_class of at least 0", options.limit_per_class);

  ImageFolder folder;
  folder.class_names = detail::sorted_names(path, detail::is_class_folder);
  if (folder.class_names.empty()) throw FormatError(path + ": no class folders");
  int label = 0;
  for (const std::string& class_name : folder.class_names) {
    const std::vector<std::string> names = detail::sorted_names(path + "/" + class_name, detail::is_image);
    if (names.empty()) throw FormatError(path + "/" + class_name + ": no images");
    const std::size_t limit = static_cast<std::size_t>(options.limit_per_class);
    const std::size_t count = limit == 0 ? names.size() : std::min(limit, names.size());
    for (std::size_t i = 0; i < count; ++i) folder.files.push_back(class_name + "/" + names[i * names.size() / count]);
    folder.labels.insert(folder.labels.end(), count, label++);
  }

  const Index count = static_cast<Index>(folder.files.size());
  folder.pixels.resize(count, options.height * options.width * options.channels);
  parallel_for(count, [&](Index i) {
    const std::string name = path + "/" + folder.files[static_cast<std::size_t>(i)];
    const Matrix<std::uint8_t> image = decode_image(read_file(name), name, options.channels);
    resize_bilinear(image, {folder.pixels.row(i).data(), options.height, options.width * options.channels},
                    options.channels);
  });
  return folder;
}

}  // namespace mlp
