// SPDX-License-Identifier: MIT
// Data in double for a model in float.
// error: (cannot convert|no viable conversion from) .*Matrix<double.* to .*ConstMatrixView<
#include <mlp/layers/linear.hpp>
#include <mlp/models/sequential.hpp>

#ifdef MUST_NOT_COMPILE
using Scalar = double;
#else
using Scalar = float;
#endif

int main() {
  const mlp::Sequential net{mlp::Linear(3, 2)};
  const mlp::Matrix<Scalar> x = mlp::Matrix<Scalar>::Ones(4, 3);
  return net.predict(x).rows() == 4 ? 0 : 1;
}
