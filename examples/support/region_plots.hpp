// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <mlp/core/matrix.hpp>
#include <mlp/data/synthetic_classes.hpp>

#include "plots.hpp"

namespace examples {

/// A square of points around a set of points [n, 2], at which a model is asked for the class.
struct Grid {
  double low_x, low_y, side;
  mlp::Index steps;

  /// The points row by row, [steps^2, 2].
  mlp::Matrix<double> points() const {
    mlp::Matrix<double> m(steps * steps, 2);
    for (mlp::Index i = 0; i < m.rows(); ++i) {
      m(i, 0) = low_x + side * (static_cast<double>(i % steps) + 0.5) / static_cast<double>(steps);
      m(i, 1) = low_y + side * (static_cast<double>(i / steps) + 0.5) / static_cast<double>(steps);
    }
    return m;
  }
};

inline Grid grid_around(const mlp::Matrix<double>& x, mlp::Index steps) {
  const mlp::RowVector<double> low = x.colwise().minCoeff();
  const mlp::RowVector<double> high = x.colwise().maxCoeff();
  const double side = 1.12 * (high - low).maxCoeff();
  return {(low(0) + high(0) - side) / 2, (low(1) + high(1) - side) / 2, side, steps};
}

/// One picture: points of a set, and below them the class that a model gives each point of the grid.
struct Regions {
  std::string title, y_label;
  Grid grid;
  mlp::Labels classes;  // of the points of the grid
  mlp::ClassSet points;
};

/// How pictures of regions stand beside each other.
struct RegionSheet {
  std::string name, title;
  std::size_t columns = 1;
  int picture_size = 400;  // pixels
  std::string margins;     // as `set multiplot` takes them, with the spacing
  std::string style;       // further commands
  double point_size = 1;
  mlp::Index most_points = 1000;  // of a picture
};

inline void draw_regions(const Plots& plots, const RegionSheet& sheet, const std::vector<Regions>& pictures) {
  const std::size_t rows = pictures.size() / sheet.columns;
  std::string script = filled(R"(# pale versions of the colors of the points
set palette maxcolors 5 defined (0 '#b8d8ea', 1 '#f6cfb0', 2 '#b0e0d1', 3 '#efd9e5', 4 '#f7e0b0')
set cbrange [-0.5:4.5]
unset colorbox
unset grid
@style@
set multiplot layout @rows@,@columns@ @margins@ title @title@ font ',15'
)",
                              {{"style", sheet.style},
                               {"rows", std::to_string(rows)},
                               {"columns", std::to_string(sheet.columns)},
                               {"margins", sheet.margins},
                               {"title", gnuplot_quoted(sheet.title)}});
  std::string regions = "# x y class of the model; one block a picture\n";
  std::string points = "# x y class; one block a picture\n";
  const auto line = [](const mlp::Matrix<double>& x, mlp::Index i, const mlp::Labels& classes) {
    return std::to_string(x(i, 0)) + ' ' + std::to_string(x(i, 1)) + ' ' +
           std::to_string(classes[static_cast<std::size_t>(i)]) + '\n';
  };
  for (std::size_t p = 0; p < pictures.size(); ++p) {
    const auto& [title, y_label, grid, classes, set] = pictures[p];
    const mlp::Matrix<double> at = grid.points();
    for (mlp::Index i = 0; i < at.rows(); ++i) regions += line(at, i, classes);
    for (mlp::Index i = 0; i < std::min(set.size(), sheet.most_points); ++i)
      points += line(set.x, i * 7919 % set.size(), set.y);  // 7919 is prime: spread over all of the set
    regions += "\n\n";
    points += "\n\n";
    script += filled(R"(
set xrange [@low_x@:@high_x@]
set yrange [@low_y@:@high_y@]
set title @title@
set ylabel @y_label@
plot '@name@_grid.dat' index @index@ using 1:2:3 with image, \
  for [c=0:4] '@name@_points.dat' index @index@ using 1:($3 == c ? $2 : NaN) \
    with points pointtype 7 pointsize @size@ linecolor rgb color[c+1]
)",
                     {{"low_x", std::to_string(grid.low_x)},
                      {"high_x", std::to_string(grid.low_x + grid.side)},
                      {"low_y", std::to_string(grid.low_y)},
                      {"high_y", std::to_string(grid.low_y + grid.side)},
                      {"title", gnuplot_quoted(title)},
                      {"y_label", gnuplot_quoted(y_label)},
                      {"name", sheet.name},
                      {"index", std::to_string(p)},
                      {"size", std::to_string(sheet.point_size)}});
  }
  plots.data(sheet.name + "_grid.dat", regions);
  plots.data(sheet.name + "_points.dat", points);
  plots.draw(sheet.name, sheet.picture_size * static_cast<int>(sheet.columns),
             sheet.picture_size * static_cast<int>(rows) + 40, script + "unset multiplot\n");
}

}  // namespace examples
