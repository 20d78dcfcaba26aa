// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <mlp/core/matrix.hpp>

#include "curves_plot.hpp"
#include "plots.hpp"

namespace examples {

/// A model and what it predicts for cars it was not trained on, [n, 1].
struct MpgResult {
  PlotModel model;
  mlp::Matrix<double> predicted;
};

/// The curves, and predicted against true miles per gallon.
inline void draw_mpg(const Plots& plots, const mlp::Matrix<double>& y_true, const std::vector<MpgResult>& results) {
  std::vector<PlotModel> models;
  std::vector<std::string> points{"x with lines dashtype 2 linecolor rgb '#888888' title 'predicted = true'"};
  std::string csv = "model,true,predicted\n";
  double low = y_true.minCoeff(), high = y_true.maxCoeff();
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto& [model, predicted] = results[i];
    models.push_back(model);
    for (mlp::Index row = 0; row < y_true.rows(); ++row)
      csv += model.name + ',' + std::to_string(y_true(row, 0)) + ',' + std::to_string(predicted(row, 0)) + '\n';
    low = std::min(low, predicted.minCoeff());
    high = std::max(high, predicted.maxCoeff());
    points.push_back(
        filled("'predicted.csv' using 'true':(strcol('model') eq '@model@' ? column('predicted') : NaN) "
               "with points pointtype @circle@ pointsize 1.2 linewidth 1.5 linecolor rgb color[@color@] "
               "title @title@",
               {{"model", model.name},
                {"circle", i == 0 ? "6" : "7"},  // open, filled
                {"color", std::to_string(i + 1)},
                {"title", gnuplot_quoted(model.title)}}));
  }
  plots.data("predicted.csv", csv);
  plots.draw(
      "predicted", 760, 720,
      filled(R"(set datafile separator ','
set title 'Miles per gallon of cars not trained on' font ',15'
set xlabel 'true (miles per gallon)'
set ylabel 'predicted (miles per gallon)'
set size square
set key top left box linecolor '#cccccc' opaque height 0.6
set xrange [@low@:@high@]
set yrange [@low@:@high@]
plot @points@
)",
             {{"low", std::to_string(low - 2)}, {"high", std::to_string(high + 2)}, {"points", plot_list(points)}}));

  draw_curves(plots, models,
              {.title = "Auto MPG: linear regression and MLP",
               .loss_label = "Mean squared error",
               .metric = "r2",
               .metric_label = "R²"});
}

}  // namespace examples
