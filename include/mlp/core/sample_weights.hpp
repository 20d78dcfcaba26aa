// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>

namespace mlp::detail {

/// The weight of sample i, 1 without weights.
inline double weight_at(SampleWeights weights, Index i) {
  return weights.empty() ? 1.0 : weights[static_cast<std::size_t>(i)];
}

/// The sum of the weights of the samples. @throws ShapeError `mlp::MSELoss: expected 32 sample weights, got 31`;
/// ValueError `mlp::MSELoss: weight of sample 3 must be at least 0 and finite, got -1`
inline double checked_total(std::string_view who, SampleWeights weights, Index samples) {
  if (weights.empty()) return static_cast<double>(samples);
  if (static_cast<Index>(weights.size()) != samples)
    throw ShapeError("mlp::" + std::string(who) + ": expected " + std::to_string(samples) + " sample weights, got " +
                     std::to_string(weights.size()));
  double total = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] >= 0) || !std::isfinite(weights[i]))
      check_not_negative(who, "weight of sample " + std::to_string(i), weights[i]);
    total += weights[i];
  }
  return total;
}

}  // namespace mlp::detail
