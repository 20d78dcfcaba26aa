// SPDX-License-Identifier: MIT
// A column-major matrix where a view is asked for: it would have to be copied and transposed behind the caller's back.
// error: (cannot convert|no viable conversion from) .*Matrix<float, .* to .*ConstMatrixView<
#include <mlp/layers/linear.hpp>
#include <mlp/models/sequential.hpp>

#ifdef MUST_NOT_COMPILE
using Input = Eigen::MatrixXf;
#else
using Input = mlp::Matrix<float>;
#endif

int main() {
  const mlp::Sequential net{mlp::Linear(3, 2)};
  const Input x = Input::Ones(4, 3);
  return net.predict(x).rows() == 4 ? 0 : 1;
}
