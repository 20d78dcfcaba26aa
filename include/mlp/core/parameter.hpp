// SPDX-License-Identifier: MIT
#pragma once

#include <span>
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
  std::span<const Index> file_shape = {};  ///< in files, where it is neither [n] nor [rows, cols]
  bool statistic = false;                  ///< no optimizer moves it: its next value is where its gradient would be

  /// The parameter itself, without the containers in front of it.
  const ParameterName& leaf() const { return rest == nullptr ? *this : rest->leaf(); }

  [[gnu::cold]] std::string str() const {
    const std::string head = number == dynamic ? std::string(part) : std::to_string(number);
    return rest == nullptr ? head : head + "." + rest->str();
  }
};

/// A visitor of the parameters of a part, for a visitor `f` of the whole: puts the name or number of the part in front.
///
///     Linear<T>::visit_parameters(within("fc1", f), layers.fc1_...);
template <class F>
auto within(std::string_view part, F& f) {
  return [part, &f](const ParameterName& name, auto... views) {
    f(ParameterName{.part = part, .rest = &name}, views...);
  };
}
template <class F>
auto within(Index number, F& f) {
  return [number, &f](const ParameterName& name, auto... views) {
    f(ParameterName{.part = {}, .number = number, .rest = &name}, views...);
  };
}

/// The number of elements of all parameters of a layer or model, statistics left out.
///
///     parameter_count(Linear(9, 64, rng))   // 640
template <class Model>
Index parameter_count(const Model& model) {
  Index count = 0;
  Model::visit_parameters(
      [&](const ParameterName& name, auto parameter) { count += name.leaf().statistic ? 0 : parameter.size(); }, model);
  return count;
}

/// Sets every parameter to zero: the gradient, the velocity or the moments before the first step.
template <class Model>
void set_zero(Model& model) {
  Model::visit_parameters([](const ParameterName&, auto parameter) { detail::fill(parameter, 0); }, model);
}

}  // namespace mlp
