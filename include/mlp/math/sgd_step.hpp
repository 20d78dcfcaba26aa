// SPDX-License-Identifier: MIT
#pragma once

namespace mlp::detail {

/// One step of SGD on one parameter with a velocity (without one it is an Update):
///
///     g <- g + decay w
///     v <- g at the first step, then momentum v + keep g
///     w <- w - lr v, or w - lr (g + momentum v) with nesterov
template <class T>
struct SgdStep {
  T lr = 0, decay = 0, momentum = 0, keep = 1;
  bool first = true, nesterov = false;
};

}  // namespace mlp::detail
