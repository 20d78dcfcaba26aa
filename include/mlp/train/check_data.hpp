// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>

#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/view.hpp>
#include <mlp/data/dataset.hpp>

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

/// @throws ValueError `mlp::fit: the validation set is empty`; ShapeError where the first layer takes another x
template <class Model, class Loss, class X, class Y>
void check_data(const std::string& set, const Model& model, const Loss& loss, const Dataset<X, Y>& data) {
  if (data.size() == 0) throw ValueError("mlp::fit: the " + set + " set is empty");
  check_finite(set, "x", data.x);
  const Shape output = model.output_shape({data.size(), data.x.cols()});
  if constexpr (std::same_as<Y, Labels>)
    loss.check_labels(data.y, output.cols);
  else
    check_finite(set, "y", data.y);
}

}  // namespace mlp::detail
