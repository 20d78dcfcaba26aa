// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/core/check.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/math/elementwise.hpp>

namespace mlp {

/// y = x where x > 0, else alpha (exp(x) - 1), element by element, as torch.nn.ELU. Shapes: x, y [batch, features].
///
/// Source: Clevert, Unterthiner, Hochreiter, "Fast and Accurate Deep Network Learning by Exponential Linear Units",
/// arXiv 1511.07289.
///
///     Sequential net{Linear(2, 128, rng), ELU(), Linear(128, 3, rng)};
struct ELU : ShapePreserving {
  /// @throws ValueError `mlp::ELU: alpha must be finite, got nan`
  explicit ELU(double a = 1) : alpha(a) { detail::check_finite("ELU", "alpha", alpha); }

  std::string describe() const { return "ELU(" + detail::number_text(alpha) + ")"; }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    apply_curve<Curve::elu>(x, y, {.a = static_cast<T>(alpha)});
  }

  template <class T>
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, ELU&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    if (dx)  // dx = dy where x > 0, else dy alpha exp(x)
      apply_curve_derivative<Curve::elu>(x, dy, dx, {.a = static_cast<T>(alpha)});
  }

  double alpha;
};

}  // namespace mlp
