// SPDX-License-Identifier: MIT
// Handwritten digits: MNIST, 28x28 grey pixels, ten classes. Softmax regression and MLPs of one hidden layer, compared
// with what was published for them.

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <mlp/mlp.hpp>

#include "support/checkpoints.hpp"
#include "support/command_line.hpp"
#include "support/curves_plot.hpp"
#include "support/digits.hpp"
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

using examples::Digits;
using examples::Images;

struct DigitOptions : examples::Options {
  Index limit = 0;
  Index decay_epochs = 0;
};

/// How a model is trained. Chosen by the errors on the validation set; the test set decided nothing.
struct Recipe {
  mlp::SGDOptions sgd;
  double label_smoothing = 0;
};

template <class T>
void compare_models(const DigitOptions& options) {
  const Digits digits = examples::load_digits(options, options.limit);
  const Index pixels = digits.train.x.cols();
  const Index classes = 10;
  const Index batch_size = options.batch_size.value_or(64);
  const Index epochs = options.epochs.value_or(20);

  examples::Report report("mnist", options, digits.source,
                          {digits.train.size(), digits.validation.size(), digits.test.size()}, "accuracy");
  const bool real = !digits.source.generated();  // only then is what was published for MNIST a comparison
  std::vector<std::string> header{"model", "parameters", "seconds", "set", "cross-entropy", "error, %"};
  if (real) header.push_back("published");
  examples::TextTable table(header);
  std::vector<examples::PlotModel> plotted;

  const auto train = [&](const std::string& name, const std::string& title, const std::string& published, auto& net,
                         const Recipe& recipe, Rng& rng) {
    const mlp::History history =
        mlp::fit(net, mlp::CrossEntropyLoss({.label_smoothing = recipe.label_smoothing}), mlp::SGD(recipe.sgd),
                 digits.train, digits.validation,
                 {.epochs = epochs,
                  .batch_size = batch_size,
                  .schedule = mlp::CosineAnnealingLR({.T_max = std::max(epochs, options.decay_epochs)}),
                  .progress = options.quiet ? mlp::Progress::silent : mlp::Progress::automatic,
                  .name = name},
                 rng, examples::ModelCheckpoint(options, name));
    Json scores;
    const auto score = [&](const char* set, const Images& images) {
      const double value = mlp::evaluate(net, mlp::CrossEntropyLoss(), images, batch_size);
      const double accuracy = mlp::accuracy_score(images.y, mlp::argmax_rows(mlp::predict(net, images)));
      scores[set] = {{"loss", value}, {"accuracy", accuracy}};
      const bool first = scores.size() == 1;
      std::vector<std::string> row{first ? title : "",
                                   first ? std::to_string(mlp::parameter_count(net)) : "",
                                   first ? fixed(history.seconds, 1) : "",
                                   set,
                                   fixed(value, 4),
                                   fixed(100 - 100 * accuracy, 2)};
      if (real) row.push_back(set == std::string("test") ? published : "");
      table.add(std::move(row));
    };
    score("train", digits.train);
    score("validation", digits.validation);
    score("test", digits.test);
    const mlp::ByteMatrix& x = digits.train.x;
    mlp::Preprocessing preprocessing;
    preprocessing.image = {digits.width, digits.height, 1, x.scale, x.shift};
    for (Index c = 0; c < classes; ++c) preprocessing.classes.push_back(std::to_string(c));
    report.add(name, net, preprocessing, history, scores);
    plotted.push_back({name, title});
  };

  const Recipe for_mlp{{.lr = 0.1, .momentum = 0.9, .weight_decay = 5e-5}, 0.1};
  Rng rng(options.rng_seed());
  Sequential softmax{Linear<T>(pixels, classes, rng)};
  train("softmax_regression", "softmax regression", "12.0", softmax, {{.lr = 0.05, .momentum = 0.9}}, rng);
  for (const auto& [hidden, published] : {std::pair<Index, const char*>(300, "4.7"), {800, "1.6"}}) {
    rng = Rng(options.rng_seed());
    Sequential net{Linear<T>(pixels, hidden, rng), ReLU(), Linear<T>(hidden, classes, rng)};
    const std::string width = std::to_string(hidden);
    train("mlp_" + width, "MLP " + std::to_string(pixels) + "-" + width + "-10", published, net, for_mlp, rng);
  }

  std::cout << '\n' << table << '\n';
  if (real)
    std::cout << "Published, trained on all 60000 images: LeCun, Bottou, Bengio, Haffner 1998 (linear classifier; 300\n"
              << "hidden units); Simard, Steinkraus, Platt 2003 (800 hidden units, cross-entropy, no distortions).\n";
  examples::draw_curves(examples::Plots(report.folder()), plotted,
                        {.title = "Handwritten digits",
                         .loss_label = "Cross-entropy, of the MLPs with smoothed labels",
                         .metric = "accuracy",
                         .metric_label = "Accuracy"});
  std::cout << "Report: " << report.folder() << "/report.json\n";
}

}  // namespace

int main(int argc, char** argv) {
  DigitOptions options;
  options.protocol = "none";
  examples::CommandLine command_line("mnist",
                                     "Handwritten digits (MNIST). Trains and compares a softmax regression and MLPs.");
  command_line.add_options(options, examples::Protocols::none);
  command_line.add_number("--limit", options.limit, "At most so many images of each set, the first ones");
  command_line.add_decay_epochs(options.decay_epochs);
  return command_line.run(argc, argv, options, [&] {
    options.dtype == "float64" ? compare_models<double>(options) : compare_models<float>(options);
  });
}
