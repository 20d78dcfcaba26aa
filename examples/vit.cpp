// SPDX-License-Identifier: MIT
// Where MLPs live today, 2: the Vision Transformer, beside the MLP of exercise 3 with about as many parameters.

#include <mlp/mlp.hpp>

#include <mlp/models/vision_transformer.hpp>

#include "support/vision.hpp"

namespace {

template <class T>
mlp::Network<T> make_model(const examples::VisionData& data, const examples::VisionOptions& options, mlp::Rng& rng) {
  return mlp::vision_transformer<T>({.height = data.side,
                                     .width = data.side,
                                     .classes = static_cast<mlp::Index>(data.classes.size()),
                                     .patch = data.patch,
                                     .features = options.faces() ? 96 : 64,
                                     .layers = 5,
                                     .heads = 4,
                                     .hidden = options.faces() ? 384 : 256},
                                    rng);
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_vision(argc, argv, "vit", "Vision Transformer", {.patch = 7, .epochs = 25}, make_model<float>,
                              make_model<double>);
}
