// SPDX-License-Identifier: MIT
// A view that writes, of a matrix that is const.
// error: (conversion from|no viable conversion from) .*const .*Matrix<float.* to .*MatrixView<float>
#include <mlp/core/view.hpp>

#ifdef MUST_NOT_COMPILE
using Held = const mlp::Matrix<float>;
#else
using Held = mlp::Matrix<float>;
#endif

int main() {
  Held m = mlp::Matrix<float>::Zero(2, 2);
  const mlp::MatrixView<float> v = m;
  return v.rows() == 2 ? 0 : 1;
}
