// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>

#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/sample_weights.hpp>

namespace mlp::detail {

/// The weight of each of the samples of a metric, 1 without weights, and their sum.
///
/// @throws ShapeError `mlp::r2_score: expected 3 sample weights, got 2`
/// @throws ValueError `mlp::r2_score: weight of sample 0 must be at least 0 and finite, got -1`, `mlp::r2_score:
/// expected weights of a finite sum above 0`
class CheckedWeights {
 public:
  CheckedWeights(const char* who, SampleWeights weights, Index samples)
      : weights_(weights), sum_(checked_total(who, weights, samples)) {
    if (!weights.empty() && (!(sum_ > 0) || !std::isfinite(sum_)))
      throw ValueError(std::string("mlp::") + who + ": expected weights of a finite sum above 0");
  }

  double operator[](Index i) const { return weight_at(weights_, i); }
  double sum() const { return sum_; }

 private:
  SampleWeights weights_;
  double sum_;
};

}  // namespace mlp::detail
