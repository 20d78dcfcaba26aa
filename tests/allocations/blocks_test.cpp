// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <mlp/layers/batch_norm_1d.hpp>
#include <mlp/layers/dropout.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/losses/cross_entropy.hpp>
#include <mlp/math/threads.hpp>
#include <mlp/models/mlp_mixer.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/models/tape.hpp>
#include <mlp/models/vision_transformer.hpp>
#include <mlp/optim/adamw.hpp>
#include <mlp/optim/clip_grad.hpp>
#include <mlp/optim/optimizer.hpp>

#include "support/allocation_count.hpp"

using namespace mlp;

namespace {

/// After the first step, steps in training and passes of prediction, with the largest batch and with smaller ones.
template <class Model>
void check_steps(Model net, Index classes, int threads) {
  using T = typename Model::Scalar;
  set_num_threads(threads);
  constexpr Index large = 40, small = 7;
  const Matrix<T> x = Matrix<T>::Random(large, net.in_features());
  Labels labels;
  for (Index i = 0; i < large; ++i) labels.push_back(static_cast<int>(i % classes));
  const Labels first_labels(labels.begin(), labels.begin() + small);
  const CrossEntropyLoss loss;
  Rng rng(1);
  Tape tape(net);
  Optimizer optimizer(net, AdamW({.lr = 1e-3, .weight_decay = 0.05}));
  const auto step = [&](Index batch) {
    const auto y = tape.forward(ConstMatrixView<T>(x).rows(0, batch), rng);
    loss(y, batch == large ? labels : first_labels, tape.output_gradient());
    tape.backward();
    clip_grad_norm(tape.gradient(), 1.0);
    optimizer.step(net, tape.gradient());
    tape.predict(ConstMatrixView<T>(x).rows(0, batch));
  };
  step(large);
  step(small);
  const testing::Allocations taken = testing::allocations_of([&] {
    for (int i = 0; i < 2; ++i) {
      step(large);
      step(small);
    }
  });
  set_num_threads(0);
  CHECK(taken.by_new == 0);
  CHECK(taken.by_malloc == 0);
}

}  // namespace

TEST_CASE("a steady step of a Mixer, a Vision Transformer, dropout and batch norms takes nothing from the heap") {
  Rng rng(1);
  for (const int threads : {1, 2})
    for (const double dropout : {0.0, 0.2}) {
      CAPTURE(threads);
      CAPTURE(dropout);
      check_steps(mlp_mixer<float>(
                      {.height = 16, .width = 16, .classes = 3, .features = 32, .layers = 2, .dropout = dropout}, rng),
                  3, threads);
      check_steps(vision_transformer<float>(
                      {.height = 16, .width = 16, .classes = 3, .features = 32, .layers = 2, .dropout = dropout}, rng),
                  3, threads);
      check_steps(Sequential{Linear<double>(20, 64, rng), BatchNorm1d<double>(64), ReLU(), Dropout<double>(dropout),
                             Linear<double>(64, 3, rng)},
                  3, threads);
    }
}
