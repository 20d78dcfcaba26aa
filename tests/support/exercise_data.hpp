// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include <mlp/core/matrix.hpp>
#include <mlp/data/csv.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/data/npy.hpp>
#include <mlp/data/npy_dict.hpp>
#include <mlp/data/scaler.hpp>
#include <mlp/data/split.hpp>

#include "support/reference.hpp"

namespace mlp::testing {

using Numbers = Dataset<Matrix<double>, Matrix<double>>;
using Classes = Dataset<Matrix<double>, Labels>;

/// The data of exercises 1 and 2 before any split.
struct ExerciseData {
  Numbers cars;    ///< 392 rows, nine features, MPG
  Classes spiral;  ///< 300 points in three classes
};

/// The stored sets of tests/reference/make_curves.py, shaped like the real ones.
inline ExerciseData generated_data() {
  const std::string folder = stored("curves/");
  const auto cars = read_npy<double>(folder + "cars.npy");
  return {{cars.rightCols(9), cars.leftCols(1), {}},
          {read_npy<double>(folder + "spiral_x.npy"), read_npy_labels(folder + "spiral_y.npy"), {}}};
}

/// Whether a test of the real files has to end; it says so.
inline bool real_data_is_missing() {
  const char* folder = std::getenv("MLP_DATA_DIR");
  if (folder != nullptr && *folder != '\0') return false;
  MESSAGE("skipped: MLP_DATA_DIR is not set");
  return true;
}

inline ExerciseData real_data() {
  const std::string folder = std::getenv("MLP_DATA_DIR");
  return {read_csv(folder + "/auto_mpg/Auto_MPG_data.csv").to_dataset<double>("MPG"),
          read_npy_dataset<double>(folder + "/nonlinear/NonLinear_data.npy")};
}

/// As the slides do: 314 and 78 rows, standardised by mean and standard deviation (n - 1) of the training rows.
inline auto standardized_split(const Numbers& cars) {
  auto split = train_val_split(cars, {.train_fraction = 0.8, .seed = 0});
  const auto scaler = StandardScaler::fit(split.train.x, {.ddof = 1});
  split.train.x = scaler.transform(split.train.x);
  split.val.x = scaler.transform(split.val.x);
  return split;
}

}  // namespace mlp::testing
