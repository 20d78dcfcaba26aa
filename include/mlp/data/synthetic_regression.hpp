// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/shape.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/math/rng.hpp>

namespace mlp {

/// Samples [n, features] and the numbers to predict [n, targets].
using RegressionSet = Dataset<Matrix<double>, Matrix<double>>;

struct RegressionOptions {
  Index samples = 100;
  Index features = 10;
  Index targets = 1;
  double bias = 0;
  double noise = 0;         ///< standard deviation of what is added to y
  Matrix<double> weight{};  ///< [targets, features], as in `Linear`; empty: drawn from N(0, 1)
};

/// A linear law: x ~ N(0, 1), y = x W^T + bias + noise N(0, 1). W is drawn first, then x, then the noise.
///
///     Dataset lines = make_regression({.samples = 200, .features = 3, .noise = 0.1}, rng);   // x [200, 3], y [200, 1]
///
/// @throws ValueError `mlp::make_regression: samples must be at least 1, got 0`, `mlp::make_regression: noise must be
/// at least 0 and finite, got -1`; ShapeError `mlp::make_regression: expected weight [1, 3], got [3, 1]`
inline RegressionSet make_regression(const RegressionOptions& options, Rng& rng) {
  const char* const who = "make_regression";
  detail::check_at_least(who, "samples", options.samples, 1);
  detail::check_at_least(who, "features", options.features, 1);
  detail::check_at_least(who, "targets", options.targets, 1);
  detail::check_not_negative(who, "noise", options.noise);
  const auto fill_normal = [&](Matrix<double>& m) {
    for (Index i = 0; i < m.size(); ++i) m.data()[i] = rng.normal();
  };
  const Shape shape{options.targets, options.features};
  const Shape given{options.weight.rows(), options.weight.cols()};
  if (options.weight.size() != 0 && given != shape) throw ShapeError::expected(who, "weight", shape, given);
  Matrix<double> drawn;
  if (options.weight.size() == 0) {
    drawn.resize(options.targets, options.features);
    fill_normal(drawn);
  }
  const Matrix<double>& weight = drawn.size() == 0 ? options.weight : drawn;
  RegressionSet set;
  set.x.resize(options.samples, options.features);
  fill_normal(set.x);
  set.y.resize(options.samples, options.targets);
  for (Index i = 0; i < options.samples; ++i)
    for (Index j = 0; j < set.y.cols(); ++j) {
      double sum = 0;
      for (Index k = 0; k < set.x.cols(); ++k) sum += set.x(i, k) * weight(j, k);
      set.y(i, j) = sum;
    }
  for (Index i = 0; i < set.y.size(); ++i) set.y.data()[i] += rng.normal(options.bias, options.noise);
  return set;
}

}  // namespace mlp
