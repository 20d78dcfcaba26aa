// SPDX-License-Identifier: MIT
// A loader of a data set that dies at the end of the line.
// error: .*deleted
#include <mlp/data/data_loader.hpp>

int main() {
  const mlp::Dataset data{mlp::Matrix<float>::Ones(4, 3).eval(), mlp::Labels{0, 1, 2, 0}};
#ifdef MUST_NOT_COMPILE
  mlp::DataLoader loader(mlp::Dataset{data.x, data.y});
#else
  mlp::DataLoader loader(data);
#endif
  return loader.size() == 1 ? 0 : 1;
}
