// SPDX-License-Identifier: MIT
// Sizes in the types of two layers that do not meet.
// error: mlp::Sequential: a layer's in_features is not the out_features of the layer before it
#include <mlp/layers/linear.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/models/sequential.hpp>

#ifdef MUST_NOT_COMPILE
using Second = mlp::Linear<float, 8, 2>;
#else
using Second = mlp::Linear<float, 16, 2>;
#endif

int main() {
  const mlp::Sequential net{mlp::Linear<float, 4, 16>(), mlp::ReLU(), Second()};
  return net.size() == 3 ? 0 : 1;
}
