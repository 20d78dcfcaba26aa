// SPDX-License-Identifier: MIT
// A program of somebody else: trains y = x1 - x2 for a moment and says whether the loss fell.
#include <iostream>

#include <mlp/mlp.hpp>

int main() {
  mlp::Rng rng(59);
  mlp::Sequential net{mlp::Linear(2, 8, rng), mlp::ReLU(), mlp::Linear(8, 1, rng)};
  mlp::Tape tape(net);
  mlp::Optimizer sgd(net, mlp::SGD({.lr = 0.1}));
  const mlp::MSELoss loss;

  mlp::Matrix<float> x(64, 2);
  mlp::uniform_init(mlp::view(x), -1.0f, 1.0f, rng);
  const mlp::Matrix<float> y = x.col(0) - x.col(1);
  double first = 0, last = 0;
  for (int epoch = 0; epoch < 200; ++epoch) {
    const auto prediction = tape.forward(x);
    last = loss(prediction, y, tape.output_gradient());
    if (epoch == 0) first = last;
    tape.backward();
    sgd.step(net, tape.gradient());
  }
  std::cout << "loss " << first << " -> " << last << '\n';
  return last < 0.05 * first ? 0 : 1;
}
