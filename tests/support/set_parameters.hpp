// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <mlp/core/parameter.hpp>
#include <mlp/core/view.hpp>

#include "support/reference.hpp"

namespace mlp::testing {

/// Gives a layer or model the stored parameters {name: rows}: all of them, and no others.
template <class T, class Model>
void set_parameters(Model& model, const nlohmann::json& parameters) {
  std::size_t count = 0;
  Model::visit_parameters(
      [&](const ParameterName& name, MatrixView<T> p) {
        CAPTURE(name.str());
        REQUIRE(parameters.contains(name.str()));
        const Matrix<T> values = to_matrix<T>(parameters[name.str()]);
        REQUIRE(values.size() == p.size());
        p.matrix() = values.template reshaped<Eigen::RowMajor>(p.rows(), p.cols());
        ++count;
      },
      model);
  CHECK(count == parameters.size());
}

/// The largest error of a gradient against the stored ones, relative as in max_relative_error.
template <class T, class Model>
double worst_gradient_error(const Model& gradient, const nlohmann::json& expected) {
  double worst = 0;
  Model::visit_parameters(
      [&](const ParameterName& name, ConstMatrixView<T> g) {
        const Matrix<T> values = to_matrix<T>(expected[name.str()]);
        worst = std::max(worst, max_relative_error(g, values.template reshaped<Eigen::RowMajor>(g.rows(), g.cols())));
      },
      gradient);
  return worst;
}

}  // namespace mlp::testing
