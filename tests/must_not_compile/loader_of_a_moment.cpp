// SPDX-License-Identifier: MIT
// Batches of a loader that dies before the first of them.
// error: .*(discards qualifiers|non-const lvalue)
#include <mlp/data/data_loader.hpp>

int main() {
  const mlp::Dataset data{mlp::Matrix<float>::Ones(4, 3).eval(), mlp::Labels{0, 1, 2, 0}};
  mlp::Rng rng(59);
  mlp::Index samples = 0;
#ifdef MUST_NOT_COMPILE
  for (const auto& batch : mlp::DataLoader(data).epoch(rng)) samples += batch.x.rows();
#else
  mlp::DataLoader loader(data);
  for (const auto& batch : loader.epoch(rng)) samples += batch.x.rows();
#endif
  return samples == 4 ? 0 : 1;
}
