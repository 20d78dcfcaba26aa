// SPDX-License-Identifier: MIT
// The training loop of the slides, written out: what mlp::fit does, step by step, with the same numbers.
#include <cstdio>
#include <iostream>

#include <mlp/mlp.hpp>

using namespace mlp;

int main() {
  Rng data_rng(0);
  const Dataset points = make_spirals({.points_per_arm = 100, .arms = 3}, data_rng);  // x [300, 2], y [300]

  Rng rng(59);
  Sequential net{Linear<double>(2, 128, rng), ReLU(), Linear<double>(128, 3, rng)};

  CrossEntropyLoss loss;
  Optimizer sgd(net, SGD({.lr = 0.1}));
  DataLoader loader(points, {.batch_size = 32, .shuffle = true});
  Tape tape(net);
  for (int epoch = 1; epoch <= 100; ++epoch) {
    double sum = 0;
    for (const auto& batch : loader.epoch(rng)) {
      const auto logits = tape.forward(batch.x);                           // y = f(x)
      const double value = loss(logits, batch.y, tape.output_gradient());  // L and dL/dy
      tape.backward();                                                     // dL/dw of every weight
      sgd.step(net, tape.gradient());                                      // w <- w - lr dL/dw
      sum += value * static_cast<double>(batch.size());
    }
    if (epoch % 20 == 0) std::printf("epoch %3d  loss %.4f\n", epoch, sum / static_cast<double>(points.size()));
  }
  std::printf("accuracy %.3f\n", accuracy_score(points.y, argmax_rows(net.predict(points.x))));

  // In one call, from the same initial weights and the same place of the random stream:
  Rng again(59);
  Sequential other{Linear<double>(2, 128, again), ReLU(), Linear<double>(128, 3, again)};
  fit(other, loss, SGD({.lr = 0.1}), points, {.epochs = 100, .batch_size = 32, .progress = Progress::silent}, again);
  const bool same = net.predict(points.x) == other.predict(points.x);
  std::printf("fit makes %s network\n", same ? "the same" : "ANOTHER");
  return same ? 0 : 1;
}
