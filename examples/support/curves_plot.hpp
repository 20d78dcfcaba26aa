// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "plots.hpp"

namespace examples {

/// What the sheet of curves shows.
struct Curves {
  std::string title;
  std::string loss_label;
  bool logarithmic = true;
  std::string metric;  ///< as in history.csv: "r2"
  std::string metric_label;
  bool validation = true;
};

/// Loss and metric of all models over the epochs, from history.csv, side by side above one legend.
inline void draw_curves(const Plots& plots, const std::vector<PlotModel>& models, const Curves& sheet) {
  const auto style = [](std::size_t model, const char* dash) {
    return std::string(" with lines linewidth 2 dashtype ") + dash + " linecolor rgb color[" +
           std::to_string(model + 1) + "]";
  };
  const auto add_lines = [&](std::vector<std::string>& lines, const std::string& column, const char* dash) {
    for (std::size_t i = 0; i < models.size(); ++i) {
      if (models[i].loss_off_scale && column.ends_with("_loss")) continue;
      lines.push_back(filled("'../history.csv' using 'epoch':(strcol('model') eq '@model@' ? column('@column@') : NaN)",
                             {{"model", models[i].name}, {"column", column}}) +
                      style(i, dash));
    }
  };
  std::vector<std::string> losses, metrics, legend;
  add_lines(losses, "train_loss", "1");
  if (sheet.validation) add_lines(losses, "val_loss", "'-'");
  add_lines(metrics, (sheet.validation ? "val_" : "train_") + sheet.metric, "1");
  std::string loss_title = sheet.validation ? "Loss, training (solid), validation (dashed)" : "Loss, training";
  for (std::size_t i = 0; i < models.size(); ++i) {
    legend.push_back("NaN" + style(i, "1") + " title " + gnuplot_quoted(models[i].title));
    if (models[i].loss_off_scale) loss_title += "; " + models[i].title + ": off the scale";
  }

  plots.draw(
      "curves", 1200, 520,
      filled(R"(set datafile separator ','
set multiplot title @title@ font ',15'
set bmargin at screen 0.2
set tmargin at screen 0.86
set xlabel 'epoch'

set lmargin at screen 0.07
set rmargin at screen 0.485
set title @loss_title@ font ',12'
set ylabel @loss_label@
@logscale@
plot @losses@
unset logscale y

set lmargin at screen 0.565
set rmargin at screen 0.98
set title @metric_title@
set ylabel @metric_label@
plot @metrics@

# the legend
set lmargin at screen 0.02
set rmargin at screen 0.98
set bmargin at screen 0
set tmargin at screen 0.1
unset border; unset tics; unset title; unset xlabel; unset ylabel
set xrange [0:1]
set yrange [0:1]
set key center center horizontal
plot @legend@
unset multiplot
)",
             {{"title", gnuplot_quoted(sheet.title)},
              {"loss_title", gnuplot_quoted(loss_title)},
              {"loss_label", gnuplot_quoted(sheet.loss_label)},
              {"logscale", sheet.logarithmic ? "set logscale y" : ""},
              {"losses", plot_list(losses)},
              {"metric_title", gnuplot_quoted(sheet.metric_label + (sheet.validation ? ", validation" : ", training"))},
              {"metric_label", gnuplot_quoted(sheet.metric_label)},
              {"metrics", plot_list(metrics)},
              {"legend", plot_list(legend)}}));
}

}  // namespace examples
