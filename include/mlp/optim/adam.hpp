// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/elementwise.hpp>
#include <mlp/optim/optimizer.hpp>

namespace mlp {

/// Where a weight decay goes: into the gradient (Adam), or into the weights themselves (AdamW).
enum class WeightDecay { in_gradient, decoupled };

template <WeightDecay Decay>
struct BasicAdamOptions {
  double lr = 1e-3;
  std::array<double, 2> betas{0.9, 0.999};  ///< of the averages of g and of g^2
  double eps = 1e-8;
  double weight_decay = Decay == WeightDecay::decoupled ? 1e-2 : 0;
  bool amsgrad = false;  ///< divides by the largest average of g^2 so far
};

/// Adam and AdamW, as torch.optim: step t, counted from 1, is
///
///     g <- g + weight_decay w              (Adam),     w <- w - lr weight_decay w    (AdamW)
///     m <- beta1 m + (1 - beta1) g
///     v <- beta2 v + (1 - beta2) g^2
///     w <- w - lr / (1 - beta1^t)  m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
///
/// With amsgrad the last line has the largest v so far.
/// Source: Kingma and Ba 2015; AMSGrad: Reddi et al. 2018; AdamW: Loshchilov and Hutter 2019; in PyTorch's order.
template <WeightDecay Decay>
class BasicAdam {
 public:
  using Options = BasicAdamOptions<Decay>;
  static constexpr const char* name = Decay == WeightDecay::decoupled ? "AdamW" : "Adam";
  static constexpr std::array<const char*, 3> state_names{"exp_avg", "exp_avg_sq", "max_exp_avg_sq"};
  std::array<bool, 3> state_needed() const { return {true, true, options_.amsgrad}; }

  /// @throws ValueError `mlp::Adam: lr must be at least 0 and finite, got -0.1`, so for eps and weight_decay too;
  ///   `mlp::Adam: betas[0] must be in [0, 1), got 1`.
  explicit BasicAdam(Options options = {}) : options_(options) {
    detail::check_not_negative(name, "lr", options.lr);
    detail::check_below_one(name, "betas[0]", options.betas[0]);
    detail::check_below_one(name, "betas[1]", options.betas[1]);
    detail::check_not_negative(name, "eps", options.eps);
    detail::check_not_negative(name, "weight_decay", options.weight_decay);
  }

  const Options& options() const { return options_; }
  double lr() const { return options_.lr; }

  /// "Adam(betas 0.9 0.999, eps 1e-08, weight_decay 0)"; the learning rate is a matter of the optimizer.
  std::string describe() const {
    return std::string(name) + "(betas " + detail::number_text(options_.betas[0]) + " " +
           detail::number_text(options_.betas[1]) + ", eps " + detail::number_text(options_.eps) + ", weight_decay " +
           detail::number_text(options_.weight_decay) + (options_.amsgrad ? ", amsgrad)" : ")");
  }

  template <class T>
  detail::AdamStep<T> step(double lr, Index number) const {
    const auto& [beta1, beta2] = options_.betas;
    const double t = static_cast<double>(number);
    const bool decoupled = Decay == WeightDecay::decoupled;
    return {.decay = static_cast<T>(decoupled ? 0 : options_.weight_decay),
            .shrink = static_cast<T>(decoupled ? 1 - lr * options_.weight_decay : 1),
            .beta1 = static_cast<T>(beta1),
            .share1 = static_cast<T>(1 - beta1),
            .beta2 = static_cast<T>(beta2),
            .share2 = static_cast<T>(1 - beta2),
            .rate = static_cast<T>(-(lr / (1 - std::pow(beta1, t)))),
            .correction = static_cast<T>(std::sqrt(1 - std::pow(beta2, t))),
            .eps = static_cast<T>(options_.eps),
            .amsgrad = options_.amsgrad};
  }

  template <class T>
  static void move(const detail::AdamStep<T>& step, MatrixView<T> w, ConstMatrixView<T> g,
                   const std::array<MatrixView<T>, 3>& state) {
    detail::step(step, w, g, state[0], state[1], state[2]);
  }

 private:
  Options options_;
};

/// Adam, with a weight decay (none by default) that is part of the gradient, as torch.optim.Adam.
///
///     Optimizer adam(net, Adam({.lr = 1e-3}));
using Adam = BasicAdam<WeightDecay::in_gradient>;
using AdamOptions = Adam::Options;

}  // namespace mlp
