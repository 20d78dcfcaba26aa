// SPDX-License-Identifier: MIT
// Exercise 1, Auto MPG: how many miles a car drives on a gallon. Linear regression and an MLP, compared.

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <mlp/mlp.hpp>

#include "support/cars.hpp"
#include "support/checkpoints.hpp"
#include "support/command_line.hpp"
#include "support/mpg_plots.hpp"
#include "support/report.hpp"
#include "support/text_table.hpp"

namespace {

using examples::fixed;
using examples::Json;
using mlp::Linear;
using mlp::Matrix;
using mlp::ReLU;
using mlp::Rng;
using mlp::Sequential;

template <class T>
using CarSet = mlp::Dataset<Matrix<T>, Matrix<T>>;  // x [n, 9], y [n, 1]

template <class T>
struct Split {
  CarSet<T> train, validation, test;  // the slides have no test set
  mlp::Preprocessing preprocessing;
};

/// 314 / 78 cars; in the 2024 edition 273 / 79 / 40.
Split<double> split_cars(const CarSet<double>& cars, bool edition_2024) {
  if (edition_2024) {
    auto outer = mlp::train_test_split(cars, {.test_size = 0.2, .seed = 59});
    auto inner = mlp::train_test_split(outer.train, {.test_size = 0.125, .seed = 59});
    return {std::move(inner.train), std::move(outer.test), std::move(inner.test), {}};
  }
  auto split = mlp::train_val_split(cars, {.train_fraction = 0.8, .seed = 0});
  return {std::move(split.train), std::move(split.val), {}, {}};
}

/// (x - mean) / deviation, both of the training set, in double; then in T. The slides divide the variance by n - 1.
template <class T>
Split<T> standardize(const Split<double>& cars, bool edition_2024) {
  const auto scaler = mlp::StandardScaler::fit(cars.train.x, {.ddof = edition_2024 ? 0 : 1});
  const auto scaled = [&](const CarSet<double>& set) -> CarSet<T> {
    if (set.size() == 0) return {};
    return {scaler.transform(set.x).template cast<T>(), set.y.template cast<T>()};
  };
  return {scaled(cars.train),
          scaled(cars.validation),
          scaled(cars.test),
          {.features = {mlp::car_feature_names.begin(), mlp::car_feature_names.end()},
           .scaler = scaler,
           .image = {},
           .classes = {},
           .target = "MPG"}};
}

template <class T>
void compare_models(const examples::Options& options) {
  const bool edition_2024 = options.edition_2024();
  const examples::Cars cars = examples::load_cars(options);
  const Split<T> data = standardize<T>(split_cars(cars.data, edition_2024), edition_2024);
  const CarSet<T>& unseen = edition_2024 ? data.test : data.validation;
  const mlp::Index batch_size = options.batch_size.value_or(32);
  const auto average = edition_2024 ? mlp::LossAverage::batches : mlp::LossAverage::samples;

  examples::Report report("auto_mpg", options, cars.source,
                          {data.train.size(), data.validation.size(), data.test.size()}, "r2");
  examples::TextTable table({"model", "parameters", "seconds", "set", "MSE", "MAE", "R2"});
  std::vector<examples::MpgResult> results;

  const auto train = [&](const std::string& name, const std::string& title, auto net, double lr, Rng& rng) {
    const mlp::History history = mlp::fit(net, mlp::MSELoss(), mlp::SGD({.lr = lr}), data.train, data.validation,
                                          {.epochs = options.epochs.value_or(100),
                                           .batch_size = batch_size,
                                           .loss_average = average,
                                           .progress = options.quiet ? mlp::Progress::silent : mlp::Progress::automatic,
                                           .name = name},
                                          rng, examples::ModelCheckpoint(options, name));

    Json scores;
    const auto score = [&](const char* set, const CarSet<T>& cars_of_set) {
      const auto& y = cars_of_set.y;
      const Matrix<T> predicted = net.predict(cars_of_set.x);
      const double mae = mlp::mean_absolute_error(y, predicted);
      const double r2 = mlp::r2_score(y, predicted);
      scores[set] = {
          {"loss", mlp::evaluate(net, mlp::MSELoss(), cars_of_set, batch_size, average)}, {"mae", mae}, {"r2", r2}};
      const bool first = scores.size() == 1;
      table.add({first ? title : "", first ? std::to_string(mlp::parameter_count(net)) : "",
                 first ? fixed(history.seconds, 2) : "", set, fixed(mlp::mean_squared_error(y, predicted), 3),
                 fixed(mae, 3), fixed(r2, 4)});
    };
    score("train", data.train);
    score("validation", data.validation);
    if (edition_2024) score("test", data.test);
    report.add(name, net, data.preprocessing, history, scores);
    results.push_back({{name, title}, net.predict(unseen.x).template cast<double>()});
  };

  Rng rng(options.rng_seed());
  Sequential linear{Linear<T>(9, 1, rng)};
  train("linear_regression", "linear regression", linear, edition_2024 ? 0.01 : 0.1, rng);

  rng = Rng(options.rng_seed());
  Sequential net{Linear<T>(9, 64, rng), ReLU(), Linear<T>(64, 64, rng), ReLU(), Linear<T>(64, 1, rng)};
  train("mlp", "MLP 9-64-64-1", net, edition_2024 ? 0.01 : 0.003, rng);

  std::cout << '\n' << table << '\n';
  examples::draw_mpg(examples::Plots(report.folder()), unseen.y.template cast<double>(), results);
  std::cout << "Report: " << report.folder() << "/report.json\n";
}

}  // namespace

int main(int argc, char** argv) {
  examples::Options options;
  examples::CommandLine command_line(
      "auto_mpg", "Exercise 1: how many miles a car drives on a gallon. Linear regression and an MLP.");
  command_line.add_options(options);
  return command_line.run(argc, argv, options, [&] {
    options.dtype == "float64" ? compare_models<double>(options) : compare_models<float>(options);
  });
}
