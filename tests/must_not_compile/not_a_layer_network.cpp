// SPDX-License-Identifier: MIT
// A type that is no layer in a model whose layers are chosen at run time.
// error: (cannot convert|no viable conversion from) .float. to .*AnyLayer<float>
#include <mlp/layers/relu.hpp>
#include <mlp/models/network.hpp>

int main() {
  mlp::Network<float> net;
#ifdef MUST_NOT_COMPILE
  net.add(1.5f);
#else
  net.add(mlp::ReLU());
#endif
  return net.size() == 1 ? 0 : 1;
}
