// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include <mlp/core/buffer.hpp>
#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/tokens.hpp>
#include <mlp/math/threads.hpp>

namespace mlp {

struct PatchEmbeddingOptions {
  Index height = 0, width = 0;  ///< of an image, in pixels; have to be given
  Index channels = 1;           ///< of an image
  Index patch = 0;              ///< side of a patch, in pixels; divides height and width
  Index features = 0;           ///< of a token
};

/// An image cut into square patches, each made a token by the same affine map: y_t = W p_t + b, as torch.nn.Conv2d(
/// channels, features, kernel_size=patch, stride=patch) and .flatten(2).transpose(1, 2).
///
/// Shapes: x [batch, channels * height * width], an image channel by channel and row by row; y [batch, tokens *
/// features], patches row by row; W [features, channels * patch * patch], in files [features, channels, patch, patch];
/// b [features]. Initial values as Linear, which are those of Conv2d.
/// Source: Dosovitskiy et al. 2020, equation 1.
///
///     PatchEmbedding embed({.height = 28, .width = 28, .patch = 4, .features = 128}, rng);   // 49 tokens
template <class T = float>
class PatchEmbedding {
 public:
  using Scalar = T;
  struct Cache {
    Buffer<T> patches, dpatches;  ///< [batch * tokens, channels * patch * patch]
    Buffer<T> y;                  ///< a copy of what has gaps between its rows
    typename Linear<T>::Cache linear;
  };

  /// All zeros. @throws ValueError `mlp::PatchEmbedding: patch must divide height and width, got 5, 28 and 28`, or if a
  /// size is below 1.
  explicit PatchEmbedding(PatchEmbeddingOptions options)
      : options_(checked(options)),
        file_shape_{options.features, options.channels, options.patch, options.patch},
        linear_(options.channels * options.patch * options.patch, options.features) {}
  PatchEmbedding(PatchEmbeddingOptions options, Rng& rng) : PatchEmbedding(options) {
    linear_init(linear_.weight(), linear_.bias(), rng);
  }

  const PatchEmbeddingOptions& options() const { return options_; }
  Index tokens() const { return across() * (options_.height / options_.patch); }
  Index in_features() const { return options_.channels * options_.height * options_.width; }
  MatrixView<T> weight() { return linear_.weight(); }
  ConstMatrixView<T> weight() const { return linear_.weight(); }

  /// "PatchEmbedding(1 x 28 x 28, patch 4 -> 49 tokens, 128 features)"
  std::string describe() const {
    return "PatchEmbedding(" + std::to_string(options_.channels) + " x " + std::to_string(options_.height) + " x " +
           std::to_string(options_.width) + ", patch " + std::to_string(options_.patch) + " -> " +
           std::to_string(tokens()) + " tokens, " + std::to_string(options_.features) + " features)";
  }

  Shape output_shape(Shape input) const {
    check_input(*this, input);
    return {input.rows, tokens() * options_.features};
  }

  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const {
    check_forward(*this, x, y);
    const MatrixView<T> patches = cache.patches.resize(x.rows() * tokens(), linear_.in_features());
    each_patch_row(x.rows(), [&](Index sample, Index token, Index column, Index pixel) {
      std::copy_n(x.row(sample) + pixel, options_.patch, patches.row(sample * tokens() + token) + column);
    });
    detail::write_tokens(y, tokens(), cache.y, [&](MatrixView<T> to) { linear_.forward(patches, to, cache.linear); });
  }

  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, PatchEmbedding& grad,
                MatrixView<T> dx, Update<T> update = {}) const {
    check_backward(*this, x, y, dy, dx);
    const ConstMatrixView<T> patches = cache.patches.view(), dy_t = detail::read_tokens(dy, tokens(), cache.y);
    const MatrixView<T> dpatches = dx ? cache.dpatches.resize(patches.shape()) : MatrixView<T>{};
    linear_.backward(patches, dy_t, dy_t, cache.linear, grad.linear_, dpatches, update);
    if (!dx) return;
    each_patch_row(x.rows(), [&](Index sample, Index token, Index column, Index pixel) {  // each pixel is of one patch
      std::copy_n(dpatches.row(sample * tokens() + token) + column, options_.patch, dx.row(sample) + pixel);
    });
  }

  template <class F, class First, class... Rest>
  static void visit_parameters(F&& f, First& first, Rest&... rest) {
    f(ParameterName{.part = "weight", .file_shape = first.file_shape_}, first.linear_.weight(),
      rest.linear_.weight()...);
    f(ParameterName{.part = "bias", .dimensions = 1}, first.linear_.bias(), rest.linear_.bias()...);
  }

 private:
  static PatchEmbeddingOptions checked(const PatchEmbeddingOptions& o) {
    detail::check_at_least("PatchEmbedding", "height", o.height, 1);
    detail::check_at_least("PatchEmbedding", "width", o.width, 1);
    detail::check_at_least("PatchEmbedding", "channels", o.channels, 1);
    detail::check_at_least("PatchEmbedding", "patch", o.patch, 1);
    detail::check_at_least("PatchEmbedding", "features", o.features, 1);
    constexpr Index most = 1 << 20;  // so that products of sizes are sizes
    for (const auto& [name, size] : {std::pair("height", o.height), {"width", o.width}, {"channels", o.channels}})
      if (size > most)
        throw ValueError(std::string("mlp::PatchEmbedding: ") + name + " must be at most " + std::to_string(most) +
                         ", got " + std::to_string(size));
    if (o.height % o.patch != 0 || o.width % o.patch != 0)
      throw ValueError("mlp::PatchEmbedding: patch must divide height and width, got " + std::to_string(o.patch) +
                       ", " + std::to_string(o.height) + " and " + std::to_string(o.width));
    return o;
  }

  Index across() const { return options_.width / options_.patch; }

  /// f(sample, token, column of the first pixel in the patch, number of the first pixel in the image) of every row of
  /// pixels of every patch.
  template <class F>
  void each_patch_row(Index batch, const F& f) const {
    const Index p = options_.patch;
    detail::in_parts(batch * in_features(), batch, 1, [&](Index first, Index count) {
      for (Index sample = first; sample < first + count; ++sample)
        for (Index token = 0; token < tokens(); ++token)
          for (Index channel = 0; channel < options_.channels; ++channel)
            for (Index row = 0; row < p; ++row)
              f(sample, token, (channel * p + row) * p,
                (channel * options_.height + token / across() * p + row) * options_.width + token % across() * p);
    });
  }

  PatchEmbeddingOptions options_;
  std::array<Index, 4> file_shape_;
  Linear<T> linear_;
};

}  // namespace mlp
