// SPDX-License-Identifier: MIT
// Where MLPs live today, 1: the MLP-Mixer, beside the MLP of exercise 3 with about as many parameters.

#include <mlp/mlp.hpp>

#include <mlp/models/mlp_mixer.hpp>

#include "support/vision.hpp"

namespace {

template <class T>
mlp::Network<T> make_model(const examples::VisionData& data, const examples::VisionOptions& options, mlp::Rng& rng) {
  return mlp::mlp_mixer<T>({.height = data.side,
                            .width = data.side,
                            .classes = static_cast<mlp::Index>(data.classes.size()),
                            .patch = data.patch,
                            .features = options.faces() ? 96 : 64,
                            .layers = options.faces() ? 7 : 6,
                            .token_hidden = 64,
                            .channel_hidden = options.faces() ? 384 : 256},
                           rng);
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_vision(argc, argv, "mixer", "MLP-Mixer", {.patch = 4, .epochs = 10}, make_model<float>,
                              make_model<double>);
}
