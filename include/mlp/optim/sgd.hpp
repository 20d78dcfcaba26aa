// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/elementwise.hpp>
#include <mlp/optim/optimizer.hpp>

namespace mlp {

struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
};

/// Stochastic gradient descent, as torch.optim.SGD:
///
///     g <- g + weight_decay w
///     v <- g at the first step, then momentum v + (1 - dampening) g        (with momentum only)
///     w <- w - lr v,   w <- w - lr (g + momentum v) with nesterov,   w <- w - lr g without momentum
///
/// Source: Sutskever et al. 2013, in PyTorch's form.
///
///     Optimizer sgd(net, SGD({.lr = 0.1, .momentum = 0.9}));
class SGD {
 public:
  static constexpr const char* name = "SGD";
  static constexpr std::array<const char*, 1> state_names{"velocity"};
  std::array<bool, 1> state_needed() const { return {options_.momentum != 0}; }

  /// @throws ValueError `mlp::SGD: lr must be at least 0 and finite, got -0.1`, so for momentum and weight_decay too;
  ///   if dampening is not finite, or nesterov has no momentum or some dampening.
  explicit SGD(SGDOptions options = {}) : options_(options) {
    detail::check_not_negative(name, "lr", options.lr);
    detail::check_not_negative(name, "momentum", options.momentum);
    detail::check_not_negative(name, "weight_decay", options.weight_decay);
    detail::check_finite(name, "dampening", options.dampening);
    if (options.nesterov && (options.momentum == 0 || options.dampening != 0))
      throw ValueError("mlp::SGD: nesterov needs a momentum above 0 and a dampening of 0");
  }

  const SGDOptions& options() const { return options_; }
  double lr() const { return options_.lr; }

  /// "SGD(momentum 0.9, dampening 0, weight_decay 0)"; the learning rate is a matter of the optimizer.
  std::string describe() const {
    return "SGD(momentum " + detail::number_text(options_.momentum) + ", dampening " +
           detail::number_text(options_.dampening) + ", weight_decay " + detail::number_text(options_.weight_decay) +
           (options_.nesterov ? ", nesterov)" : ")");
  }

  /// w <- w - lr (dL/dw + weight_decay w), where there is no momentum: what a backward can do at once.
  template <class T>
  std::optional<Update<T>> update_in_backward(double lr) const {
    if (options_.momentum != 0) return std::nullopt;
    return Update<T>{static_cast<T>(-lr), 1, static_cast<T>(options_.weight_decay)};
  }

  template <class T>
  detail::SgdStep<T> step(double lr, Index number) const {
    return {.lr = static_cast<T>(lr),
            .decay = static_cast<T>(options_.weight_decay),
            .momentum = static_cast<T>(options_.momentum),
            .keep = static_cast<T>(1 - options_.dampening),
            .first = number == 1,
            .nesterov = options_.nesterov};
  }

  template <class T>
  static void move(const detail::SgdStep<T>& step, MatrixView<T> w, ConstMatrixView<T> g,
                   const std::array<MatrixView<T>, 1>& state) {
    if (step.momentum == T(0))
      update(w, {-step.lr, 1, step.decay}, g);
    else
      detail::step(step, w, g, state[0]);
  }

 private:
  SGDOptions options_;
};

}  // namespace mlp
