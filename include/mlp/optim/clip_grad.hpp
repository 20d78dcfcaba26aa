// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <mlp/core/check.hpp>
#include <mlp/core/parameter.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/elementwise.hpp>
#include <mlp/math/reduce.hpp>

namespace mlp {

namespace detail {

/// f(g) of each parameter; not of statistics, whose place in a gradient holds no derivative.
template <class F, class Model>
void visit_gradients(const F& f, Model& gradient) {
  Model::visit_parameters(
      [&](const ParameterName& name, MatrixView<typename Model::Scalar> g) {
        if (!name.leaf().statistic) f(g);
      },
      gradient);
}

}  // namespace detail

/// Shortens a gradient whose length, over all parameters together, is above `max_norm`, as
/// torch.nn.utils.clip_grad_norm_:
///
///     norm = sqrt(sum of g^2),   g <- g min(1, max_norm / (norm + 1e-6))
///
/// Returns the norm before, the same to the last bit whatever the number of threads. An infinite max_norm only
/// measures a norm that is finite. A norm that is NaN makes NaN of the gradient, and so does an infinite one where
/// max_norm is infinite, too, else of the infinite elements, as in PyTorch.
///
///     tape.backward();
///     clip_grad_norm(tape.gradient(), 1.0);
///     sgd.step(net, tape.gradient());
///
/// @throws ValueError `mlp::clip_grad_norm: max_norm must be above 0, got 0`
template <class Model>
double clip_grad_norm(Model& gradient, double max_norm) {
  using T = typename Model::Scalar;
  detail::check_above_zero("clip_grad_norm", "max_norm", max_norm);
  double sum = 0;
  detail::visit_gradients([&](MatrixView<T> g) { sum += sum_of_squares<T>(g); }, gradient);
  const double norm = std::sqrt(sum);
  const double factor = max_norm / (norm + 1e-6);
  if (factor >= 1) return norm;
  detail::visit_gradients([&](MatrixView<T> g) { update(g, {static_cast<T>(factor), 0, 0}, g); }, gradient);
  return norm;
}

/// Puts every element of a gradient within [-value, value], as torch.nn.utils.clip_grad_value_. A NaN stays.
///
///     clip_grad_value(tape.gradient(), 0.5);
///
/// @throws ValueError `mlp::clip_grad_value: value must be above 0, got 0`
template <class Model>
void clip_grad_value(Model& gradient, double value) {
  using T = typename Model::Scalar;
  detail::check_above_zero("clip_grad_value", "value", value);
  detail::visit_gradients([&](MatrixView<T> g) { detail::clamp(g, static_cast<T>(value)); }, gradient);
}

}  // namespace mlp
