// SPDX-License-Identifier: MIT
// An expression that is not yet computed where a view is asked for.
// error: (could not convert .*operator.* to .*ConstMatrixView<|no matching function for call to .rows)
#include <mlp/core/view.hpp>

mlp::Index rows(mlp::ConstMatrixView<float> m) {
  return m.rows();
}

int main() {
  const mlp::Matrix<float> m = mlp::Matrix<float>::Ones(2, 2);
#ifdef MUST_NOT_COMPILE
  return rows(m + m) == 2 ? 0 : 1;
#else
  return rows((m + m).eval()) == 2 ? 0 : 1;
#endif
}
