// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <mlp/core/matrix.hpp>

#include "plots.hpp"
#include "text_table.hpp"

namespace examples {

/// What networks of each depth and width get right.
struct AccuracyMap {
  std::string title, y_label;
  std::vector<double> accuracies;  // depth by depth, width by width
};

struct AccuracyMapSheet {
  std::string name, title;
  std::size_t columns = 1;
  std::vector<mlp::Index> widths, depths;
};

/// One picture a map: width to the right, depth upwards, the accuracy in percent as color and number.
inline void draw_accuracy_maps(const Plots& plots, const AccuracyMapSheet& sheet,
                               const std::vector<AccuracyMap>& maps) {
  const auto tics = [](const std::vector<mlp::Index>& numbers) {
    std::string text;
    for (std::size_t i = 0; i < numbers.size(); ++i)
      text += (i == 0 ? "'" : ", '") + std::to_string(numbers[i]) + "' " + std::to_string(i);
    return text;
  };
  const std::size_t rows = maps.size() / sheet.columns;
  const auto end = [](std::size_t count) { return fixed(static_cast<double>(count) - 0.5, 1); };
  std::string script =
      filled(R"(set palette defined (20 '#ffffff', 50 '#f7e0b0', 80 '#a6cfe3', 95 '#4d9fcb', 100 '#0072B2')
set cbrange [20:100]
unset colorbox
unset grid
set xrange [-0.5:@width_end@]
set yrange [-0.5:@depth_end@]
set ytics (@depths@) scale 0
set style fill solid border linecolor '#ffffff'
set multiplot layout @rows@,@columns@ margins 0.06,0.995,0.055,0.93 spacing 0.03,0.018 title @title@ font ',15'
)",
             {{"width_end", end(sheet.widths.size())},
              {"depth_end", end(sheet.depths.size())},
              {"depths", tics(sheet.depths)},
              {"rows", std::to_string(rows)},
              {"columns", std::to_string(sheet.columns)},
              {"title", gnuplot_quoted(sheet.title)}});
  std::string data = "# number of the width, number of the depth, accuracy in percent; one block a picture\n";
  for (std::size_t m = 0; m < maps.size(); ++m) {
    for (std::size_t i = 0; i < maps[m].accuracies.size(); ++i)
      data += std::to_string(i % sheet.widths.size()) + ' ' + std::to_string(i / sheet.widths.size()) + ' ' +
              fixed(100 * maps[m].accuracies[i], 2) + '\n';
    data += "\n\n";
    script += filled(R"(
set title @title@
set ylabel @y_label@
@x_axis@
plot '@name@.dat' index @index@ using 1:2:(0.5):(0.5):3 with boxxyerror fillcolor palette, \
  '' index @index@ using 1:2:(sprintf('%.0f', $3)):($3 > 90 ? 0xffffff : 0x222222) \
    with labels font ',10' textcolor rgb variable
)",
                     {{"title", gnuplot_quoted(maps[m].title)},
                      {"y_label", gnuplot_quoted(maps[m].y_label)},
                      {"x_axis", m + sheet.columns < maps.size()
                                     ? "unset xtics"
                                     : "set xtics (" + tics(sheet.widths) + ") scale 0\nset xlabel 'width'"},
                      {"name", sheet.name},
                      {"index", std::to_string(m)}});
  }
  plots.data(sheet.name + ".dat", data);
  plots.draw(sheet.name, 1140, std::max(260, 136 * static_cast<int>(rows)), script + "unset multiplot\n");
}

}  // namespace examples
