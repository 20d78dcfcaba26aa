// SPDX-License-Identifier: MIT
// Exercise 3, FER-2013: the emotion on a face, seven classes. Softmax regression and multi-layer perceptrons on the
// pixels of grey images, compared.

#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <mlp/mlp.hpp>

#include "support/checkpoints.hpp"
#include "support/command_line.hpp"
#include "support/face_plots.hpp"
#include "support/faces.hpp"
#include "support/plots.hpp"
#include "support/report.hpp"
#include "support/text_table.hpp"

namespace {

using examples::fixed;
using examples::Json;
using mlp::Index;
using mlp::Linear;
using mlp::ReLU;
using mlp::Rng;
using mlp::Sequential;
using mlp::Tanh;

using examples::Faces;
using examples::Images;

struct FaceOptions : examples::Options {
  std::optional<Index> image_size;
  Index limit = 0;
};

template <class T>
void compare_models(const FaceOptions& options) {
  const bool edition_2024 = options.edition_2024();
  Faces faces = examples::load_faces(options, options.image_size.value_or(edition_2024 ? 128 : 180), options.limit);
  const Index pixels = faces.train.x.cols();
  const Index classes = static_cast<Index>(faces.classes.size());
  const double lr = edition_2024 ? 0.01 : 0.006;
  const Index batch_size = options.batch_size.value_or(256);
  const auto average = edition_2024 ? mlp::LossAverage::batches : mlp::LossAverage::samples;
  const Images& unseen = edition_2024 ? faces.test : faces.validation;

  examples::Report report("fer2013", options, faces.source,
                          {faces.train.size(), faces.validation.size(), faces.test.size()}, "accuracy");
  examples::TextTable table({"model", "parameters", "seconds", "set", "cross-entropy", "accuracy"});
  std::vector<examples::FaceResult> results;

  const auto train = [&](const std::string& name, const std::string& title, auto& net, Rng& rng) {
    const mlp::CrossEntropyLoss loss;
    const mlp::History history = mlp::fit(net, loss, mlp::SGD({.lr = lr}), faces.train, faces.validation,
                                          {.epochs = options.epochs.value_or(edition_2024 ? 40 : 100),
                                           .batch_size = batch_size,
                                           .loss_average = average,
                                           .progress = options.quiet ? mlp::Progress::silent : mlp::Progress::automatic,
                                           .name = name},
                                          rng, examples::ModelCheckpoint(options, name));

    Json scores;
    const auto score = [&](const char* set, const Images& data) {
      const mlp::Labels predicted = mlp::argmax_rows(mlp::predict(net, data));
      const double value = mlp::evaluate(net, loss, data, batch_size, average);
      const double accuracy = mlp::accuracy_score(data.y, predicted);
      scores[set] = {{"loss", value}, {"accuracy", accuracy}};
      const bool first = scores.size() == 1;
      table.add({first ? title : "", first ? std::to_string(mlp::parameter_count(net)) : "",
                 first ? fixed(history.seconds, 1) : "", set, fixed(value, 4), fixed(accuracy, 4)});
      return examples::FaceResult{{name, title}, predicted, value, accuracy};
    };
    score("train", faces.train);
    examples::FaceResult last = score("validation", faces.validation);
    if (edition_2024) last = score("test", faces.test);
    const mlp::ByteMatrix& x = faces.train.x;
    mlp::Preprocessing preprocessing;
    preprocessing.image = {faces.image_size, faces.image_size, 1, x.scale, x.shift};
    preprocessing.classes = faces.classes;
    report.add(name, net, preprocessing, history, scores);
    results.push_back(std::move(last));
  };

  const std::uint64_t seed = options.rng_seed();
  Rng rng(seed);
  if (edition_2024) {
    Sequential softmax{Linear<T>(pixels, classes, rng)};
    train("softmax_normalized", "softmax", softmax, rng);

    rng = Rng(seed);
    Sequential net{Linear<T>(pixels, 256, rng), ReLU(), Linear<T>(256, 128, rng),   ReLU(),
                   Linear<T>(128, 64, rng),     ReLU(), Linear<T>(64, classes, rng)};
    train("mlp_relu", "MLP, ReLU", net, rng);
  } else {
    const auto read_pixels_as = [&](double scale, double shift) {
      for (Images* set : {&faces.train, &faces.validation}) {
        set->x.scale = scale;
        set->x.shift = shift;
      }
    };
    read_pixels_as(1, 0);  // 0 .. 255
    Sequential softmax{Linear<T>(pixels, classes, rng)};
    train("softmax_raw", "softmax, raw pixels", softmax, rng);

    read_pixels_as(1 / 127.5, -1);  // -1 .. 1, for this model and the next ones
    rng = Rng(seed);
    softmax = Sequential{Linear<T>(pixels, classes, rng)};
    train("softmax_normalized", "softmax, normalized", softmax, rng);

    rng = Rng(seed);
    Sequential with_tanh{Linear<T>(pixels, 1024, rng), Tanh(), Linear<T>(1024, 512, rng),   Tanh(),
                         Linear<T>(512, 256, rng),     Tanh(), Linear<T>(256, classes, rng)};
    train("mlp_tanh", "MLP, tanh", with_tanh, rng);

    rng = Rng(seed);
    Sequential with_relu{Linear<T>(pixels, 1024, rng), ReLU(), Linear<T>(1024, 512, rng),   ReLU(),
                         Linear<T>(512, 256, rng),     ReLU(), Linear<T>(256, classes, rng)};
    train("mlp_relu", "MLP, ReLU", with_relu, rng);
  }

  std::cout << '\n' << table << '\n';
  const examples::Plots plots(report.folder());
  examples::draw_faces(plots, unseen, faces.classes, faces.image_size, results);
  std::cout << "Report: " << report.folder() << "/report.json\n";
}

}  // namespace

int main(int argc, char** argv) {
  FaceOptions options;
  examples::CommandLine command_line(
      "fer2013", "Exercise 3: the emotion on a face. Trains and compares softmax regressions and MLPs.");
  command_line.add_options(options);
  command_line.add_number("--image-size", options.image_size,
                          "Width and height the images are resized to (180, 2024: 128)", 1024);
  command_line.add_number("--limit", options.limit, "At most so many images of each class in each set");
  return command_line.run(argc, argv, options, [&] {
    options.dtype == "float64" ? compare_models<double>(options) : compare_models<float>(options);
  });
}
