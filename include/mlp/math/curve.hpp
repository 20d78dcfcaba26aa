// SPDX-License-Identifier: MIT
#pragma once

namespace mlp {

/// The element-wise functions whose derivative needs x, so that no product can apply them to what it writes:
///
///     gelu         y = x Phi(x), Phi the distribution of N(0, 1)     f' = Phi(x) + x Phi'(x)
///     gelu_tanh    y = x s(v), v = sqrt(8/pi) (x + 0.044715 x^3)     f' = s(v) (1 + x s(-v) v')
///     silu         y = x s(x), s(x) = 1 / (1 + e^-x)                 f' = s(x) (1 + x s(-x))
///     leaky_relu   y = x where x > 0, else slope x                   f' = 1 or slope
///     elu          y = x where x > 0, else alpha (e^x - 1)           f' = 1 or alpha e^x
///     softplus     y = x where beta x > threshold,                   f' = 1 or s(beta x)
///                      else log(1 + e^(beta x)) / beta
enum class Curve { gelu, gelu_tanh, silu, leaky_relu, elu, softplus };

/// What they take besides x: `a` is slope, alpha or beta; `b` is the threshold.
template <class T>
struct CurveParameters {
  T a = 1;
  T b = 0;
};

}  // namespace mlp
