// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/view.hpp>

namespace mlp {

namespace detail {

/// One output position reads input `first` and `second` with weights w0 and w1.
struct Tap {
  Index first;
  Index second;
  float w0;
  float w1;
};

/// The half-pixel rule: the centre of output i lies at (i + 1/2) * from / to - 1/2 of the input, clamped at the edge.
inline std::vector<Tap> bilinear_taps(Index from, Index to) {
  const auto scale = static_cast<double>(static_cast<float>(from) / static_cast<float>(to));  // PyTorch's is a float
  std::vector<Tap> taps(static_cast<std::size_t>(to));
  for (Index i = 0; i < to; ++i) {
    const double source = std::max(scale * (static_cast<double>(i) + 0.5) - 0.5, 0.0);
    const Index first = std::min(static_cast<Index>(source), from - 1);
    const auto w1 = static_cast<float>(std::min(source - static_cast<double>(first), 1.0));
    taps[static_cast<std::size_t>(i)] = {first, std::min(first + 1, from - 1), 1.0f - w1, w1};
  }
  return taps;
}

/// a * b + c rounded once. The product of two floats is exact in a double, whatever the compiler fuses.
inline float fused(float a, float b, float c) {
  return static_cast<float>(static_cast<double>(a) * static_cast<double>(b) + static_cast<double>(c));
}

/// The blend of four neighbors in exactly PyTorch's arithmetic, which is another for one channel than for several.
template <bool one_channel>
float blend(float p00, float p01, float p10, float p11, const Tap& v, const Tap& h) {
  if constexpr (one_channel)
    return static_cast<float>(static_cast<double>(p00) * static_cast<double>(v.w0 * h.w0) +
                              static_cast<double>(p01) * static_cast<double>(v.w0 * h.w1) +
                              static_cast<double>(p10) * static_cast<double>(v.w1 * h.w0) +
                              static_cast<double>(p11) * static_cast<double>(v.w1 * h.w1));
  else
    return fused(fused(p00, h.w0, p01 * h.w1), v.w0, fused(p10, h.w0, p11 * h.w1) * v.w1);
}

template <bool one_channel>
void resize_bilinear(ConstMatrixView<std::uint8_t> from, MatrixView<std::uint8_t> to, Index channels) {
  const std::vector<Tap> across = bilinear_taps(from.cols() / channels, to.cols() / channels);
  const std::vector<Tap> down = bilinear_taps(from.rows(), to.rows());
  for (Index i = 0; i < to.rows(); ++i) {
    const Tap& v = down[static_cast<std::size_t>(i)];
    const std::uint8_t* const upper = from.row(v.first);
    const std::uint8_t* const lower = from.row(v.second);
    std::uint8_t* out = to.row(i);
    for (const Tap& h : across)
      for (Index c = 0; c < channels; ++c) {
        const Index a = h.first * channels + c;
        const Index b = h.second * channels + c;
        const float value = blend<one_channel>(upper[a], upper[b], lower[a], lower[b], v, h);
        *out++ = static_cast<std::uint8_t>(std::nearbyint(value));  // half to even, as torch.round
      }
  }
}

}  // namespace detail

/// Resizes an image [height, width * channels] of bytes, channels side by side, to the size of `to`: bilinear, half-pixel
/// centres, no antialiasing, rounded half to even. To the last bit what
/// `torch.nn.functional.interpolate(x.float(), size, mode="bilinear").round()` gives on a CPU.
///
///     Matrix<std::uint8_t> large(180, 180);
///     resize_bilinear(face, large);   // face [48, 48]
///
/// @throws ShapeError `mlp::resize_bilinear: expected rows of 3 channels, got [48, 47]`; ValueError if an image is empty
inline void resize_bilinear(ConstMatrixView<std::uint8_t> from, MatrixView<std::uint8_t> to, Index channels = 1) {
  if (channels < 1) throw ValueError("mlp::resize_bilinear: expected at least 1 channel, got " + std::to_string(channels));
  for (const Shape shape : {from.shape(), to.shape()}) {
    if (shape.rows < 1 || shape.cols < 1)
      throw ValueError("mlp::resize_bilinear: expected an image, got " + to_string(shape));
    if (shape.cols % channels != 0)
      throw ShapeError("mlp::resize_bilinear: expected rows of " + std::to_string(channels) + " channels, got " +
                       to_string(shape));
  }
  if (channels == 1)
    detail::resize_bilinear<true>(from, to, channels);
  else
    detail::resize_bilinear<false>(from, to, channels);
}

}  // namespace mlp
