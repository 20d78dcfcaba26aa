// SPDX-License-Identifier: MIT
#pragma once

namespace mlp::detail {

/// One step of SGD on one parameter:
///
///     g <- g + decay w
///     w <- w - lr g                                             without a velocity, else
///     v <- g at the first step, then momentum v + keep g
///     w <- w - lr v, w <- w - lr (g + momentum v) with nesterov
template <class T>
struct SgdStep {
  T lr = 0, decay = 0, momentum = 0, keep = 1;
  bool first = true, nesterov = false;
};

}  // namespace mlp::detail
