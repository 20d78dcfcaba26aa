// SPDX-License-Identifier: MIT
// A layer whose type is float, as nobody said otherwise, in a model of doubles.
// error: mlp::Sequential: layers of float and of double
#include <mlp/layers/batch_norm_1d.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/models/sequential.hpp>

int main() {
#ifdef MUST_NOT_COMPILE
  const mlp::Sequential net{mlp::Linear<double>(3, 4), mlp::BatchNorm1d(4)};
#else
  const mlp::Sequential net{mlp::Linear<double>(3, 4), mlp::BatchNorm1d<double>(4)};
#endif
  return net.size() == 2 ? 0 : 1;
}
