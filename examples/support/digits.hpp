// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/data/mnist.hpp>
#include <mlp/math/rng.hpp>

#include "command_line.hpp"
#include "data_source.hpp"
#include "drawn_digits.hpp"
#include "folder_sha256.hpp"
#include "images.hpp"

namespace examples {

/// The digits of MNIST, 28x28 grey pixels, ten classes: 50,000 to train, 10,000 to validate, 10,000 to test.
struct Digits {
  Images train, validation, test;
  mlp::Index height = 28, width = 28;
  DataSource source;
};

inline Images rows_of(const Images& set, mlp::Index first, mlp::Index count) {
  std::vector<mlp::Index> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), first);
  return mlp::subset(set, rows);
}

/// The files of the four names in the folder, packed or not, in byte order.
inline std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::string> files;
  for (const std::string set : {"t10k", "train"})
    for (const std::string kind : {"-images-idx3-ubyte", "-labels-idx1-ubyte"})
      files.push_back(set + kind + (std::filesystem::exists(folder + "/" + set + kind) ? "" : ".gz"));
  return files;
}

/// MNIST in the folder of --data, else drawn digits; at most `limit` of each set where it is not 0.
inline Digits load_digits(const Options& options, mlp::Index limit) {
  Digits digits;
  digits.source = find_data(options, {"mnist", "train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"});
  std::string& path = digits.source.path;
  if (digits.source.generated()) {
    warn_generated("drawn digits of seven bars, as on old displays");
    mlp::Rng rng(0);
    digits.train = draw_digits(6000, rng);
    digits.test = draw_digits(1000, rng);
  } else {
    const std::size_t name = path.rfind("/train-images");
    if (name != std::string::npos) path.resize(name);
    mlp::Mnist files = mlp::read_mnist(path);
    digits.train = std::move(files.train);
    digits.test = std::move(files.test);
    digits.height = files.height;
    digits.width = files.width;
    const std::vector<std::string> names = files_of(path);
    digits.source.sha256 = folder_sha256(path, {{".", &names}});
    if (digits.train.size() < 6 || digits.test.size() < 1)
      throw mlp::FormatError(path + ": expected at least 6 images to train and 1 to test, got " +
                             std::to_string(digits.train.size()) + " and " + std::to_string(digits.test.size()));
  }
  // The last sixth of the training set is for validation: 50,000 images and 10,000.
  const mlp::Index count = digits.train.size();
  const mlp::Index held_out = count / 6;
  const auto limited = [&](mlp::Index n) { return limit == 0 ? n : std::min(n, limit); };
  digits.validation = rows_of(digits.train, count - held_out, limited(held_out));
  digits.train = rows_of(digits.train, 0, limited(count - held_out));
  digits.test = rows_of(digits.test, 0, limited(digits.test.size()));
  return digits;
}

}  // namespace examples
