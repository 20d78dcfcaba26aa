// SPDX-License-Identifier: MIT
#pragma once

// Opt-in: not in mlp.hpp. Needs zlib (Debian: zlib1g-dev; find_package(ZLIB), link ZLIB::ZLIB).

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

#include <mlp/core/error.hpp>
#include <mlp/core/file.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/shape.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/data/gzip.hpp>
#include <mlp/data/idx.hpp>

namespace mlp {

/// Grey images of digits and what they show, as 0 .. 9.
struct Mnist {
  Dataset<ByteMatrix, Labels> train;  ///< x [60000, 784]: a batch of it has its pixels in [0, 1]; y [60000]
  Dataset<ByteMatrix, Labels> test;   ///< [10000, 784]
  Index height = 0;                   ///< 28
  Index width = 0;                    ///< 28
};

namespace detail {

/// `name` in the folder, else `name.gz`.
inline std::string mnist_file(const std::string& folder, const std::string& name) {
  for (const std::string end : {"", ".gz"})
    if (std::filesystem::exists(folder + "/" + name + end)) return folder + "/" + name + end;
  throw IoError(folder + ": holds neither " + name + " nor " + name + ".gz");
}

/// One of the two sets; says the size of its images.
inline Dataset<ByteMatrix, Labels> read_mnist_set(const std::string& images, const std::string& labels, Shape& size) {
  const auto bytes_of = [](const std::string& path) {
    return path.ends_with(".gz") ? read_gzip(path) : read_file(path);
  };
  Dataset<ByteMatrix, Labels> set;
  {
    const std::string bytes = bytes_of(images);
    const IdxFile file = parse_idx(bytes, images);
    if (file.array.shape.size() != 3)
      throw FormatError(images + ": byte 3: expected images, 3 dimensions, got " +
                        std::to_string(file.array.shape.size()));
    size = {file.array.shape[1], file.array.shape[2]};
    set.x = {to_matrix<std::uint8_t>(file.array, file.where), 1 / 255.0, 0};
  }
  set.y = decode_idx_labels(bytes_of(labels), labels);
  if (static_cast<Index>(set.y.size()) != set.x.rows())
    throw FormatError(labels + ": " + std::to_string(set.y.size()) + " labels of " + std::to_string(set.x.rows()) +
                      " images");
  for (std::size_t i = 0; i < set.y.size(); ++i)
    if (set.y[i] < 0 || set.y[i] > 9)
      throw FormatError(labels + ": label of image " + std::to_string(i) + " must be in [0, 10), got " +
                        std::to_string(set.y[i]));
  return set;
}

}  // namespace detail

/// MNIST, or another set of its kind (Fashion-MNIST, KMNIST), from a folder of the four files train-images-idx3-ubyte,
/// train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each as it is or packed as `.gz`.
///
///     Mnist digits = read_mnist("mnist");
///     fit(net, CrossEntropyLoss(), SGD({.lr = 0.1}), digits.train, digits.test, {.epochs = 10}, rng);
///
/// @throws IoError `mnist: holds neither t10k-labels-idx1-ubyte nor t10k-labels-idx1-ubyte.gz`; FormatError as
/// `decode_idx` and `gunzip`, `mnist/t10k-labels-idx1-ubyte: 9999 labels of 10000 images`
/// Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", 1998.
inline Mnist read_mnist(const std::string& folder) {
  std::error_code ignored;
  if (!std::filesystem::exists(folder, ignored)) throw detail::io_error(folder, "open", ENOENT);
  if (!std::filesystem::is_directory(folder, ignored)) throw detail::io_error(folder, "open", ENOTDIR);
  const std::string train_images =
      detail::mnist_file(folder, "train-images-idx3-ubyte");  // all four, before any is read
  const std::string train_labels = detail::mnist_file(folder, "train-labels-idx1-ubyte");
  const std::string test_images = detail::mnist_file(folder, "t10k-images-idx3-ubyte");
  const std::string test_labels = detail::mnist_file(folder, "t10k-labels-idx1-ubyte");
  Shape train_size, test_size;
  Mnist digits;
  digits.train = detail::read_mnist_set(train_images, train_labels, train_size);
  digits.test = detail::read_mnist_set(test_images, test_labels, test_size);
  if (train_size != test_size)
    throw FormatError(test_images + ": expected images " + to_string(train_size) + ", got " + to_string(test_size));
  digits.height = train_size.rows;
  digits.width = train_size.cols;
  return digits;
}

}  // namespace mlp
