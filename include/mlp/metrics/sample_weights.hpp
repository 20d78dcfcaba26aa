// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>

namespace mlp::detail {

/// The weight of each of the samples of a metric, 1 without weights, and their sum.
///
/// @throws ShapeError `mlp::r2_score: expected 3 sample weights, got 2`
/// @throws ValueError `mlp::r2_score: weight of sample 0 must be at least 0 and finite, got -1`, `mlp::r2_score:
/// expected weights of a sum above 0`
class CheckedWeights {
 public:
  CheckedWeights(const char* who, SampleWeights weights, Index samples) : weights_(weights) {
    const std::string name = std::string("mlp::") + who;
    sum_ = static_cast<double>(samples);
    if (weights.empty()) return;
    if (static_cast<Index>(weights.size()) != samples)
      throw ShapeError(name + ": expected " + std::to_string(samples) + " sample weights, got " +
                       std::to_string(weights.size()));
    sum_ = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (!(weights[i] >= 0) || !std::isfinite(weights[i]))
        check_not_negative(who, "weight of sample " + std::to_string(i), weights[i]);
      sum_ += weights[i];
    }
    if (!(sum_ > 0) || !std::isfinite(sum_)) throw ValueError(name + ": expected weights of a sum above 0");
  }

  double operator[](Index i) const { return weights_.empty() ? 1.0 : weights_[static_cast<std::size_t>(i)]; }
  double sum() const { return sum_; }

 private:
  SampleWeights weights_;
  double sum_ = 0;
};

}  // namespace mlp::detail
