// SPDX-License-Identifier: MIT
#pragma once

namespace mlp {

/// The element-wise functions that no product applies to what it writes; their derivatives are computed from x:
///
///     gelu         y = x Phi(x), Phi the distribution of N(0, 1)     f' = Phi(x) + x Phi'(x)
///     gelu_tanh    y = x s(v), v = sqrt(8/pi) (x + 0.044715 x^3)     f' = s(v) (1 + x s(-v) v')
///     silu         y = x s(x), s(x) = 1 / (1 + e^-x)                 f' = s(x) (1 + x s(-x))
///     leaky_relu   y = x where x > 0, else slope x                   f' = 1 or slope
///     elu          y = x where x > 0, else alpha (e^x - 1)           f' = 1 or alpha e^x
///     softplus     y = x where beta x > threshold,                   f' = 1 or s(beta x)
///                      else log(1 + e^(beta x)) / beta
///     exp          y = e^x                                           f' = e^x
///     erf          y = 2/sqrt(pi) times the integral of e^(-t^2)     f' = 2/sqrt(pi) e^(-x^2)
///                      over t from 0 to x
enum class Curve { gelu, gelu_tanh, silu, leaky_relu, elu, softplus, exp, erf };

/// What they take besides x: `a` is slope, alpha or beta; `b` is the threshold.
template <class T>
struct CurveParameters {
  T a = 1;
  T b = 0;
};

}  // namespace mlp
