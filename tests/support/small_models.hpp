// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/models/mlp_mixer.hpp>
#include <mlp/models/vision_transformer.hpp>

namespace mlp::testing {

/// Models of images of 6 x 4 pixels in two colors, those of tests/reference/make_blocks.py.
inline const MlpMixerConfig small_mixer{.height = 6,
                                        .width = 4,
                                        .channels = 2,
                                        .classes = 3,
                                        .patch = 2,
                                        .features = 8,
                                        .layers = 2,
                                        .token_hidden = 5,
                                        .channel_hidden = 7};
inline const VisionTransformerConfig small_transformer{.height = 6,
                                                       .width = 4,
                                                       .channels = 2,
                                                       .classes = 3,
                                                       .patch = 2,
                                                       .features = 8,
                                                       .layers = 2,
                                                       .heads = 2,
                                                       .hidden = 7};

/// The same with dropout, which a prediction does not show.
inline VisionTransformerConfig small_dropping_transformer() {
  VisionTransformerConfig config = small_transformer;
  config.dropout = 0.1;
  return config;
}

}  // namespace mlp::testing
