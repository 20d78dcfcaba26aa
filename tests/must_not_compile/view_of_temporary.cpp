// SPDX-License-Identifier: MIT
// A view that writes, of a matrix that dies at the end of the line.
// error: (could not convert .*to .*MatrixView<float>|no matching function for call to .fill)
#include <mlp/core/view.hpp>

void fill(mlp::MatrixView<float> m) {
  m.array() = 1.0f;
}

int main() {
  mlp::Matrix<float> m(2, 2);
#ifdef MUST_NOT_COMPILE
  fill(mlp::Matrix<float>(2, 2));
#else
  fill(m);
#endif
  return m.size() == 4 ? 0 : 1;
}
