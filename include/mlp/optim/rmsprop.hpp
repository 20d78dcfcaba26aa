// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/elementwise.hpp>
#include <mlp/optim/optimizer.hpp>

namespace mlp {

struct RMSpropOptions {
  double lr = 1e-2;
  double alpha = 0.99;  ///< of the averages of g^2 and of g
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum = 0;
  bool centered = false;  ///< divides by the deviation of g instead of its root mean square
};

/// RMSprop, as torch.optim.RMSprop:
///
///     g <- g + weight_decay w
///     s <- alpha s + (1 - alpha) g^2,    a <- alpha a + (1 - alpha) g             (a with centered only)
///     d = sqrt(s) + eps,                 d = sqrt(s - a^2) + eps with centered
///     u <- momentum u + g / d,  w <- w - lr u,   w <- w - lr g / d without momentum
///
/// s - a^2 is the variance of g, never negative but by rounding; then 0 is taken, where PyTorch's weights become NaN.
/// Source: Tieleman and Hinton 2012, lecture 6.5; centered: Graves 2013.
///
///     Optimizer rmsprop(net, RMSprop({.lr = 1e-3}));
class RMSprop {
 public:
  static constexpr const char* name = "RMSprop";
  static constexpr std::array<const char*, 3> state_names{"square_avg", "momentum_buffer", "grad_avg"};
  std::array<bool, 3> state_needed() const { return {true, options_.momentum != 0, options_.centered}; }

  /// @throws ValueError `mlp::RMSprop: lr must be at least 0 and finite, got -0.1`, so for eps, weight_decay and
  ///   momentum too; `mlp::RMSprop: alpha must be in [0, 1), got 1`.
  explicit RMSprop(RMSpropOptions options = {}) : options_(options) {
    detail::check_not_negative(name, "lr", options.lr);
    detail::check_below_one(name, "alpha", options.alpha);
    detail::check_not_negative(name, "eps", options.eps);
    detail::check_not_negative(name, "weight_decay", options.weight_decay);
    detail::check_not_negative(name, "momentum", options.momentum);
  }

  const RMSpropOptions& options() const { return options_; }
  double lr() const { return options_.lr; }

  /// "RMSprop(alpha 0.99, eps 1e-08, weight_decay 0, momentum 0)"; the learning rate is a matter of the optimizer.
  std::string describe() const {
    return "RMSprop(alpha " + detail::number_text(options_.alpha) + ", eps " + detail::number_text(options_.eps) +
           ", weight_decay " + detail::number_text(options_.weight_decay) + ", momentum " +
           detail::number_text(options_.momentum) + (options_.centered ? ", centered)" : ")");
  }

  template <class T>
  detail::RmspropStep<T> step(double lr, Index /*number*/) const {
    return {.decay = static_cast<T>(options_.weight_decay),
            .alpha = static_cast<T>(options_.alpha),
            .share = static_cast<T>(1 - options_.alpha),
            .eps = static_cast<T>(options_.eps),
            .momentum = static_cast<T>(options_.momentum),
            .rate = static_cast<T>(-lr),
            .centered = options_.centered};
  }

  template <class T>
  static void move(const detail::RmspropStep<T>& step, MatrixView<T> w, ConstMatrixView<T> g,
                   const std::array<MatrixView<T>, 3>& state) {
    detail::step(step, w, g, state[0], state[1], state[2]);
  }

 private:
  RMSpropOptions options_;
};

}  // namespace mlp
