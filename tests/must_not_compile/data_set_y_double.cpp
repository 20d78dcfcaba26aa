// SPDX-License-Identifier: MIT
// Targets in double for a model in float.
// error: .*y of the data set is neither
#include <mlp/data/dataset.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/losses/mse.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/optim/sgd.hpp>
#include <mlp/train/fit.hpp>

#ifdef MUST_NOT_COMPILE
using Scalar = double;
#else
using Scalar = float;
#endif

int main() {
  mlp::Sequential net{mlp::Linear(3, 1)};
  const mlp::Dataset data{mlp::Matrix<float>::Ones(4, 3).eval(), mlp::Matrix<Scalar>::Ones(4, 1).eval()};
  mlp::Rng rng(0);
  const double loss = mlp::fit(net, mlp::MSELoss(), mlp::SGD(), data, {.epochs = 1}, rng).epochs[0].train_loss;
  return loss == 1 ? 0 : 1;
}
