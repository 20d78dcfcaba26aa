// SPDX-License-Identifier: MIT
// Exercise 2: three classes that no line separates. Softmax regression and an MLP, compared; then the capacity of MLPs
// of several widths and depths on other data of that kind.

#include <algorithm>
#include <iostream>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include <mlp/mlp.hpp>

#include "support/checkpoints.hpp"
#include "support/command_line.hpp"
#include "support/curves_plot.hpp"
#include "support/data_source.hpp"
#include "support/plots.hpp"
#include "support/region_plots.hpp"
#include "support/report.hpp"
#include "support/text_table.hpp"

namespace {

using examples::fixed;
using examples::Json;
using mlp::Index;
using mlp::Linear;
using mlp::Matrix;
using mlp::ReLU;
using mlp::Rng;
using mlp::Sequential;

template <class T>
using Points = mlp::Dataset<Matrix<T>, mlp::Labels>;  // x [n, 2], y [n]

template <class T>
struct Split {
  Points<T> train, validation, test;  // the slides train on all points and have no other set
  mlp::Preprocessing preprocessing;
};

Points<double> load_points(const examples::Options& options, examples::DataSource& source) {
  source = examples::find_data(options, {"nonlinear/NonLinear_data.npy", "NonLinear_data.npy"});
  if (source.generated()) {
    examples::warn_generated("a spiral of three arms, 300 points");
    Rng rng(0);
    return mlp::make_spirals({.points_per_arm = 100, .arms = 3}, rng);
  }
  source.sha256 = examples::sha256(mlp::read_file(source.path));
  Points<double> points = mlp::read_npy_dataset<double>(source.path, "X", "labels");
  if (points.x.cols() != 2)
    throw mlp::FormatError(source.path + ": expected points of 2 coordinates, got " + std::to_string(points.x.cols()));
  if (points.size() == 0) throw mlp::FormatError(source.path + ": no points");
  for (const int label : points.y)  // each class is a row of weights: one wrong label could take all memory
    if (label < 0 || label >= points.size())
      throw mlp::FormatError(source.path + ": expected labels in [0, " + std::to_string(points.size()) +
                             "), at most one class a point, got " + std::to_string(label));
  return points;
}

/// One more than the largest label of at least one.
Index class_count(const mlp::Labels& labels) {
  return Index{*std::max_element(labels.begin(), labels.end())} + 1;
}

template <class T>
Points<T> converted(const Points<double>& points) {
  return {points.x.template cast<T>(), points.y};
}

/// In the 2024 edition 210 / 60 / 30 points, and (x - mean) / deviation of the training set for all.
template <class T>
Split<T> split_points(Points<double>& points, bool edition_2024) {
  mlp::Preprocessing preprocessing;
  preprocessing.features = {"x", "y"};
  for (Index c = 0; c < class_count(points.y); ++c) preprocessing.classes.push_back("class " + std::to_string(c));
  if (!edition_2024) return {converted<T>(points), {}, {}, std::move(preprocessing)};
  auto outer = mlp::train_test_split(points, {.test_size = 0.2, .seed = 59});
  auto inner = mlp::train_test_split(outer.train, {.test_size = 0.125, .seed = 59});
  const auto scaler = mlp::StandardScaler::fit(inner.train.x, {.ddof = 0});
  for (Points<double>* set : {&points, &inner.train, &outer.test, &inner.test}) set->x = scaler.transform(set->x);
  preprocessing.scaler = scaler;
  return {converted<T>(inner.train), converted<T>(outer.test), converted<T>(inner.test), std::move(preprocessing)};
}

/// The class of each point of a grid.
template <class Model>
mlp::Labels classes_on(const examples::Grid& grid, const Model& net) {
  return mlp::argmax_rows(net.predict(grid.points().template cast<typename Model::Scalar>().eval()));
}

template <class T>
void compare_models(const examples::Options& options) {
  const bool edition_2024 = options.edition_2024();
  examples::DataSource source;
  Points<double> points = load_points(options, source);
  const Split<T> data = split_points<T>(points, edition_2024);
  const Index classes = class_count(points.y);
  const Index batch_size = options.batch_size.value_or(32);
  const auto average = edition_2024 ? mlp::LossAverage::batches : mlp::LossAverage::samples;

  examples::Report report("nonlinear", options, source, {data.train.size(), data.validation.size(), data.test.size()},
                          "accuracy");
  examples::TextTable table({"model", "parameters", "seconds", "set", "cross-entropy", "accuracy"});
  const examples::Grid grid = examples::grid_around(points.x, 240);
  std::vector<examples::Regions> regions;

  const auto train = [&](const std::string& name, const std::string& title, auto& net, Index epochs, Rng& rng) {
    const mlp::CrossEntropyLoss loss;
    const mlp::SGD sgd({.lr = 0.1});
    std::vector<double> train_accuracy;
    const mlp::FitOptions how{
        .epochs = options.epochs.value_or(epochs),
        .batch_size = batch_size,
        .loss_average = average,
        .progress = options.quiet ? mlp::Progress::silent : mlp::Progress::automatic,
        .name = name,
        .on_epoch = [&](const mlp::EpochRecord&) {
          train_accuracy.push_back(mlp::accuracy_score(data.train.y, mlp::argmax_rows(net.predict(data.train.x))));
        }};
    const examples::ModelCheckpoint checkpoint(options, name, &train_accuracy);
    const mlp::History history = edition_2024
                                     ? mlp::fit(net, loss, sgd, data.train, data.validation, how, rng, checkpoint)
                                     : mlp::fit(net, loss, sgd, data.train, how, rng, checkpoint);

    Json scores;
    const auto score = [&](const char* set, const Points<T>& points_of_set) {
      const double value = mlp::evaluate(net, loss, points_of_set, batch_size, average);
      const double accuracy = mlp::accuracy_score(points_of_set.y, mlp::argmax_rows(net.predict(points_of_set.x)));
      scores[set] = {{"loss", value}, {"accuracy", accuracy}};
      const bool first = scores.size() == 1;
      table.add({first ? title : "", first ? std::to_string(mlp::parameter_count(net)) : "",
                 first ? fixed(history.seconds, 2) : "", set, fixed(value, 4), fixed(accuracy, 4)});
    };
    score("train", data.train);
    if (edition_2024) score("validation", data.validation);
    if (edition_2024) score("test", data.test);
    report.add(name, net, data.preprocessing, history, scores, train_accuracy);
    const double right = mlp::accuracy_score(points.y, mlp::argmax_rows(net.predict(converted<T>(points).x)));
    regions.push_back({title + ": " + fixed(100 * right, 1) + " % right", "y", grid, classes_on(grid, net), points});
  };

  Rng rng(options.rng_seed());
  Sequential softmax{Linear<T>(2, classes, rng)};
  train("softmax_regression", "softmax regression", softmax, edition_2024 ? 100 : 200, rng);

  rng = Rng(options.rng_seed());
  Sequential net{Linear<T>(2, 128, rng), ReLU(), Linear<T>(128, classes, rng)};
  train("mlp", "MLP 2-128-" + std::to_string(classes), net, edition_2024 ? 100 : 500, rng);

  std::cout << '\n' << table << '\n';
  const examples::Plots plots(report.folder());
  examples::draw_curves(plots, {{"softmax_regression", "softmax regression"}, {"mlp", "MLP"}},
                        {.title = "Three classes that no line separates",
                         .loss_label = "Cross-entropy",
                         .metric = "accuracy",
                         .metric_label = "Accuracy",
                         .validation = edition_2024});
  examples::draw_regions(plots,
                         {.name = "regions",
                          .title = "The class that the models give each point",
                          .columns = 2,
                          .picture_size = 560,
                          .margins = "margins 0.07,0.98,0.09,0.87 spacing 0.09",
                          .style = "set xlabel 'x'\nset size square\n",
                          .point_size = 0.9},
                         regions);
  std::cout << "Report: " << report.folder() << "/report.json\n";
}

/// An MLP of these hidden widths, none for softmax regression.
template <class T>
mlp::Network<T> make_mlp(const std::vector<Index>& hidden, Index classes, Rng& rng) {
  mlp::Network<T> net;
  Index features = 2;
  for (const Index width : hidden) {
    net.add(Linear<T>(features, width, rng)).add(ReLU());
    features = width;
  }
  net.add(Linear<T>(features, classes, rng));
  return net;
}

/// Other data that no line separates: how wide and how deep must an MLP be?
template <class T>
void test_capacity(const examples::Options& options) {
  struct Task {
    std::string name;
    Points<double> train, test;
  };
  Rng data_rng(0);
  std::vector<Task> tasks;
  const auto add_task = [&](const std::string& name, const auto& make) {
    Points<double> train = make();
    tasks.push_back({name, std::move(train), make()});
  };
  const double turn = 2 * std::numbers::pi;
  add_task("circles", [&] { return mlp::make_circles({.samples = 400, .noise = 0.08, .factor = 0.5}, data_rng); });
  add_task("moons", [&] { return mlp::make_moons({.samples = 400, .noise = 0.15}, data_rng); });
  add_task("XOR", [&] { return mlp::make_xor({.samples = 400}, data_rng); });
  add_task("2-arm spiral", [&] {
    return mlp::make_spirals({.points_per_arm = 200, .arms = 2, .noise = 0.1, .arm_length = 6, .arm_offset = turn / 2},
                             data_rng);
  });
  add_task("5-arm spiral", [&] {
    return mlp::make_spirals({.points_per_arm = 160, .arms = 5, .noise = 0.1, .arm_offset = turn / 5}, data_rng);
  });
  add_task("checkerboard", [&] { return mlp::make_checkerboard({.samples = 1600, .cells = 4}, data_rng); });
  const std::vector<std::pair<std::string, std::vector<Index>>> networks{
      {"none", {}}, {"4", {4}}, {"16", {16}}, {"128", {128}}, {"16-16", {16, 16}}, {"64-64", {64, 64}}};

  std::vector<std::string> header{"hidden layers:"};
  for (const auto& network : networks) header.push_back(network.first);
  examples::TextTable table(header);
  std::string csv = "data,hidden,accuracy\n";
  std::vector<examples::Regions> regions;
  for (const Task& task : tasks) {
    std::vector<std::string> row{task.name};
    const Index classes = class_count(task.train.y);
    const examples::Grid grid = examples::grid_around(task.train.x, 80);
    for (const auto& [hidden, widths] : networks) {
      Rng rng(options.rng_seed());
      mlp::Network<T> net = make_mlp<T>(widths, classes, rng);
      mlp::fit(net, mlp::CrossEntropyLoss(), mlp::SGD({.lr = 0.1}), converted<T>(task.train),
               {.epochs = options.epochs.value_or(300),
                .batch_size = options.batch_size.value_or(32),
                .progress = mlp::Progress::silent},
               rng);
      const double accuracy =
          mlp::accuracy_score(task.test.y, mlp::argmax_rows(net.predict(converted<T>(task.test).x)));
      row.push_back(fixed(accuracy, 3));
      csv += task.name + ',' + hidden + ',' + fixed(accuracy, 4) + '\n';
      const bool first_row = &task == &tasks.front();
      regions.push_back({(first_row ? "hidden: " + hidden + "\n" : "") + fixed(100 * accuracy, 1) + " %",
                         row.size() == 2 ? task.name : "", grid, classes_on(grid, net), task.test});
    }
    table.add(row);
  }
  mlp::write_file_atomically(options.out + "/capacity.csv", csv);
  std::cout << "\nThe capacity of MLPs: accuracy on points not trained on\n\n" << table << '\n';
  examples::draw_regions(examples::Plots(options.out),
                         {.name = "capacity",
                          .title = "The capacity of MLPs: points not trained on that they get right",
                          .columns = networks.size(),
                          .picture_size = 190,
                          .margins = "margins 0.03,0.995,0.005,0.92 spacing 0.01,0.025",
                          .style = "unset tics\nset size square\nset title offset 0,-0.7 font ',10'\n",
                          .point_size = 0.3,
                          .most_points = 400},
                         regions);
}

}  // namespace

int main(int argc, char** argv) {
  examples::Options options;
  examples::CommandLine command_line(
      "nonlinear", "Exercise 2: three classes that no line separates. Softmax regression and an MLP.");
  command_line.add_options(options);
  return command_line.run(argc, argv, options, [&] {
    const bool in_double = options.dtype == "float64";
    in_double ? compare_models<double>(options) : compare_models<float>(options);
    in_double ? test_capacity<double>(options) : test_capacity<float>(options);
  });
}
