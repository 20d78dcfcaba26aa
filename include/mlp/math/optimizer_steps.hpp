// SPDX-License-Identifier: MIT
#pragma once

namespace mlp::detail {

// The numbers of one step of an optimizer on one parameter w with gradient g. What it keeps of the parameter has the
// shape of w; a state that the step does not use may be any view of that shape.

/// SGD with a velocity v (without one it is an Update):
///
///     g <- g + decay w
///     v <- g at the first step, then momentum v + keep g
///     w <- w - lr v, or w - lr (g + momentum v) with nesterov
template <class T>
struct SgdStep {
  T lr = 0, decay = 0, momentum = 0, keep = 1;
  bool first = true, nesterov = false;
};

/// Adam and AdamW, with the averages m and v, and with amsgrad the largest v so far:
///
///     g <- g + decay w
///     m <- beta1 m + share1 g,   v <- beta2 v + share2 g^2,   with amsgrad v <- largest <- max(largest, v)
///     w <- shrink w + rate m / (sqrt(v) / correction + eps)
template <class T>
struct AdamStep {
  T decay = 0, shrink = 1, beta1 = 0, share1 = 1, beta2 = 0, share2 = 1, rate = 0, correction = 1, eps = 0;
  bool amsgrad = false;
};

/// RMSprop, with the average of g^2, the velocity u (used with a momentum) and the average of g (used if centered):
///
///     g <- g + decay w
///     square <- alpha square + share g^2,   mean <- alpha mean + share g
///     size = sqrt(square) + eps,   with centered sqrt(square - mean^2) + eps
///     u <- momentum u + g / size,   w <- w + rate u,   w <- w + rate g / size without momentum
template <class T>
struct RmspropStep {
  T decay = 0, alpha = 0, share = 1, eps = 0, momentum = 0, rate = 0;
  bool centered = false;
};

}  // namespace mlp::detail
