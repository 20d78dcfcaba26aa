// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <mlp/core/view.hpp>
#include <mlp/math/rng.hpp>

// Initial values of a weight W [out, in] (fan_in = in, fan_out = out), drawn row by row: equal to torch.nn.init to the
// last bit from the same seed.

namespace mlp {

/// W ~ U(low, high), as `torch.nn.init.uniform_`.
template <class T>
void uniform_init(MatrixView<T> w, T low, T high, Rng& rng) {
  for (Index i = 0; i < w.rows(); ++i)
    for (Index j = 0; j < w.cols(); ++j) w(i, j) = rng.uniform(low, high);
}

/// PyTorch's default for `Linear`, weight and bias: U(-b, b) with b = 1/sqrt(fan_in).
/// Source: torch.nn.Linear.reset_parameters, which writes it as kaiming_uniform with a = sqrt(5).
template <class T>
void linear_init(MatrixView<T> w, Index fan_in, Rng& rng) {
  const double bound = 1.0 / std::sqrt(static_cast<double>(fan_in));
  uniform_init(w, static_cast<T>(-bound), static_cast<T>(bound), rng);
}

/// He et al. 2015: U(-b, b) with b = gain sqrt(3 / fan_in); the gain of ReLU is sqrt(2).
template <class T>
void kaiming_uniform_init(MatrixView<T> w, Rng& rng, double gain = std::numbers::sqrt2) {
  const double bound = std::sqrt(3.0) * (gain / std::sqrt(static_cast<double>(w.cols())));
  uniform_init(w, static_cast<T>(-bound), static_cast<T>(bound), rng);
}

/// Glorot and Bengio 2010: U(-b, b) with b = gain sqrt(6 / (fan_in + fan_out)); the gain of tanh is 5/3.
template <class T>
void xavier_uniform_init(MatrixView<T> w, Rng& rng, double gain = 1.0) {
  const double bound = std::sqrt(3.0) * (gain * std::sqrt(2.0 / static_cast<double>(w.rows() + w.cols())));
  uniform_init(w, static_cast<T>(-bound), static_cast<T>(bound), rng);
}

/// W = 0.
template <class T>
void zeros_init(MatrixView<T> w) {
  w.array().setZero();
}

}  // namespace mlp
