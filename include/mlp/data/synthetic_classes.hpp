// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include <mlp/core/check.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/math/rng.hpp>

// Generated sets of points in the plane (blobs: in any space) with classes that no line separates. The same seed gives
// the same set. `noise` is the standard deviation of what is added to the positions, after the labels are given.
//
// All throw ValueError for an option out of its range: `mlp::make_moons: samples must be at least 2, got 0`,
// `mlp::make_moons: noise must be at least 0 and finite, got -1`.

namespace mlp {

/// Points [n, features] and their classes [n].
using ClassSet = Dataset<Matrix<double>, Labels>;

namespace detail {

inline ClassSet class_set(Index samples, Index features) {
  ClassSet set;
  set.x.resize(samples, features);
  set.y.resize(static_cast<std::size_t>(samples));
  return set;
}

inline void set_point(ClassSet& set, Index i, double x, double y, Index label) {
  set.x(i, 0) = x;
  set.x(i, 1) = y;
  set.y[static_cast<std::size_t>(i)] = static_cast<int>(label);
}

inline void add_noise(Matrix<double>& m, double noise, Rng& rng) {
  for (Index i = 0; i < m.size(); ++i) m.data()[i] += rng.normal(0, noise);
}

/// Number i of n numbers evenly from `first` to `last`, both included: numpy.linspace.
inline double linspace(double first, double last, Index n, Index i) {
  if (i > 0 && i == n - 1) return last;
  return n > 1 ? static_cast<double>(i) * ((last - first) / static_cast<double>(n - 1)) + first : first;
}

}  // namespace detail

/// How `make_spirals` draws. The defaults of the angles are those of CS231n, made for three arms; arms that are evenly
/// apart have an offset of 2 pi / arms.
struct SpiralsOptions {
  Index points_per_arm = 100;
  Index arms = 3;
  double noise = 0.2;       ///< of the angle, in radians
  double arm_length = 4.0;  ///< by how many radians an arm winds
  double arm_offset = 4.0;  ///< by how many radians an arm begins behind the one before
};

/// Arms of a spiral that begin in the origin, one class each: the data of exercise 2. Point i of n of arm j has
///
///     r = linspace(0, 1, n)_i,   t = linspace(offset j, offset j + length, n)_i + noise N(0, 1)
///     x = (r sin t, r cos t)
///
/// Sorted by class. Source: the notes of Stanford's CS231n, "Putting it together: minimal neural network case study".
///
///     Rng rng(0);
///     Dataset spirals = make_spirals({.points_per_arm = 100, .arms = 3}, rng);   // x [300, 2], y [300]
///
/// @throws ValueError `mlp::make_spirals: arms must be at least 1, got 0`
inline ClassSet make_spirals(const SpiralsOptions& options, Rng& rng) {
  detail::check_at_least("make_spirals", "points_per_arm", options.points_per_arm, 1);
  detail::check_at_least("make_spirals", "arms", options.arms, 1);
  detail::check_not_negative("make_spirals", "noise", options.noise);
  detail::check_positive("make_spirals", "arm_length", options.arm_length);
  detail::check_positive("make_spirals", "arm_offset", options.arm_offset);
  const Index n = options.points_per_arm;
  ClassSet set = detail::class_set(n * options.arms, 2);
  for (Index arm = 0; arm < options.arms; ++arm) {
    const double begin = static_cast<double>(arm) * options.arm_offset;
    for (Index i = 0; i < n; ++i) {
      const double radius = detail::linspace(0, 1, n, i);
      const double angle = detail::linspace(begin, begin + options.arm_length, n, i) + rng.normal(0, options.noise);
      detail::set_point(set, arm * n + i, radius * std::sin(angle), radius * std::cos(angle), arm);
    }
  }
  return set;
}

struct MoonsOptions {
  Index samples = 100;
  double noise = 0;
};

/// Two half circles that reach into each other. Class 0, samples / 2 points: (cos t, sin t); class 1, the rest:
/// (1 - cos t, 0.5 - sin t); t evenly from 0 to pi. Sorted by class. Source: scikit-learn, `make_moons`.
///
///     Dataset moons = make_moons({.samples = 400, .noise = 0.1}, rng);   // x [400, 2], y [400]
///
/// @throws ValueError `mlp::make_moons: samples must be at least 2, got 0`
inline ClassSet make_moons(const MoonsOptions& options, Rng& rng) {
  detail::check_at_least("make_moons", "samples", options.samples, 2);
  detail::check_not_negative("make_moons", "noise", options.noise);
  const Index outer = options.samples / 2;
  const Index inner = options.samples - outer;
  ClassSet set = detail::class_set(options.samples, 2);
  for (Index i = 0; i < outer; ++i) {
    const double t = detail::linspace(0, std::numbers::pi, outer, i);
    detail::set_point(set, i, std::cos(t), std::sin(t), 0);
  }
  for (Index i = 0; i < inner; ++i) {
    const double t = detail::linspace(0, std::numbers::pi, inner, i);
    detail::set_point(set, outer + i, 1 - std::cos(t), 0.5 - std::sin(t), 1);
  }
  detail::add_noise(set.x, options.noise, rng);
  return set;
}

struct CirclesOptions {
  Index samples = 100;
  double noise = 0;
  double factor = 0.8;  ///< the radius of the inner circle
};

/// A circle within a circle of radius 1. Class 0, samples / 2 points, is the outer one; class 1, the rest, the inner
/// one; points are evenly apart. Sorted by class. Source: scikit-learn, `make_circles`.
///
///     Dataset circles = make_circles({.samples = 400, .noise = 0.05, .factor = 0.5}, rng);
///
/// @throws ValueError `mlp::make_circles: factor must be at least 0 and below 1, got 1.5`
inline ClassSet make_circles(const CirclesOptions& options, Rng& rng) {
  detail::check_at_least("make_circles", "samples", options.samples, 2);
  detail::check_not_negative("make_circles", "noise", options.noise);
  if (!(options.factor >= 0 && options.factor < 1))
    detail::throw_out_of_range("make_circles", "factor", "at least 0 and below 1", detail::number_text(options.factor));
  const Index outer = options.samples / 2;
  const Index inner = options.samples - outer;
  ClassSet set = detail::class_set(options.samples, 2);
  const auto angle = [](Index i, Index n) {
    return 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(n);
  };
  for (Index i = 0; i < outer; ++i) detail::set_point(set, i, std::cos(angle(i, outer)), std::sin(angle(i, outer)), 0);
  for (Index i = 0; i < inner; ++i)
    detail::set_point(set, outer + i, options.factor * std::cos(angle(i, inner)),
                      options.factor * std::sin(angle(i, inner)), 1);
  detail::add_noise(set.x, options.noise, rng);
  return set;
}

struct CheckerboardOptions {
  Index samples = 400;
  Index cells = 4;  ///< along a side
  double noise = 0;
};

/// Points in the square [-1, 1) x [-1, 1), cut into cells x cells fields: class 1 where row + column is odd, numbered
/// from the lowest. Sample i is uniform in field i % cells^2, so all fields hold equally many, as near as can be.
///
///     Dataset board = make_checkerboard({.samples = 1600, .cells = 4}, rng);
inline ClassSet make_checkerboard(const CheckerboardOptions& options, Rng& rng) {
  detail::check_at_least("make_checkerboard", "samples", options.samples, 1);
  detail::check_at_least("make_checkerboard", "cells", options.cells, 1);
  detail::check_not_negative("make_checkerboard", "noise", options.noise);
  const Index cells = options.cells;
  ClassSet set = detail::class_set(options.samples, 2);
  const auto within = [&](Index cell) {
    return 2 * (static_cast<double>(cell) + rng.uniform(0.0, 1.0)) / static_cast<double>(cells) - 1;
  };
  for (Index i = 0; i < options.samples; ++i) {
    const Index column = i % cells;
    const Index row = i / cells % cells;
    const double x = within(column);
    const double y = within(row);
    detail::set_point(set, i, x, y, (row + column) % 2);
  }
  detail::add_noise(set.x, options.noise, rng);
  return set;
}

struct XorOptions {
  Index samples = 200;
  double noise = 0;
};

/// Exclusive or: points in the square [-1, 1) x [-1, 1), class 1 where one coordinate is negative and the other is not;
/// the quadrants take turns. It is the checkerboard of two cells a side.
///
///     Dataset exclusive_or = make_xor({.samples = 200}, rng);   // x [200, 2], y [200]
///
/// @throws ValueError `mlp::make_xor: samples must be at least 1, got 0`
inline ClassSet make_xor(const XorOptions& options, Rng& rng) {
  detail::check_at_least("make_xor", "samples", options.samples, 1);
  detail::check_not_negative("make_xor", "noise", options.noise);
  return make_checkerboard({.samples = options.samples, .cells = 2, .noise = options.noise}, rng);
}

struct BlobsOptions {
  Index samples = 100;
  Index features = 2;
  Index centers = 3;
  double cluster_std = 1;  ///< standard deviation around a center, along each axis
  double center_box = 10;  ///< centers are uniform in [-center_box, center_box] along each axis
};

/// Normal clouds around random centers, one class each; the first samples % centers of them have one point more. Sorted
/// by class. All centers are drawn before the points. Source: scikit-learn, `make_blobs`.
///
///     Dataset blobs = make_blobs({.samples = 300, .centers = 5}, rng);   // x [300, 2], y [300]
///
/// @throws ValueError `mlp::make_blobs: samples must be at least 5, got 4`: fewer than centers
inline ClassSet make_blobs(const BlobsOptions& options, Rng& rng) {
  detail::check_at_least("make_blobs", "centers", options.centers, 1);
  detail::check_at_least("make_blobs", "samples", options.samples, options.centers);
  detail::check_at_least("make_blobs", "features", options.features, 1);
  detail::check_not_negative("make_blobs", "cluster_std", options.cluster_std);
  detail::check_not_negative("make_blobs", "center_box", options.center_box);
  Matrix<double> centers(options.centers, options.features);
  for (Index i = 0; i < centers.size(); ++i) centers.data()[i] = rng.uniform(-options.center_box, options.center_box);
  ClassSet set = detail::class_set(options.samples, options.features);
  Index i = 0;
  for (Index label = 0; label < options.centers; ++label) {
    const Index more = label < options.samples % options.centers ? 1 : 0;
    for (const Index end = i + options.samples / options.centers + more; i < end; ++i) {
      std::copy_n(&centers(label, 0), options.features, &set.x(i, 0));
      set.y[static_cast<std::size_t>(i)] = static_cast<int>(label);
    }
  }
  detail::add_noise(set.x, options.cluster_std, rng);
  return set;
}

}  // namespace mlp
