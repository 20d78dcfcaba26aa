// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include <mlp/core/parameter.hpp>
#include <mlp/core/view.hpp>

namespace mlp::testing {

/// Gives a model's parameters the values of a flat array: parameter after parameter, each row by row.
template <class Model>
void assign_values(Model& model, const nlohmann::json& values) {
  using T = typename Model::Scalar;
  std::size_t next = 0;
  Model::visit_parameters(
      [&](const ParameterName&, MatrixView<T> w) {
        for (Index i = 0; i < w.rows(); ++i)
          for (Index j = 0; j < w.cols(); ++j) w(i, j) = values.at(next++).get<T>();
      },
      model);
  if (next != values.size()) throw ValueError("the model has fewer parameters than there are values");
}

/// The largest |w - value| / max(1, |value|) over all parameters; infinite if there are more values.
template <class Model>
double largest_difference(const Model& model, const nlohmann::json& values) {
  using T = typename Model::Scalar;
  std::size_t next = 0;
  double worst = 0;
  Model::visit_parameters(
      [&](const ParameterName&, ConstMatrixView<T> w) {
        for (Index i = 0; i < w.rows(); ++i)
          for (Index j = 0; j < w.cols(); ++j) {
            const double value = static_cast<double>(values.at(next++).get<T>());
            const double error = std::abs(static_cast<double>(w(i, j)) - value) / std::max(1.0, std::abs(value));
            if (!(error <= worst)) worst = error;  // a NaN is kept
          }
      },
      model);
  return next == values.size() ? worst : std::numeric_limits<double>::infinity();
}

}  // namespace mlp::testing
