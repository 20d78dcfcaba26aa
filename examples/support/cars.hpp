// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <mlp/core/file.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/data/csv.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/data/synthetic_cars.hpp>
#include <mlp/data/table.hpp>
#include <mlp/math/rng.hpp>

#include "command_line.hpp"
#include "data_source.hpp"
#include "sha256.hpp"

namespace examples {

using CarData = mlp::Dataset<mlp::Matrix<double>, mlp::Matrix<double>>;

/// Cars: nine features, and how many miles they drive on a gallon (MPG).
struct Cars {
  CarData data;
  DataSource source;
};

/// Auto_MPG_data.csv: a header and ten columns of numbers, the origin as three columns of 0 and 1.
/// auto-mpg.data of the UCI repository: no header, columns apart by blanks, "?" where the horsepower is not known
/// (those cars are left out), the origin as a number: 1 USA, 2 Europe, 3 Japan.
inline mlp::Table read_cars(const std::string& path) {
  if (!path.ends_with(".data")) return mlp::read_csv(path);
  return mlp::read_csv(path, {.separator = ' ',
                              .names = {"MPG", "Cylinders", "Displacement", "Horsepower", "Weight", "Acceleration",
                                        "Model Year", "Origin", "Name"},
                              .missing = mlp::Missing::drop})
      .drop({"Name"})
      .one_hot("Origin", {{"2", "Europe"}, {"3", "Japan"}, {"1", "USA"}});
}

inline Cars load_cars(const Options& options) {
  Cars cars;
  cars.source = find_data(options, {"auto_mpg/Auto_MPG_data.csv", "Auto_MPG_data.csv"});
  if (cars.source.generated()) {
    warn_generated("392 cars that never were");
    mlp::Rng rng(0);
    cars.data = mlp::make_cars({.samples = 392}, rng);
    return cars;
  }
  const mlp::Table table = read_cars(cars.source.path);
  cars.data = {table.to_matrix<double>({mlp::car_feature_names.begin(), mlp::car_feature_names.end()}),
               table.to_matrix<double>({"MPG"})};
  cars.source.sha256 = sha256(mlp::read_file(cars.source.path));
  return cars;
}

}  // namespace examples
