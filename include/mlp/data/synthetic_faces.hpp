// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <mlp/core/buffer.hpp>
#include <mlp/core/check.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/data/face_canvas.hpp>
#include <mlp/data/image_set.hpp>
#include <mlp/math/rng.hpp>
#include <mlp/math/threads.hpp>

namespace mlp {

struct FacesOptions {
  Index samples_per_class = 100;
  Index width = 48;
  Index height = 48;
  double noise = 8;      ///< standard deviation of a pixel, in grey levels
  double variation = 1;  ///< how much heads, light and the strength of expressions vary; 0: one face an expression
};

namespace detail {

/// What a face does. All 0 but the eyes: neutral. Lengths are those of `FaceCanvas`.
struct Expression {
  double brow_raise = 0;
  double brow_tilt = 0;  ///< how much lower the inner end of a brow is than the outer
  double eye_open = 1;   ///< of the neutral height
  double mouth_wide = 0;
  double mouth_smile = 0;  ///< how much higher the corners are than the middle
  double mouth_open = 0;
  double mouth_skew = 0;
  bool teeth = false;  ///< shown where the mouth is open
  double frown = 0;    ///< folds between the brows
  double sneer = 0;    ///< folds beside the nose
};

inline constexpr double dark_tone = 0.16;  // the tone of pupils and of an open mouth

struct NamedExpression {
  const char* name;
  Expression full;
};

inline constexpr std::array<NamedExpression, 7> expressions = {{
    {"angry", {-0.07, 0.17, 0.75, -0.05, -0.06, 0.03, 0, false, 1, 0}},
    {"disgust", {-0.04, 0.07, 0.5, -0.02, -0.09, 0.09, 0.05, true, 0.5, 1}},
    {"fear", {0.08, -0.14, 1.45, 0.03, -0.05, 0.16, 0, true, 0, 0}},
    {"happy", {0.02, 0, 0.75, 0.11, 0.17, 0.12, 0, true, 0, 0.6}},
    {"neutral", {}},
    {"sad", {0.01, -0.16, 0.7, -0.04, -0.14, 0, 0, false, 0, 0}},
    {"surprise", {0.16, 0, 1.5, -0.1, 0, 0.34, 0, false, 0, 0}},
}};

/// One face: all that is random but the noise of its pixels.
struct Face {
  FaceCanvas::Pose pose;
  Expression expression;
  double background, skin, hair;  ///< tones in [0, 1]
  double light_x, light_y;        ///< how much brighter it gets per face length
  double head_width, hairline, eye_distance, eye_y, nose_length, mouth_y, mouth_width;
  std::uint64_t noise_seed;
};

inline Face draw_face_parameters(const Expression& full, const FacesOptions& options, Rng& rng) {
  const double v = options.variation;
  const auto about = [&](double mean, double spread) {
    return mean + v * spread * std::clamp(rng.normal(), -2.5, 2.5);
  };
  Face face;
  const double size = static_cast<double>(std::min(options.width, options.height));
  face.pose.center_x = static_cast<double>(options.width) / 2 + size * about(0, 0.018);
  face.pose.center_y = static_cast<double>(options.height) / 2 + size * about(0.02, 0.018);
  face.pose.unit = size * about(0.46, 0.014);
  face.pose.roll = about(0, 0.045);

  const double strength = 1 - v * 0.4 * rng.uniform(0.0, 1.0);  // some only hint at what they feel
  Expression& e = face.expression;
  e.brow_raise = about(strength * full.brow_raise, 0.015);
  e.brow_tilt = about(strength * full.brow_tilt, 0.02);
  e.eye_open = std::max(0.2, about(1 + strength * (full.eye_open - 1), 0.08));
  e.mouth_wide = about(strength * full.mouth_wide, 0.02);
  e.mouth_smile = about(strength * full.mouth_smile, 0.02);
  e.mouth_open = std::max(0.0, about(strength * full.mouth_open, 0.02));
  const double side = rng.uniform(0.0, 1.0) < v / 2 ? -1 : 1;
  e.mouth_skew = side * strength * full.mouth_skew + about(0, 0.01);
  e.teeth = full.teeth;
  e.frown = strength * full.frown;
  e.sneer = strength * full.sneer;

  face.background = std::clamp(about(0.42, 0.13), 0.0, 1.0);
  face.skin = std::clamp(about(0.68, 0.06), 0.4, 0.95);
  face.hair = std::clamp(about(0.22, 0.09), 0.02, face.skin - 0.25);
  face.light_x = about(0, 0.08);
  face.light_y = about(0, 0.06);
  face.head_width = about(0.74, 0.02);
  face.hairline = about(-0.62, 0.03);
  face.eye_distance = about(0.32, 0.01);
  face.eye_y = about(-0.14, 0.012);
  face.nose_length = about(0.36, 0.02);
  face.mouth_y = about(0.54, 0.015);
  face.mouth_width = about(0.29, 0.012);
  face.noise_seed = rng.random64();
  return face;
}

inline void paint_eyes(FaceCanvas& canvas, const Face& face) {
  const Expression& e = face.expression;
  const double brow = face.skin * 0.35 + 0.3 * face.hair;
  for (const double side : {-1.0, 1.0}) {
    const double x = side * face.eye_distance;
    const double half_height = 0.075 * e.eye_open;
    canvas.ellipse(x, face.eye_y, 0.165, half_height + 0.022, face.skin * 0.4);  // lids
    canvas.ellipse(x, face.eye_y, 0.145, half_height, 0.95);
    const double iris = std::min(0.068, half_height);
    canvas.ellipse(x, face.eye_y, 0.068, iris, dark_tone);
    const double inner = side * (face.eye_distance - 0.19);
    const double outer = side * (face.eye_distance + 0.21);
    const double middle = side * face.eye_distance;
    const double y = face.eye_y - 0.2 - e.brow_raise;
    canvas.stroke(inner, y + e.brow_tilt * 0.6, middle, y - 0.035, 0.065, brow);
    canvas.stroke(middle, y - 0.035, outer, y + 0.02 - e.brow_tilt * 0.4, 0.055, brow);
    const double fold = face.skin * (1 - 0.4 * e.frown);
    if (e.frown > 0) canvas.stroke(side * 0.05, y - 0.02, side * 0.04, y + 0.14, 0.03, fold);
  }
}

inline void paint_nose(FaceCanvas& canvas, const Face& face) {
  const double tip = face.eye_y + 0.06 + face.nose_length;
  canvas.stroke(0.035, face.eye_y + 0.1, 0.06, tip - 0.06, 0.03, face.skin * 0.86);
  for (const double side : {-1.0, 1.0}) {
    canvas.ellipse(side * 0.065, tip, 0.035, 0.022, face.skin * 0.5);
    const double sneer = face.expression.sneer;
    if (sneer > 0)
      canvas.stroke(side * 0.13, tip - 0.08, side * (face.mouth_width + 0.05), face.mouth_y - 0.06, 0.03,
                    face.skin * (1 - 0.35 * sneer));
  }
}

inline void paint_mouth(FaceCanvas& canvas, const Face& face) {
  const Expression& e = face.expression;
  const double w = face.mouth_width + e.mouth_wide;
  // Between the lips: a parabola through the corners, flat where the mouth is wide open; the lips bulge from it as half
  // ellipses.
  const double smile = e.mouth_smile * std::clamp(1.4 - 4 * e.mouth_open, 0.0, 1.0);
  const auto line = [=](double x) {
    const double s = x / w;
    return face.mouth_y + smile * (0.5 - s * s) + e.mouth_skew * s;
  };
  const auto bulge = [=](double x) { return std::sqrt(std::max(0.0, 1 - (x / w) * (x / w))); };
  const double up = 0.35 * e.mouth_open;
  const double down = 0.65 * e.mouth_open;
  const auto upper = [=](double x) { return line(x) - up * bulge(x); };
  const auto lower = [=](double x) { return line(x) + down * bulge(x); };
  const double top = face.mouth_y - 0.5;
  const double bottom = face.mouth_y + 0.5;
  const double lip = face.skin * 0.5;
  canvas.between(
      -w, w, top, bottom, lip, [=](double x) { return upper(x) - 0.045 * bulge(x); },
      [=](double x) { return lower(x) + 0.06 * bulge(x); });
  canvas.between(-w, w, top, bottom, dark_tone * 0.8, upper, lower);
  if (e.teeth && e.mouth_open > 0.04)
    canvas.between(-w * 0.9, w * 0.9, top, bottom, 0.92, upper,
                   [=](double x) { return std::min(lower(x), upper(x) + 0.5 * e.mouth_open * bulge(x)); });
  if (e.mouth_open < 0.05) canvas.curve(-w, w, 0.035, dark_tone, line);
}

/// Tones of the face in [0, 1] or somewhat beyond, before noise.
inline void paint_face(MatrixView<float> tones, const Face& face) {
  fill(tones, static_cast<float>(face.background));
  FaceCanvas canvas(tones, face.pose);
  canvas.ellipse(0, -0.16, face.head_width + 0.1, 0.98, face.hair);
  canvas.ellipse(0, 0.6, face.head_width * 0.55, 0.75, face.skin * 0.72);  // neck
  for (const double side : {-1.0, 1.0}) canvas.ellipse(side * face.head_width, 0, 0.1, 0.19, face.skin * 0.85);
  canvas.ellipse(0, 0.05, face.head_width, 0.95, face.skin);
  canvas.paint({-1, -1, 1, 0}, face.hair, [&](double x, double y) {  // the hair above the forehead
    const double inside = (std::hypot(x / (face.head_width + 0.04), (y - 0.05) / 1.0) - 1) * 0.7;
    return std::max(inside, y - face.hairline - 0.35 * x * x);
  });
  paint_eyes(canvas, face);
  paint_nose(canvas, face);
  paint_mouth(canvas, face);
  for (Index i = 0; i < tones.rows(); ++i)
    for (Index j = 0; j < tones.cols(); ++j) {
      const double x = (static_cast<double>(j) + 0.5 - face.pose.center_x) / face.pose.unit;
      const double y = (static_cast<double>(i) + 0.5 - face.pose.center_y) / face.pose.unit;
      tones(i, j) *= static_cast<float>(1 + face.light_x * x + face.light_y * y);
    }
}

}  // namespace detail

/// Drawn faces of seven expressions, grey: angry, disgust, fear, happy, neutral, sad, surprise, samples_per_class each,
/// class by class. Brows, eyes, nose and mouth show the expression, more or less of it; the size, place and turn of the
/// head, its features, the tones of skin, hair and background, the light and the noise vary. A linear model learns a
/// part of it, a network more. The same seed gives the same set on any number of threads.
///
/// Shapes: pixels [7 samples_per_class, height * width].
///
///     ImageSet faces = make_faces({.samples_per_class = 120, .width = 48, .height = 48}, rng);
///
/// @throws ValueError `mlp::make_faces: width must be at least 8, got 0`, `mlp::make_faces: noise must be at least 0
/// and finite, got -1`
inline ImageSet make_faces(const FacesOptions& options, Rng& rng) {
  const char* const who = "make_faces";
  detail::check_at_least(who, "samples_per_class", options.samples_per_class, 1);
  detail::check_at_least(who, "width", options.width, 8);
  detail::check_at_least(who, "height", options.height, 8);
  detail::check_not_negative(who, "noise", options.noise);
  if (!(options.variation >= 0 && options.variation <= 1))
    detail::throw_out_of_range(who, "variation", "in [0, 1]", detail::number_text(options.variation));
  ImageSet set;
  std::vector<detail::Face> faces;
  for (const detail::NamedExpression& expression : detail::expressions) {
    const int label = static_cast<int>(set.class_names.size());
    set.class_names.emplace_back(expression.name);
    for (Index i = 0; i < options.samples_per_class; ++i) {
      set.labels.push_back(label);
      faces.push_back(detail::draw_face_parameters(expression.full, options, rng));
    }
  }
  set.pixels.resize(static_cast<Index>(faces.size()), options.height * options.width);
  parallel_for(set.pixels.rows(), [&](Index i) {
    const detail::Face& face = faces[static_cast<std::size_t>(i)];
    Buffer<float> memory;
    const MatrixView<float> tones = memory.resize(options.height, options.width);
    detail::paint_face(tones, face);
    Rng noise(face.noise_seed);
    for (Index j = 0; j < tones.size(); ++j) {
      const double grey = 255 * static_cast<double>(tones.data()[j]) + noise.normal(0, options.noise);
      set.pixels(i, j) = static_cast<std::uint8_t>(std::clamp(std::round(grey), 0.0, 255.0));
    }
  });
  return set;
}

}  // namespace mlp
