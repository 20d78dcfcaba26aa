// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <mlp/core/matrix.hpp>

#include "plots.hpp"

namespace examples {

/// A picture of grey pixels below a title. `labels`: lines "x,y,text,color" in pixels.
inline void draw_gray_sheet(const Plots& plots, const std::string& name, const mlp::Matrix<std::uint8_t>& pixels,
                            const std::string& title, const std::string& labels = {}) {
  plots.data(name + ".bin", {reinterpret_cast<const char*>(pixels.data()), static_cast<std::size_t>(pixels.size())});
  std::string script = R"(unset border
unset tics
unset grid
unset colorbox
set lmargin 0; set rmargin 0; set tmargin 0; set bmargin 0
set xrange [0:size_x]
set yrange [size_y:0]
set palette gray
set cbrange [0:255]
set datafile separator ','
set label @title@ at size_x/2,24 center front font ',15'
plot '@name@.bin' binary array=(@width@,@height@) format='%uchar' using 1 with image)";
  if (!labels.empty()) {
    plots.data(name + ".csv", labels);
    script += R"(, \
  '@name@.csv' using 1:2:3:4 with labels textcolor rgb variable noenhanced font ',9.5')";
  }
  const auto width = static_cast<int>(pixels.cols()), height = static_cast<int>(pixels.rows());
  plots.draw(name, width, height,
             filled(script + '\n', {{"title", gnuplot_quoted(title)},
                                    {"name", name},
                                    {"width", std::to_string(width)},
                                    {"height", std::to_string(height)}}));
}

}  // namespace examples
