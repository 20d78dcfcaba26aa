// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/rng.hpp>

// Initial values of a weight W [out, in] (fan_in = in, fan_out = out), drawn row by row: equal to torch.nn.init to the
// last bit from the same seed, in float and in double. So the bounds are written as PyTorch computes them.
//
//     kaiming_uniform_init(layer.weight(), rng);

namespace mlp {

/// W ~ U(low, high), as torch.nn.init.uniform_.
template <class T>
void uniform_init(MatrixView<T> w, double low, double high, Rng& rng) {
  for (Index i = 0; i < w.rows(); ++i)
    for (Index j = 0; j < w.cols(); ++j) w(i, j) = rng.uniform(static_cast<T>(low), static_cast<T>(high));
}

/// Which of its two sizes a weight is scaled by: fan_in keeps the variance of the outputs, fan_out that of the
/// gradients.
enum class FanMode { fan_in, fan_out };

/// W ~ U(-b, b), b = gain sqrt(3 / fan), as torch.nn.init.kaiming_uniform_ (He et al. 2015). The gain of ReLU is
/// sqrt(2), of LeakyReLU sqrt(2 / (1 + slope^2)), of tanh 5/3, of none 1.
template <class T>
void kaiming_uniform_init(MatrixView<T> w, Rng& rng, double gain = std::numbers::sqrt2,
                          FanMode mode = FanMode::fan_in) {
  const double fan = static_cast<double>(mode == FanMode::fan_in ? w.cols() : w.rows());
  const double bound = std::sqrt(3.0) * (gain / std::sqrt(fan));
  uniform_init(w, -bound, bound, rng);
}

/// W ~ U(-b, b), b = gain sqrt(6 / (fan_in + fan_out)), as torch.nn.init.xavier_uniform_ (Glorot and Bengio 2010).
template <class T>
void xavier_uniform_init(MatrixView<T> w, Rng& rng, double gain = 1.0) {
  const double bound = std::sqrt(3.0) * (gain * std::sqrt(2.0 / static_cast<double>(w.rows() + w.cols())));
  uniform_init(w, -bound, bound, rng);
}

/// The initial values of torch.nn.Linear: W, then b [1, out], both from U(-1/sqrt(in), 1/sqrt(in)).
template <class T>
void linear_init(MatrixView<T> w, MatrixView<T> b, Rng& rng) {
  const double slope = std::sqrt(5.0);  // PyTorch reaches 1/sqrt(in) on this way, and rounds on it
  kaiming_uniform_init(w, rng, std::sqrt(2.0 / (1.0 + slope * slope)));
  const double bound = 1.0 / std::sqrt(static_cast<double>(w.cols()));
  uniform_init(b, -bound, bound, rng);
}

/// W ~ N(mean, std^2), as torch.nn.init.normal_. Fewer than 16 elements are drawn one after another, as Rng::normal
/// does. From 16 on all get a uniform number first, and eight deviates are made of each 16 of them with the next eight;
/// where 16 does not divide their number, the last 16 are drawn again. In double the bits are PyTorch's; in float its
/// logarithm and cosine are of another make and a few last bits differ. W must be dense.
/// @throws ValueError as Rng::normal does, and where rows have gaps between them
template <class T>
void normal_init(MatrixView<T> w, double mean, double stddev, Rng& rng) {
  if (w.stride() != w.cols() && w.rows() > 1) throw ValueError("mlp::normal_init: needs rows without gaps");
  detail::check_not_negative("normal_init", "std", stddev);
  T* const all = w.data();
  const Index n = w.size();
  if (n < 16) {
    for (Index i = 0; i < n; ++i) all[i] = static_cast<T>(rng.normal(mean, stddev));
    return;
  }
  const auto draw = [&](T* from) {
    for (Index i = 0; i < 16; ++i) from[i] = rng.uniform(T(0), T(1));
  };
  const auto transform = [&](T* from) {
    for (Index i = 0; i < 8; ++i) {
      const T r = std::sqrt(T(-2) * std::log(1 - from[i]));
      const T theta = T(2) * std::numbers::pi_v<T> * from[i + 8];
      from[i] = std::fma(r * std::cos(theta), static_cast<T>(stddev), static_cast<T>(mean));  // as PyTorch fuses it
      from[i + 8] = std::fma(r * std::sin(theta), static_cast<T>(stddev), static_cast<T>(mean));
    }
  };
  for (Index i = 0; i < n; ++i) all[i] = rng.uniform(T(0), T(1));
  for (Index i = 0; i + 16 <= n; i += 16) transform(all + i);
  if (n % 16 != 0) {
    draw(all + n - 16);
    transform(all + n - 16);
  }
}

/// W = 0.
template <class T>
void zeros_init(MatrixView<T> w) {
  detail::fill(w, 0);
}

}  // namespace mlp
