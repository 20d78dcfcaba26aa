// SPDX-License-Identifier: MIT
#include "vision.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <utility>

#include "checkpoints.hpp"
#include "curves_plot.hpp"
#include "digits.hpp"
#include "faces.hpp"
#include "gray_sheet.hpp"
#include "plots.hpp"
#include "report.hpp"
#include "text_table.hpp"

namespace examples {

namespace {

/// MNIST, or the faces of FER-2013 at 48x48 in the sets of the 2024 edition.
VisionData load_vision(const VisionOptions& options, const DigitSettings& digits) {
  if (options.faces()) {
    Options edition = options;
    edition.protocol = "2024";
    Faces f = load_faces(edition, 48, options.limit);
    return {std::move(f.train), std::move(f.validation), std::move(f.test), f.classes, f.image_size, 6, f.source};
  }
  Digits d = load_digits(options, options.limit);
  std::vector<std::string> classes;
  for (int c = 0; c < 10; ++c) classes.push_back(std::to_string(c));
  return {std::move(d.train), std::move(d.validation), std::move(d.test), classes, d.height, digits.patch, d.source};
}

/// The rows of a patch embedding as pictures, each from its least weight (black) to its greatest (white).
template <class T>
void draw_patch_embeddings(const Plots& plots, const mlp::Network<T>& model, mlp::Index patch) {
  mlp::Matrix<double> weight;
  mlp::Network<T>::visit_parameters(
      [&](const mlp::ParameterName& name, auto w) {
        if (name.str() == "0.weight") weight = w.matrix().template cast<double>();
      },
      model);
  constexpr mlp::Index columns = 16, cell = 48, pitch = 54, top = 50;
  const mlp::Index rows = (weight.rows() + columns - 1) / columns;
  const mlp::Index width = columns * pitch + pitch - cell, height = top + rows * pitch;
  mlp::Matrix<std::uint8_t> canvas = mlp::Matrix<std::uint8_t>::Constant(height, width, 255);
  for (mlp::Index i = 0; i < weight.rows(); ++i) {
    const double least = weight.row(i).minCoeff(), most = weight.row(i).maxCoeff();
    const mlp::Index x = pitch - cell + i % columns * pitch, y = top + i / columns * pitch;
    for (mlp::Index r = 0; r < cell; ++r)
      for (mlp::Index c = 0; c < cell; ++c) {
        const double w = weight(i, r * patch / cell * patch + c * patch / cell);
        canvas(y + r, x + c) = static_cast<std::uint8_t>(255 * (w - least) / std::max(1e-12, most - least));
      }
  }
  draw_gray_sheet(plots, "patches", canvas,
                  "What the " + std::to_string(weight.rows()) + " features of a patch look for");
}

template <class T>
void compare_with_mlp(const VisionOptions& options, const std::string& name, const std::string& title,
                      const DigitSettings& digits, MakeVisionModel<T> make) {
  const VisionData data = load_vision(options, digits);
  const mlp::Index epochs = options.epochs.value_or(options.faces() ? 15 : digits.epochs);
  const mlp::Index batch_size = options.batch_size.value_or(128);
  Report report(name, options, data.source, {data.train.size(), data.validation.size(), data.test.size()}, "accuracy");
  TextTable table({"model", "parameters", "s/epoch", "set", "cross-entropy", "accuracy"});
  std::vector<PlotModel> plotted;

  const auto train = [&](const std::string& model_name, const std::string& model_title, auto& net, mlp::Rng& rng) {
    const mlp::CrossEntropyLoss loss;
    const mlp::Index decay = std::max(epochs, options.decay_epochs), warmup = std::max<mlp::Index>(1, decay / 10);
    const mlp::History history =
        mlp::fit(net, loss, mlp::AdamW({.lr = 1e-3, .weight_decay = 0.05}), data.train, data.validation,
                 {.epochs = epochs,
                  .batch_size = batch_size,
                  .schedule = mlp::WarmupCosineLR({.warmup = warmup, .T_max = std::max<mlp::Index>(1, decay - warmup)}),
                  .clip_grad_norm = 1,
                  .progress = options.quiet ? mlp::Progress::silent : mlp::Progress::automatic,
                  .name = model_name},
                 rng, ModelCheckpoint(options, model_name));
    Json scores;
    const auto score = [&](const char* set, const Images& images) {
      const double value = mlp::evaluate(net, loss, images, batch_size);
      const double accuracy = mlp::accuracy_score(images.y, mlp::argmax_rows(mlp::predict(net, images, batch_size)));
      scores[set] = {{"loss", value}, {"accuracy", accuracy}};
      const bool first = scores.size() == 1;
      table.add({first ? model_title : "", first ? std::to_string(mlp::parameter_count(net)) : "",
                 first ? fixed(history.seconds / static_cast<double>(history.epochs.size()), 1) : "", set,
                 fixed(value, 4), fixed(accuracy, 4)});
    };
    score("train", data.train);
    score("validation", data.validation);
    score("test", data.test);
    mlp::Preprocessing preprocessing;
    preprocessing.image = {data.side, data.side, 1, data.train.x.scale, data.train.x.shift};
    preprocessing.classes = data.classes;
    report.add(model_name, net, preprocessing, history, scores);
    plotted.push_back({model_name, model_title});
  };

  const mlp::Index pixels = data.train.x.cols(), classes = static_cast<mlp::Index>(data.classes.size());
  mlp::Rng rng(options.rng_seed());
  mlp::Network<T> perceptron;
  mlp::Index features = pixels;
  for (const mlp::Index width : {256, 128, 64}) {
    perceptron.add(mlp::Linear<T>(features, width, rng)).add(mlp::ReLU());
    features = width;
  }
  perceptron.add(mlp::Linear<T>(features, classes, rng));
  train("mlp_relu", "MLP, ReLU", perceptron, rng);

  rng = mlp::Rng(options.rng_seed());
  mlp::Network<T> model = make(data, options, rng);
  std::cout << '\n' << title << '\n' << mlp::summary(model) << std::endl;
  train(name, title, model, rng);

  std::cout << '\n' << table << '\n';
  const Plots plots(report.folder());
  draw_curves(plots, plotted,
              {.title = title + (options.faces() ? ": the emotion on a face" : ": handwritten digits"),
               .loss_label = "Cross-entropy",
               .logarithmic = !options.faces(),
               .metric = "accuracy",
               .metric_label = "Accuracy"});
  draw_patch_embeddings(plots, model, data.patch);
  std::cout << "Report: " << report.folder() << "/report.json\n";
}

}  // namespace

int run_vision(int argc, char** argv, const std::string& name, const std::string& title, const DigitSettings& digits,
               MakeVisionModel<float> in_float, MakeVisionModel<double> in_double) {
  VisionOptions options;
  options.protocol = "none";
  CommandLine command_line(name, "Trains and compares a multi-layer perceptron and a " + title + " on images.");
  command_line.add_options(options, Protocols::none);
  command_line.add_choice("--images", options.images, "mnist", "fer2013",
                          "Handwritten digits (default) or faces of 48x48 pixels");
  command_line.add_number("--limit", options.limit, "At most so many images of each set, or of each class of faces");
  command_line.add_decay_epochs(options.decay_epochs);
  return command_line.run(argc, argv, options, [&] {
    if (options.dtype == "float64")
      compare_with_mlp<double>(options, name, title, digits, in_double);
    else
      compare_with_mlp<float>(options, name, title, digits, in_float);
  });
}

}  // namespace examples
