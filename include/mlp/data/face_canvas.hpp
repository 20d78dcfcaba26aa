// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>

#include <mlp/core/matrix.hpp>
#include <mlp/core/view.hpp>

namespace mlp::detail {

/// A grey picture that shapes are painted on, one over the other, with soft edges of one pixel. Shapes are given in the
/// coordinates of the face: x to the right, y down, the origin between the ears, the chin at (0, 1).
class FaceCanvas {
 public:
  /// How the face lies in the picture.
  struct Pose {
    double center_x = 0;  ///< pixels
    double center_y = 0;
    double unit = 1;  ///< pixels from the origin to the chin
    double roll = 0;  ///< radians, clockwise
  };

  struct Box {
    double left, top, right, bottom;
  };

  /// Paints on `tones` [height, width].
  FaceCanvas(MatrixView<float> tones, const Pose& pose)
      : tones_(tones), pose_(pose), cos_(std::cos(pose.roll)), sin_(std::sin(pose.roll)) {}

  /// Blends `tone` in where the signed distance d(x, y) to the edge of a shape that lies within `box` is negative.
  template <class F>
  void paint(const Box& box, double tone, F&& distance) {
    const double x = (box.left + box.right) / 2;
    const double y = (box.top + box.bottom) / 2;
    const double column = pose_.center_x + pose_.unit * (cos_ * x - sin_ * y);
    const double row = pose_.center_y + pose_.unit * (sin_ * x + cos_ * y);
    const double half_width = pose_.unit * (box.right - box.left) / 2;
    const double half_height = pose_.unit * (box.bottom - box.top) / 2;
    const double reach_x = std::abs(cos_) * half_width + std::abs(sin_) * half_height + 1;
    const double reach_y = std::abs(sin_) * half_width + std::abs(cos_) * half_height + 1;
    const Index first_row = pixel(row - reach_y, tones_.rows());
    const Index last_row = pixel(row + reach_y + 1, tones_.rows());
    const Index first_column = pixel(column - reach_x, tones_.cols());
    const Index last_column = pixel(column + reach_x + 1, tones_.cols());
    for (Index i = first_row; i < last_row; ++i)
      for (Index j = first_column; j < last_column; ++j) {
        const double dx = (static_cast<double>(j) + 0.5 - pose_.center_x) / pose_.unit;
        const double dy = (static_cast<double>(i) + 0.5 - pose_.center_y) / pose_.unit;
        const double outside = pose_.unit * distance(cos_ * dx + sin_ * dy, cos_ * dy - sin_ * dx);
        const auto cover = static_cast<float>(std::clamp(0.5 - outside, 0.0, 1.0));
        tones_(i, j) += cover * (static_cast<float>(tone) - tones_(i, j));
      }
  }

  void ellipse(double x, double y, double half_width, double half_height, double tone) {
    const double small = std::min(half_width, half_height);
    paint({x - half_width, y - half_height, x + half_width, y + half_height}, tone, [=](double px, double py) {
      return (std::hypot((px - x) / half_width, (py - y) / half_height) - 1) * small;
    });
  }

  /// A straight stroke with round ends.
  void stroke(double x0, double y0, double x1, double y1, double thickness, double tone) {
    const double dx = x1 - x0;
    const double dy = y1 - y0;
    const double length2 = std::max(dx * dx + dy * dy, 1e-12);
    const double r = thickness / 2;
    const Box box{std::min(x0, x1) - r, std::min(y0, y1) - r, std::max(x0, x1) + r, std::max(y0, y1) + r};
    paint(box, tone, [=](double px, double py) {
      const double along = std::clamp(((px - x0) * dx + (py - y0) * dy) / length2, 0.0, 1.0);
      return std::hypot(px - x0 - along * dx, py - y0 - along * dy) - r;
    });
  }

  /// A stroke along y = curve(x), x in [left, right], as a chain of short straight ones.
  template <class F>
  void curve(double left, double right, double thickness, double tone, F&& curve) {
    constexpr int pieces = 8;
    double x0 = left;
    for (int i = 1; i <= pieces; ++i) {
      const double x1 = left + (right - left) * i / pieces;
      stroke(x0, curve(x0), x1, curve(x1), thickness, tone);
      x0 = x1;
    }
  }

  /// What lies below y = upper(x) and above y = lower(x), x in [left, right].
  template <class F, class G>
  void between(double left, double right, double top, double bottom, double tone, F&& upper, G&& lower) {
    paint({left, top, right, bottom}, tone, [=](double px, double py) {
      const double x = std::clamp(px, left, right);
      return std::max({upper(x) - py, py - lower(x), left - px, px - right});
    });
  }

 private:
  static Index pixel(double position, Index size) {
    return static_cast<Index>(std::clamp(std::floor(position), 0.0, static_cast<double>(size)));
  }

  MatrixView<float> tones_;
  Pose pose_;
  double cos_;
  double sin_;
};

}  // namespace mlp::detail
