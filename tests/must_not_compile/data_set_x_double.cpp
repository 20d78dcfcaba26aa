// SPDX-License-Identifier: MIT
// Samples in double for a model in float.
// error: .*x of the data set is neither
#include <mlp/data/dataset.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/losses/mse.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/train/evaluate.hpp>

#ifdef MUST_NOT_COMPILE
using Scalar = double;
#else
using Scalar = float;
#endif

int main() {
  const mlp::Sequential net{mlp::Linear(3, 1)};
  const mlp::Dataset data{mlp::Matrix<Scalar>::Ones(4, 3).eval(), mlp::Matrix<float>::Ones(4, 1).eval()};
  const double loss = mlp::evaluate(net, mlp::MSELoss(), data);
  return loss == 1 ? 0 : 1;
}
