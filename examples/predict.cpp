// SPDX-License-Identifier: MIT
// Runs a trained model, whatever it is, on a CSV file, a .npy file, an image or a folder of images:
//
//     predict mlp-report/auto_mpg/models/mlp.safetensors cars.csv
//
// The model file says what becomes of the data before and what the outputs mean. Prints CSV, one line a sample.

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <mlp/mlp.hpp>

#ifdef MLP_EXAMPLES_WITH_IMAGES
#include <mlp/data/image_folder.hpp>
#endif
#include <mlp/io/model_file.hpp>

#include "support/command_line.hpp"

namespace {

using examples::Options;
using mlp::Index;
using mlp::Matrix;

struct Samples {
  std::vector<std::string> names;  // of images; else rows are counted
  Matrix<double> x;
};

#ifdef MLP_EXAMPLES_WITH_IMAGES
bool is_image(const std::string& path) {
  return std::filesystem::is_directory(path) || mlp::detail::is_image(std::filesystem::directory_entry(path));
}

/// An image, or those of a folder and the folders in it.
Samples read_images(const std::string& path, const mlp::ImageInput& input) {
  Samples samples;
  if (std::filesystem::is_directory(path)) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
      if (mlp::detail::is_image(entry)) samples.names.push_back(entry.path().string());
    std::sort(samples.names.begin(), samples.names.end());
    if (samples.names.empty()) throw mlp::FormatError(path + ": no images");
  } else {
    samples.names.push_back(path);
  }
  const Index columns = input.height * input.width * input.channels;
  samples.x.resize(static_cast<Index>(samples.names.size()), columns);
  for (std::size_t i = 0; i < samples.names.size(); ++i) {
    const std::string& name = samples.names[i];
    mlp::Matrix<std::uint8_t> pixels(input.height, input.width * input.channels);
    mlp::resize_bilinear(mlp::decode_image(mlp::read_file(name), name, input.channels), pixels, input.channels);
    for (Index j = 0; j < columns; ++j)
      samples.x(static_cast<Index>(i), j) = input.scale * pixels.data()[j] + input.shift;
  }
  return samples;
}
#endif

Samples read_samples(const std::string& path, const mlp::Preprocessing& how) {
  if (!std::filesystem::exists(path)) throw mlp::IoError(path + ": cannot open: No such file or directory");
  if (how.image) {
#ifdef MLP_EXAMPLES_WITH_IMAGES
    if (is_image(path)) return read_images(path, *how.image);
#else
    throw mlp::ValueError("this model takes images, and this program was built without stb_image");
#endif
  }
  Samples samples;
  if (path.ends_with(".npy"))
    samples.x = mlp::read_npy<double>(path);
  else if (const mlp::Table table = mlp::read_csv(path); how.features.empty())
    samples.x = table.to_matrix<double>();
  else
    samples.x = table.to_matrix<double>(how.features);
  if (how.scaler) samples.x = how.scaler->transform(samples.x);
  return samples;
}

/// Outputs as probabilities, whether the model ends in a softmax or not.
void make_probabilities(const mlp::Network<double>& net, Matrix<double>& y) {
  std::string last;
  net.for_each_layer([&](Index, const auto& layer) { last = layer.describe(); });
  if (last == "LogSoftmax()")
    y = y.array().exp();
  else if (last != "Softmax()")
    mlp::softmax_rows<double>(y, mlp::view(y));
}

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string field = "\"";
  for (const char c : text) field += c == '"' ? std::string("\"\"") : std::string(1, c);
  return field + '"';
}

std::string predictions(const std::string& model, const std::string& data) {
  const auto [net, how] = mlp::load_network<double>(model);
  const Samples samples = read_samples(data, how);
  if (net.in_features() != mlp::dynamic && samples.x.cols() != net.in_features())
    throw mlp::FormatError(data + ": " + std::to_string(samples.x.cols()) + " columns, the model takes " +
                           std::to_string(net.in_features()));
  Matrix<double> y = net.predict(samples.x);
  const bool classifies = !how.classes.empty();
  if (classifies && y.cols() != static_cast<Index>(how.classes.size()))
    throw mlp::FormatError(model + ": names " + std::to_string(how.classes.size()) + " classes, but the network has " +
                           std::to_string(y.cols()) + " outputs");
  if (classifies) make_probabilities(net, y);

  std::string csv = samples.names.empty() ? "row" : "file";
  if (classifies) csv += ",class,probability";
  for (Index j = 0; j < y.cols() && !classifies; ++j)
    csv += "," + (y.cols() == 1 && !how.target.empty() ? quoted(how.target) : "output_" + std::to_string(j));
  csv += '\n';
  for (Index i = 0; i < y.rows(); ++i) {
    csv += samples.names.empty() ? std::to_string(i) : quoted(samples.names[static_cast<std::size_t>(i)]);
    if (classifies) {
      Index best = 0;
      const double probability = y.row(i).maxCoeff(&best);
      csv += "," + quoted(how.classes[static_cast<std::size_t>(best)]) + "," + mlp::detail::number_text(probability);
    }
    for (Index j = 0; j < y.cols() && !classifies; ++j) csv += "," + mlp::detail::number_text(y(i, j));
    csv += '\n';
  }
  return csv;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  std::string model, data;
  examples::CommandLine command_line(
      "predict", "Runs a trained model on new data: a CSV or .npy file, an image, or a folder of images.");
  command_line.add_argument("MODEL", model,
                            "A model file of this library, such as mlp-report/auto_mpg/models/mlp.safetensors");
  command_line.add_argument("DATA", data, "What to predict from");
  command_line.add_text("--out", options.out, "FILE", "The file to write (default: standard output)");
  return command_line.run(argc, argv, options, [&] {
    const std::string csv = predictions(model, data);
    if (options.out.empty())
      std::cout << csv;
    else
      mlp::write_file_atomically(options.out, csv);
  });
}
