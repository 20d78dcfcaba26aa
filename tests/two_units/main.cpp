// SPDX-License-Identifier: MIT
// Everything included in two translation units of one program: no symbol is defined twice, and what must be one is one.
#include <cstdio>

#include <mlp/mlp.hpp>
#if __has_include(<stb_image.h>)
#include <mlp/data/image_folder.hpp>
#endif
#if __has_include(<zlib.h>)
#include <mlp/data/mnist.hpp>
#include <mlp/data/npz.hpp>
#endif

mlp::Matrix<float> predict_elsewhere(const mlp::Matrix<float>& x);
int num_threads_elsewhere();

int main() {
  mlp::Rng rng(59);
  const mlp::Sequential net{mlp::Linear(9, 16, rng), mlp::ReLU(), mlp::Linear(16, 1, rng)};
  mlp::Matrix<float> x(5, 9);
  mlp::uniform_init(mlp::view(x), -1.0f, 1.0f, rng);
  if (net.predict(x) != predict_elsewhere(x)) return std::puts("two units predict differently"), 1;

  mlp::set_num_threads(1);
  if (num_threads_elsewhere() != 1) return std::puts("two units have a bound on threads each"), 1;
  return 0;
}
