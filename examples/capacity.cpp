// SPDX-License-Identifier: MIT
// How wide and how deep must an MLP be, and with which activation, for data that no line separates? Many small networks
// on circles, moons, XOR, a checkerboard and spirals, all trained the same way, and what each gets right of points that
// it was not trained on.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <mutex>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include <mlp/mlp.hpp>

#include "support/accuracy_maps.hpp"
#include "support/command_line.hpp"
#include "support/data_source.hpp"
#include "support/plots.hpp"
#include "support/region_plots.hpp"
#include "support/report.hpp"
#include "support/text_table.hpp"

namespace {

using examples::fixed;
using examples::Json;
using mlp::ClassSet;
using mlp::Index;
using mlp::Rng;

constexpr double enough = 0.95;      // of the points: a network that gets so many right can do it
constexpr Index train_points = 480;  // 2, 3, 4 and 5 arms and 4 x 4 fields get equally many
constexpr Index test_points = 960;

struct CapacityOptions : examples::Options {
  std::vector<Index> widths{2, 4, 8, 16, 32, 64, 128, 256};
  std::vector<Index> depths{1, 2, 3, 4};
};

/// With SGD, momentum 0.9. Of three rates each, a third of these, these, and twice or three times these, these did best
/// on data of another seed (1). A sigmoid, whose derivative is at most 1/4, asks for a larger one.
struct Activation {
  std::string name, title;
  double lr;
};
const std::vector<Activation> activations{{"sigmoid", "sigmoid", 0.3}, {"tanh", "tanh", 0.1}, {"relu", "ReLU", 0.05}};

/// Scaled to mean 0 and standard deviation 1 of the training set.
struct Task {
  std::string name, title;
  Index classes;
  ClassSet train, test;
  mlp::Preprocessing preprocessing;
};

/// A training set and a test set of each kind, from one stream of random numbers for all.
std::vector<Task> make_tasks(std::uint64_t seed) {
  Rng rng(seed);
  std::vector<Task> tasks;
  const auto add = [&](const std::string& name, const std::string& title, Index classes, const auto& make) {
    Task task{name, title, classes, make(train_points), make(test_points), {}};
    task.preprocessing.features = {"x", "y"};
    for (Index c = 0; c < classes; ++c) task.preprocessing.classes.push_back("class " + std::to_string(c));
    task.preprocessing.scaler = mlp::StandardScaler::fit(task.train.x, {.ddof = 0});
    task.train.x = task.preprocessing.scaler->transform(task.train.x);
    task.test.x = task.preprocessing.scaler->transform(task.test.x);
    tasks.push_back(std::move(task));
  };
  add("circles", "circles", 2,
      [&](Index n) { return mlp::make_circles({.samples = n, .noise = 0.08, .factor = 0.5}, rng); });
  add("moons", "moons", 2, [&](Index n) { return mlp::make_moons({.samples = n, .noise = 0.15}, rng); });
  add("xor", "XOR", 2, [&](Index n) { return mlp::make_xor({.samples = n}, rng); });
  add("checkerboard", "checkerboard", 2,
      [&](Index n) { return mlp::make_checkerboard({.samples = n, .cells = 4}, rng); });
  for (const Index arms : {2, 3, 4, 5})
    add("spiral_" + std::to_string(arms), std::to_string(arms) + "-arm spiral", arms, [&, arms](Index n) {
      return mlp::make_spirals({.points_per_arm = n / arms,
                                .arms = arms,
                                .noise = 0.1,
                                .arm_length = 6,
                                .arm_offset = 2 * std::numbers::pi / static_cast<double>(arms)},
                               rng);
    });
  return tasks;
}

/// `depth` hidden layers of `width`, with PyTorch's initial values.
template <class T>
mlp::Network<T> make_mlp(const std::string& activation, Index depth, Index width, Index classes, Rng& rng) {
  mlp::Network<T> net;
  Index features = 2;
  for (Index i = 0; i < depth; ++i) {
    net.add(mlp::Linear<T>(features, width, rng));
    if (activation == "sigmoid") net.add(mlp::Sigmoid());
    if (activation == "tanh") net.add(mlp::Tanh());
    if (activation == "relu") net.add(mlp::ReLU());
    features = width;
  }
  net.add(mlp::Linear<T>(features, classes, rng));
  return net;
}

template <class T>
struct Result {
  const Task* task;
  const Activation* activation;
  Index depth, width;
  bool shown;  // on the sheet of regions
  Index parameters = 0;
  double accuracy = 0;  // on the test set
  mlp::Network<T> net = {};
  mlp::History history = {};

  std::string name() const {
    return task->name + "_" + activation->name + "_" + std::to_string(depth) + "x" + std::to_string(width);
  }
};

/// The largest of ascending numbers that is at most `most`, else the first.
Index up_to(const std::vector<Index>& numbers, Index most) {
  const auto above = std::upper_bound(numbers.begin(), numbers.end(), most);
  return above == numbers.begin() ? *above : *(above - 1);
}

/// Counts networks on stderr.
class Progress {
 public:
  Progress(std::size_t count, bool silent) : count_(count), silent_(silent) {}

  void one_more() {
    const std::lock_guard lock(mutex_);
    ++done_;
    if (!silent_ && (done_ * 10 / count_ > (done_ - 1) * 10 / count_))
      std::cerr << "capacity: " << done_ << " of " << count_ << " networks\n";
  }

 private:
  std::mutex mutex_;
  std::size_t count_, done_ = 0;
  bool silent_;
};

/// All networks, in the order of the report. Each has a random stream of its own, so it does not matter on which thread
/// it is trained, nor when.
template <class T>
std::vector<Result<T>> train_all(const std::vector<Task>& tasks, const CapacityOptions& options, Index epochs,
                                 Index batch_size) {
  const Index narrow = up_to(options.widths, 8), wide = up_to(options.widths, 64);
  std::vector<Result<T>> results;
  for (const Task& task : tasks)
    for (const Activation& activation : activations)
      for (const Index depth : options.depths)
        for (const Index width : options.widths) {
          const bool shown = (depth == options.depths.front() && (width == narrow || width == wide)) ||
                             (depth == options.depths.back() && width == wide);
          results.push_back({&task, &activation, depth, width, shown});
        }
  std::vector<Result<T>*> largest_first;  // so that no thread is left alone with a large one
  for (Result<T>& result : results) largest_first.push_back(&result);
  std::stable_sort(largest_first.begin(), largest_first.end(), [](const auto* a, const auto* b) {
    return a->depth * a->width * a->width > b->depth * b->width * b->width;
  });
  Progress progress(results.size(), options.quiet);
  mlp::parallel_for(static_cast<Index>(results.size()), [&](Index i) {
    Result<T>& result = *largest_first[static_cast<std::size_t>(i)];
    const Task& task = *result.task;
    Rng rng(options.rng_seed());
    mlp::Network<T> net = make_mlp<T>(result.activation->name, result.depth, result.width, task.classes, rng);
    const mlp::Dataset train{task.train.x.template cast<T>().eval(), task.train.y};
    mlp::History history =
        mlp::fit(net, mlp::CrossEntropyLoss(), mlp::SGD({.lr = result.activation->lr, .momentum = 0.9}), train,
                 {.epochs = epochs,
                  .batch_size = batch_size,
                  .schedule = mlp::CosineAnnealingLR({.T_max = epochs}),
                  .progress = mlp::Progress::silent},
                 rng);
    result.parameters = mlp::parameter_count(net);
    result.accuracy =
        mlp::accuracy_score(task.test.y, mlp::argmax_rows(net.predict(task.test.x.template cast<T>().eval())));
    if (result.shown) {
      result.net = std::move(net);
      result.history = std::move(history);
    }
    progress.one_more();
  });
  return results;
}

template <class T>
Json scores_of(const mlp::Network<T>& net, const ClassSet& points, Index batch_size) {
  const mlp::Dataset data{points.x.template cast<T>().eval(), points.y};
  return {{"loss", mlp::evaluate(net, mlp::CrossEntropyLoss(), data, batch_size)},
          {"accuracy", mlp::accuracy_score(data.y, mlp::argmax_rows(net.predict(data.x)))}};
}

/// For each data set, activation and depth the narrowest network that can do it, and how well.
template <class T>
examples::TextTable narrowest(const std::vector<Result<T>>& results, const CapacityOptions& options) {
  std::vector<std::string> header{"data", "activation"};
  for (const Index depth : options.depths) header.push_back("depth " + std::to_string(depth));
  header.insert(header.end(), {"best", "network"});
  examples::TextTable table(header);
  const Result<T>* best = nullptr;
  std::vector<std::string> row;
  for (std::size_t i = 0; i < results.size(); i += options.widths.size()) {  // one data set, activation and depth
    const Result<T>& first = results[i];
    const bool new_row = first.depth == options.depths.front();
    if (new_row) {
      const bool new_task = first.activation == &activations.front();
      row = {new_task ? first.task->title : "", first.activation->title};
      best = &first;
    }
    const Result<T>* narrow = nullptr;
    const Result<T>* most_right = &first;
    for (std::size_t w = i; w < i + options.widths.size(); ++w) {
      if (narrow == nullptr && results[w].accuracy >= enough) narrow = &results[w];
      if (results[w].accuracy > most_right->accuracy) most_right = &results[w];
    }
    if (most_right->accuracy > best->accuracy) best = most_right;
    row.push_back(narrow != nullptr ? std::to_string(narrow->width) + ": " + fixed(100 * narrow->accuracy, 1)
                                    : "(" + fixed(100 * most_right->accuracy, 1) + ")");
    if (first.depth != options.depths.back()) continue;
    row.push_back(fixed(100 * best->accuracy, 1));
    row.push_back(std::to_string(best->depth) + " x " + std::to_string(best->width));
    table.add(row);
  }
  return table;
}

template <class T>
void draw(const std::vector<Result<T>>& results, const std::vector<Task>& tasks, const CapacityOptions& options) {
  const examples::Plots plots(options.out);
  const auto shown =
      std::count_if(results.begin(), results.end(), [](const Result<T>& result) { return result.shown; });
  const std::size_t columns = static_cast<std::size_t>(shown) / tasks.size();
  std::vector<examples::AccuracyMap> maps;
  std::vector<examples::Regions> regions;
  for (const Result<T>& result : results) {
    if (result.depth == options.depths.front() && result.width == options.widths.front()) {
      const bool first_column = result.activation == &activations.front();
      const bool first_row = result.task == &tasks.front();
      maps.push_back({first_row ? result.activation->title : "", first_column ? result.task->title : "", {}});
    }
    maps.back().accuracies.push_back(result.accuracy);
    if (!result.shown) continue;
    const examples::Grid grid = examples::grid_around(result.task->train.x, 80);
    const bool first_row = result.task == &tasks.front();
    const std::string network = first_row ? result.activation->title + " " + std::to_string(result.depth) + " x " +
                                                std::to_string(result.width) + "\n"
                                          : "";
    const bool first_column = regions.size() % columns == 0;
    regions.push_back({network + fixed(100 * result.accuracy, 1) + " %", first_column ? result.task->title : "", grid,
                       mlp::argmax_rows(result.net.predict(grid.points().template cast<T>().eval())),
                       result.task->test});
  }
  examples::draw_accuracy_maps(
      plots,
      {.name = "accuracies",
       .title = "Points not trained on that MLPs get right, in %: width to the right, hidden layers upwards",
       .columns = activations.size(),
       .widths = options.widths,
       .depths = options.depths},
      maps);
  const int size = std::clamp(1188 / static_cast<int>(columns), 132, 200);
  examples::draw_regions(plots,
                         {.name = "regions",
                          .title = "Decision regions, and accuracies on points not trained on",
                          .columns = columns,
                          .picture_size = size,
                          .margins = "margins " + fixed(36.0 / (size * static_cast<int>(columns)), 4) +
                                     ",0.995,0.005,0.92 spacing 0.008,0.022",
                          .style = "unset tics\nset size square\nset title offset 0,-0.8 font ',9'\n",
                          .point_size = 0.2,
                          .most_points = 300},
                         regions);
}

template <class T>
void measure_capacity(const CapacityOptions& options) {
  const Index epochs = options.epochs.value_or(200);
  const Index batch_size = options.batch_size.value_or(32);
  const std::vector<Task> tasks = make_tasks(options.rng_seed());
  const examples::DataSource source{
      .path = {}, .sha256 = {}, .made = "made by formula, seed " + std::to_string(options.rng_seed())};
  const auto count = static_cast<Index>(tasks.size());
  examples::Report report("capacity", options, source, {train_points * count, 0, test_points * count}, "accuracy");

  const std::vector<Result<T>> results = train_all<T>(tasks, options, epochs, batch_size);

  Json rates;
  for (const Activation& activation : activations) rates[activation.name] = activation.lr;
  report.set("training", {{"rule", mlp::SGD({.momentum = 0.9}).describe()},
                          {"lr", rates},
                          {"schedule", mlp::CosineAnnealingLR({.T_max = epochs}).describe()},
                          {"epochs", epochs},
                          {"batch_size", batch_size}});
  Json sets;
  for (const Task& task : tasks)
    sets.push_back(
        {{"name", task.name}, {"classes", task.classes}, {"train", task.train.size()}, {"test", task.test.size()}});
  report.set("sets", std::move(sets));
  Json accuracies;
  std::string csv = "data,activation,depth,width,parameters,accuracy\n";
  for (const Result<T>& result : results) {
    accuracies.push_back({{"data", result.task->name},
                          {"activation", result.activation->name},
                          {"depth", result.depth},
                          {"width", result.width},
                          {"parameters", result.parameters},
                          {"accuracy", result.accuracy}});
    csv += result.task->name + ',' + result.activation->name + ',' + std::to_string(result.depth) + ',' +
           std::to_string(result.width) + ',' + std::to_string(result.parameters) + ',' + fixed(result.accuracy, 4) +
           '\n';
  }
  report.set("accuracies", std::move(accuracies));
  for (const Result<T>& result : results)
    if (result.shown)
      report.add(result.name(), result.net, result.task->preprocessing, result.history,
                 {{"train", scores_of(result.net, result.task->train, batch_size)},
                  {"test", scores_of(result.net, result.task->test, batch_size)}});
  mlp::write_file_atomically(report.folder() + "/accuracies.csv", csv);

  std::cout << "\nThe narrowest network of each depth that gets " << fixed(100 * enough, 0)
            << " % of the points right it was not trained on,\n"
            << "and how many it gets right (in brackets: the most of any width, where none does)\n\n"
            << narrowest(results, options) << '\n';
  draw(results, tasks, options);
  std::cout << "All " << results.size() << " accuracies: " << report.folder() << "/accuracies.csv\n"
            << "Report: " << report.folder() << "/report.json\n";
}

}  // namespace

int main(int argc, char** argv) {
  CapacityOptions options;
  options.protocol = "none";
  examples::CommandLine command_line("capacity",
                                     "How wide and how deep must an MLP be for data that no line separates?");
  command_line.add_options(options, examples::Protocols::formula);
  command_line.add_numbers("--widths", options.widths, "Of the hidden layers (default 2,4,8,16,32,64,128,256)", 4096);
  command_line.add_numbers("--depths", options.depths, "Numbers of hidden layers (default 1,2,3,4)", 64);
  return command_line.run(argc, argv, options, [&] {
    for (std::vector<Index>* numbers : {&options.widths, &options.depths}) {
      std::sort(numbers->begin(), numbers->end());
      numbers->erase(std::unique(numbers->begin(), numbers->end()), numbers->end());
    }
    options.dtype == "float64" ? measure_capacity<double>(options) : measure_capacity<float>(options);
  });
}
