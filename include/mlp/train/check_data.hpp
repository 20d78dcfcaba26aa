// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <concepts>
#include <string>

#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/sample_weights.hpp>
#include <mlp/core/shape.hpp>
#include <mlp/core/view.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/train/evaluate.hpp>

// What `fit` finds at the door, before the first step.

namespace mlp::detail {

/// @throws ValueError `mlp::fit: the training set has nan in row 3, column 2 of x`
template <class T>
void check_finite(const std::string& set, const char* part, const Matrix<T>& m) {
  if (m.allFinite()) return;
  for (Index i = 0; i < m.rows(); ++i)
    for (Index j = 0; j < m.cols(); ++j)
      if (!std::isfinite(m(i, j)))
        throw ValueError("mlp::fit: the " + set + " set has " + (std::isnan(m(i, j)) ? "nan" : "infinity") +
                         " in row " + std::to_string(i) + ", column " + std::to_string(j) + " of " + part);
}
inline void check_finite(const std::string&, const char*, const ByteMatrix&) {}

/// @throws ValueError `mlp::fit: the validation set is empty`, `mlp::fit: the training set: weight of sample 3 must be
/// at least 0 and finite, got -1`, `mlp::fit: no sample of the training set counts`; ShapeError `mlp::fit: the training
/// set: expected targets [32, 1], got [32, 2]`; what the loss says of its targets and the first layer of another x
template <class Model, class Loss, class X, class Y>
void check_data(const std::string& set, const Model& model, const Loss& loss, const Dataset<X, Y>& data) {
  const std::string who = "fit: the " + set + " set";
  if (data.size() == 0) throw ValueError("mlp::" + who + " is empty");
  require_one_each(who, data);
  check_finite(set, "x", data.x);
  const Shape output = model.output_shape({data.size(), data.x.cols()});
  if constexpr (std::same_as<Y, Labels>) {
    if constexpr (requires { loss.check_labels(data.y, output.cols); }) loss.check_labels(data.y, output.cols);
  } else {
    check_finite(set, "y", data.y);
    const Shape targets{data.y.rows(), data.y.cols()};
    if (targets != output) throw ShapeError::expected(who, "targets", output, targets);
    if constexpr (requires { loss.check_targets(view(data.y)); }) loss.check_targets(view(data.y));
  }
  checked_total(who, data.weights, data.size());
  if (weight_of(loss, data) == 0) throw ValueError("mlp::fit: no sample of the " + set + " set counts");
}

}  // namespace mlp::detail
