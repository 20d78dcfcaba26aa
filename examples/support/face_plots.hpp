// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <mlp/core/matrix.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/data/resize.hpp>
#include <mlp/metrics/confusion_matrix.hpp>

#include "curves_plot.hpp"
#include "gray_sheet.hpp"
#include "images.hpp"
#include "plots.hpp"

namespace examples {

/// A model and what it says about faces it was not trained on.
struct FaceResult {
  PlotModel model;
  mlp::Labels predicted;
  double loss = 0;
  double accuracy = 0;
};

/// How often each true class (row) was taken for each class (column), of all models on one sheet. The color is the
/// share of the row, the number the count.
inline void draw_confusion(const Plots& plots, const mlp::Labels& y_true, const std::vector<std::string>& classes,
                           const std::vector<FaceResult>& results) {
  const auto count = static_cast<mlp::Index>(classes.size());
  std::string tics;
  for (std::size_t i = 0; i < classes.size(); ++i)
    tics += (i == 0 ? "" : ", ") + gnuplot_quoted(classes[i]) + " " + std::to_string(i);
  const bool two_rows = results.size() > 2;
  std::string script = filled(R"(set datafile separator ','
set multiplot layout @layout@ title 'Confusion of the emotions on faces not trained on' font ',15' @margins@
set palette defined (0 '#ffffff', 0.25 '#bfdcec', 0.6 '#4f9fcb', 1 '#00456d')
set cbrange [0:1]
unset colorbox
unset grid
set size square
set xrange [-0.5:@count@-0.5]
set yrange [@count@-0.5:-0.5]
set xtics (@tics@) rotate by 40 right noenhanced scale 0
set ytics (@tics@) noenhanced scale 0
set xlabel 'predicted'
set ylabel 'true'
)",
                              {{"layout", two_rows ? "2,2" : "1," + std::to_string(results.size())},
                               {"margins", two_rows ? "margins 0.1,0.98,0.08,0.92 spacing 0.14,0.14"
                                                    : "margins 0.12,0.98,0.16,0.86 spacing 0.14"},
                               {"count", std::to_string(count)},
                               {"tics", tics}});
  for (const FaceResult& result : results) {
    const mlp::Matrix<double> confusion = mlp::confusion_matrix(y_true, result.predicted, count);
    std::string cells = "true,predicted,count,share\n";
    for (mlp::Index i = 0; i < count; ++i)
      for (mlp::Index j = 0; j < count; ++j)
        cells += std::to_string(i) + ',' + std::to_string(j) + ',' +
                 std::to_string(static_cast<mlp::Index>(confusion(i, j))) + ',' +
                 std::to_string(confusion(i, j) / std::max(1.0, confusion.row(i).sum())) + '\n';
    const std::string file = "confusion_" + result.model.name + ".csv";
    plots.data(file, cells);
    char percent[32];
    std::snprintf(percent, sizeof percent, "%.1f", 100 * result.accuracy);
    script += filled(R"(
set title @title@ font ',12'
plot '@file@' using 'predicted':'true':'share' with image, \
  '@file@' using 'predicted':'true':'count':(column('share') > 0.5 ? 0xffffff : 0x222222) \
    with labels textcolor rgb variable font ',10'
)",
                     {{"title", gnuplot_quoted(result.model.title + ": " + percent + " % right")}, {"file", file}});
  }
  const int columns = two_rows ? 2 : static_cast<int>(results.size());
  plots.draw("confusion", two_rows ? 1100 : 560 * columns, two_rows ? 1100 : 620, script + "unset multiplot\n");
}

/// Faces with the predicted and the true label below: green where they agree, vermilion where not.
inline void draw_face_sheet(const Plots& plots, const Images& faces, mlp::Index image_size,
                            const std::vector<std::string>& classes, const FaceResult& result) {
  constexpr mlp::Index columns = 8, rows = 5, face = 96, pitch_x = 120, pitch_y = 146, top = 56;
  constexpr mlp::Index width = columns * pitch_x, height = top + rows * pitch_y;
  mlp::Matrix<std::uint8_t> canvas = mlp::Matrix<std::uint8_t>::Constant(height, width, 255);
  mlp::Matrix<std::uint8_t> picture(face, face);
  std::string labels;
  const mlp::Index shown = std::min(columns * rows, faces.size());
  mlp::Index right = 0;
  for (mlp::Index i = 0; i < shown; ++i) {
    const mlp::Index row = i * faces.size() / shown;  // evenly spread, so of all classes
    const mlp::Index x = i % columns * pitch_x + (pitch_x - face) / 2, y = top + i / columns * pitch_y;
    mlp::resize_bilinear({faces.x.bytes.row(row).data(), image_size, image_size}, picture);
    canvas.block(y, x, face, face) = picture;
    const int truth = faces.y[static_cast<std::size_t>(row)];
    const int predicted = result.predicted[static_cast<std::size_t>(row)];
    if (truth == predicted) ++right;
    const auto add_label = [&](mlp::Index line, const std::string& text) {
      labels += std::to_string(x + face / 2) + ',' + std::to_string(y + face + 12 + 16 * line) + ',' + text +
                (truth == predicted ? ",0x009E73\n" : ",0xD55E00\n");
    };
    add_label(0, (truth == predicted ? "✓ " : "✗ ") + classes[static_cast<std::size_t>(predicted)]);
    add_label(1, "true: " + classes[static_cast<std::size_t>(truth)]);
  }
  const std::string title = result.model.title + ": " + std::to_string(right) + " of " + std::to_string(shown) +
                            " faces not trained on are read right";
  draw_gray_sheet(plots, "faces", canvas, title, labels);
}

/// All plots. A loss above `most_loss` is far from what guessing costs, log(7) = 1.95, and is left out.
inline void draw_faces(const Plots& plots, const Images& faces, const std::vector<std::string>& classes,
                       mlp::Index image_size, const std::vector<FaceResult>& results) {
  constexpr double most_loss = 3;
  std::vector<PlotModel> models;
  for (const FaceResult& result : results) {
    models.push_back(result.model);
    models.back().loss_off_scale = result.loss > most_loss;
  }
  draw_curves(plots, models,
              {.title = "FER-2013: the emotion on a face",
               .loss_label = "Cross-entropy",
               .logarithmic = false,
               .metric = "accuracy",
               .metric_label = "Accuracy"});
  draw_confusion(plots, faces.y, classes, results);
  const auto best = std::max_element(results.begin(), results.end(),
                                     [](const auto& a, const auto& b) { return a.accuracy < b.accuracy; });
  draw_face_sheet(plots, faces, image_size, classes, *best);
}

}  // namespace examples
