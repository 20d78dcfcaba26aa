// SPDX-License-Identifier: MIT
#include <mlp/mlp.hpp>
#if __has_include(<stb_image.h>)
#include <mlp/data/image_folder.hpp>
#endif
#if __has_include(<zlib.h>)
#include <mlp/data/mnist.hpp>
#include <mlp/data/npz.hpp>
#endif

mlp::Matrix<float> predict_elsewhere(const mlp::Matrix<float>& x) {
  mlp::Rng rng(59);
  const mlp::Sequential net{mlp::Linear(9, 16, rng), mlp::ReLU(), mlp::Linear(16, 1, rng)};
  return net.predict(x);
}

int num_threads_elsewhere() {
  return mlp::num_threads();
}
