// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mlp/core/file.hpp>

namespace examples {

/// Text as gnuplot reads it.
inline std::string gnuplot_quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return quoted + '"';
}

/// A gnuplot script with its `@names@` replaced by values.
inline std::string filled(std::string script, std::initializer_list<std::pair<const char*, std::string>> values) {
  for (const auto& [name, value] : values) {
    const std::string mark = std::string("@") + name + "@";
    for (std::size_t at = 0; (at = script.find(mark, at)) != std::string::npos; at += value.size())
      script.replace(at, mark.size(), value);
  }
  return script;
}

/// Parts of a `plot` command, one a line.
inline std::string plot_list(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", \\\n  ") + part;
  return text;
}

/// A model in the plots: its name in history.csv and how people call it.
struct PlotModel {
  std::string name, title;
  bool loss_off_scale = false;  // its loss would leave the others none of the sheet
};

/// Draws with gnuplot into OUT/plots. Each picture's script stays beside its data, so that it can be restyled and drawn
/// again: `cd OUT/plots && gnuplot curves.gp`.
class Plots {
 public:
  explicit Plots(const std::string& out)
      : folder_(out + "/plots"), gnuplot_(std::system("command -v gnuplot > /dev/null 2>&1") == 0) {
    if (!gnuplot_) std::cout << "No plots: gnuplot is not installed (Debian: gnuplot-nox).\n";
  }

  void data(const std::string& file, std::string_view bytes) const {
    if (!gnuplot_) return;
    std::filesystem::create_directories(folder_);
    mlp::write_file_atomically(folder_ + "/" + file, bytes);
  }

  /// NAME.png of so many pixels.
  void draw(const std::string& name, int width, int height, const std::string& commands) const {
    if (!gnuplot_) return;
    const std::string script = filled(
        R"(# gnuplot @name@.gp
size_x = @width@; size_y = @height@
if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {
  set terminal pngcairo size size_x,size_y font 'DejaVu Sans,11' background '#ffffff'
} else {
  set terminal png size size_x,size_y
}
set encoding utf8
set output '@name@.png'
set border linecolor '#555555'
set tics textcolor '#333333' nomirror
set grid linecolor '#dddddd' linetype 1
set key noautotitle
# the colors of Okabe and Ito, which the color-blind tell apart
array color[7] = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000']
)",
        {{"name", name}, {"width", std::to_string(width)}, {"height", std::to_string(height)}});
    data(name + ".gp", script + commands);
    const std::string command = "cd " + shell_quoted(folder_) + " && gnuplot " + name + ".gp > /dev/null 2>&1";
    if (std::system(command.c_str()) != 0) std::cout << "gnuplot could not draw " << folder_ << '/' << name << ".gp\n";
  }

 private:
  static std::string shell_quoted(const std::string& text) {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
  }

  std::string folder_;
  bool gnuplot_;
};

}  // namespace examples
