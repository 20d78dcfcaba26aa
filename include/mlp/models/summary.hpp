// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <mlp/models/model.hpp>

namespace mlp {

/// A table of the layers of a model, the shapes of their outputs and the numbers of their parameters. Under a block are
/// the layers that it is made of.
///
///     std::cout << summary(net);
template <class Model>
std::string summary(const Model& model) {
  struct Row {
    std::string layer, output, parameters;
  };
  std::vector<Row> rows{{"layer", "output", "parameters"}};
  Shape shape{dynamic, model.in_features()};
  rows.push_back({"input", shape.cols == dynamic ? "[batch, any]" : to_string(shape), ""});
  model.for_each_layer([&](Index i, const auto& layer) {
    shape = shape_after(layer, shape);
    const std::vector<std::string> parts = parts_of(layer);
    const std::string text = layer.describe(), number = std::to_string(i) + "  ";
    rows.push_back({number + (parts.empty() ? text : text.substr(0, text.find('('))),
                    shape.cols == dynamic ? "[batch, any]" : to_string(shape), std::to_string(parameter_count(layer))});
    for (const std::string& part : parts) rows.push_back({std::string(number.size() + 2, ' ') + part, "", ""});
  });
  rows.push_back({"total", "", std::to_string(parameter_count(model))});

  std::size_t widths[3] = {};
  for (const Row& row : rows) {
    widths[0] = std::max(widths[0], row.layer.size());
    widths[1] = std::max(widths[1], row.output.size());
    widths[2] = std::max(widths[2], row.parameters.size());
  }
  const std::string rule(widths[0] + widths[1] + widths[2] + 4, '-');
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    if (i == 1 || i + 1 == rows.size()) text += rule + '\n';
    std::string line = row.layer + std::string(widths[0] - row.layer.size() + 2, ' ') + row.output +
                       std::string(widths[1] - row.output.size() + 2 + widths[2] - row.parameters.size(), ' ') +
                       row.parameters;
    text += line.erase(line.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

}  // namespace mlp
