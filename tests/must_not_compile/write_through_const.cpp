// SPDX-License-Identifier: MIT
// Writing through a view that only reads.
// error: (assignment of read-only location|cannot assign to return value because function .operator)
#include <mlp/core/view.hpp>

int main() {
  mlp::Matrix<float> m = mlp::Matrix<float>::Zero(2, 2);
#ifdef MUST_NOT_COMPILE
  const mlp::ConstMatrixView<float> v = m;
#else
  const mlp::MatrixView<float> v = m;
#endif
  v(1, 1) = 3;
  return m(1, 1) == 3 ? 0 : 1;
}
