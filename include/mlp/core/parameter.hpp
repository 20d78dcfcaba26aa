// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <mlp/core/view.hpp>

namespace mlp {

/// The dotted name of a parameter, PyTorch's: `0.weight`. A leaf names its own part; each container puts a part in
/// front. It is a chain of views into the stack of the visit, so visiting allocates nothing; `str()` makes the text.
struct ParameterName {
  std::string_view part;
  Index number = dynamic;  ///< used instead of `part` where it is not `dynamic`
  const ParameterName* rest = nullptr;
  int dimensions = 2;  ///< 1 for a vector [n], which is a matrix [1, n] here and has one dimension in files

  /// Of the parameter itself, not of the containers in front of it.
  int parameter_dimensions() const { return rest == nullptr ? dimensions : rest->parameter_dimensions(); }

  std::string str() const {
    const std::string head = number == dynamic ? std::string(part) : std::to_string(number);
    return rest == nullptr ? head : head + "." + rest->str();
  }
};

/// The number of elements of all parameters of a layer or model.
///
///     parameter_count(Linear(9, 64, rng))   // 640
template <class Model>
Index parameter_count(const Model& model) {
  Index count = 0;
  Model::visit_parameters([&](const ParameterName&, auto parameter) { count += parameter.size(); }, model);
  return count;
}

/// Sets every parameter to zero: the gradient, the velocity or the moments before the first step.
template <class Model>
void set_zero(Model& model) {
  Model::visit_parameters([](const ParameterName&, auto parameter) { parameter.array().setZero(); }, model);
}

}  // namespace mlp
