// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/data/image_folder.hpp>
#include <mlp/data/split.hpp>
#include <mlp/data/synthetic.hpp>
#include <mlp/math/rng.hpp>

#include "command_line.hpp"
#include "data_source.hpp"
#include "folder_sha256.hpp"
#include "images.hpp"

namespace examples {

/// The faces of FER-2013, grey and square, seven emotions.
struct Faces {
  Images train, validation, test;  // the slides know no test set apart from the validation set
  std::vector<std::string> classes;
  mlp::Index image_size = 0;
  DataSource source;
};

/// Pixels as bytes, which a batch turns into numbers in [-1, 1].
inline Images make_images(mlp::Matrix<std::uint8_t>&& pixels, mlp::Labels&& labels) {
  return {{std::move(pixels), 1 / 127.5, -1}, std::move(labels)};
}

/// The folders train and test of class folders.
inline void read_faces(Faces& faces, mlp::Index limit) {
  const std::string& path = faces.source.path;
  const mlp::ImageFolderOptions how{.width = faces.image_size, .height = faces.image_size, .limit_per_class = limit};
  mlp::ImageFolder train = mlp::read_image_folder(path + "/train", how);
  mlp::ImageFolder test = mlp::read_image_folder(path + "/test", how);
  if (train.class_names != test.class_names)
    throw mlp::FormatError(path + ": train and test do not hold the same class folders");
  faces.source.sha256 = folder_sha256(path, {{"train", &train.files}, {"test", &test.files}});
  faces.classes = train.class_names;
  faces.train = make_images(std::move(train.pixels), std::move(train.labels));
  faces.validation = make_images(std::move(test.pixels), std::move(test.labels));
}

/// 840 + 280 drawn faces.
inline void draw_generated_faces(Faces& faces, mlp::Index limit) {
  warn_generated("drawn faces");
  mlp::Rng rng(0);
  const auto draw = [&](mlp::Index per_class) {
    mlp::ImageSet set = mlp::make_faces({.samples_per_class = limit == 0 ? per_class : std::min(limit, per_class),
                                         .width = faces.image_size,
                                         .height = faces.image_size},
                                        rng);
    faces.classes = set.class_names;
    return make_images(std::move(set.pixels), std::move(set.labels));
  };
  faces.train = draw(120);
  faces.validation = draw(40);
}

/// The folders of --data, else drawn faces; at most `limit` images of each class and set where it is not 0. The 2024
/// edition keeps the test folder apart and validates on a fifth of the training set.
inline Faces load_faces(const Options& options, mlp::Index image_size, mlp::Index limit) {
  Faces faces;
  faces.image_size = image_size;
  faces.source = find_data(options, {"fer2013/train", "train"});
  std::string& path = faces.source.path;
  if (path.ends_with("/train")) path.resize(path.size() - std::string("/train").size());
  faces.source.generated() ? draw_generated_faces(faces, limit) : read_faces(faces, limit);
  if (options.edition_2024()) {
    faces.test = std::move(faces.validation);
    auto split = mlp::train_test_split(faces.train, {.test_size = 0.2, .seed = 59, .stratify = true});
    faces.train = std::move(split.train);
    faces.validation = std::move(split.test);
  }
  return faces;
}

}  // namespace examples
