// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/layers/layer.hpp>
#include <mlp/math/elementwise.hpp>

namespace mlp {

/// y = x Phi(x), Phi the distribution function of N(0, 1), element by element, as torch.nn.GELU; GELU(GELU::tanh) is
/// torch.nn.GELU(approximate='tanh'), y = x / 2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). Shapes: x, y [batch,
/// features]. Where x is negative y keeps its digits until it underflows; at -infinity it is 0.
///
/// Source: Hendrycks, Gimpel, "Gaussian Error Linear Units", arXiv 1606.08415.
///
///     Sequential net{Linear(2, 128, rng), GELU(), Linear(128, 3, rng)};
struct GELU : ShapePreserving {
  enum class Approximation { none, tanh };
  static constexpr Approximation none = Approximation::none;
  static constexpr Approximation tanh = Approximation::tanh;

  explicit GELU(Approximation approximation = none) : approximate(approximation) {}

  std::string describe() const { return approximate == tanh ? "GELU(tanh)" : "GELU()"; }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    if (approximate == tanh)
      apply_curve<Curve::gelu_tanh>(x, y);
    else
      apply_curve<Curve::gelu>(x, y);
  }

  template <class T>
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, GELU&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    if (!dx) return;
    if (approximate == tanh)
      apply_curve_derivative<Curve::gelu_tanh>(x, dy, dx);  // dx = dy s(v) (1 + x s(-v) v'), s the sigmoid
    else
      apply_curve_derivative<Curve::gelu>(x, dy, dx);  // dx = dy (Phi(x) + x Phi'(x))
  }

  Approximation approximate;
};

}  // namespace mlp
