// SPDX-License-Identifier: MIT
// A pass forward of a matrix that dies before the pass back.
// error: .*deleted
#include <mlp/layers/linear.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/models/tape.hpp>

int main() {
  const mlp::Sequential net{mlp::Linear(3, 2)};
  mlp::Tape tape(net);
  const mlp::Matrix<float> x = mlp::Matrix<float>::Ones(4, 3);
#ifdef MUST_NOT_COMPILE
  const auto y = tape.forward(mlp::Matrix<float>(2 * x));
#else
  const auto y = tape.forward(x);
#endif
  return y.rows() == 4 ? 0 : 1;
}
