// SPDX-License-Identifier: MIT
#pragma once

namespace mlp {

/// The element-wise functions that a product can apply to what it writes, y = f(x):
///
///     identity   y = x                  f' = 1
///     relu       y = max(0, x)          f' = 1 where y > 0, else 0
///     tanh       y = tanh(x)            f' = 1 - y^2
///     sigmoid    y = 1 / (1 + e^-x)     f' = y (1 - y)
enum class Activation { identity, relu, tanh, sigmoid };

}  // namespace mlp
