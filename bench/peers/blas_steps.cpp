// SPDX-License-Identifier: MIT
// The hand-made trainer on cblas_sgemm.
#include "blas.hpp"
#include "hand_made.hpp"

namespace {

using bench::Blas;
using bench::Index;
using bench::hand_made::LayerShape;

struct Products {
  static bool parallel() { return openmp; }
  static void forward(const float* x, const float* w, float* y, const LayerShape& s) {
    Blas::forward(x, w, y, s.batch, s.in, s.out);
  }
  static void backward(const float* dy, const float* w, float* dx, const LayerShape& s) {
    Blas::backward(dy, w, dx, s.batch, s.in, s.out);
  }
  static void update(const float* dy, const float* x, float* w, const LayerShape& s) {
    Blas::weights(dy, x, w, s.batch, s.in, s.out, -s.lr, 1);
  }
  static void add_bias_tanh(float* y, const float* b, Index n) { bench::hand_made::add_bias_tanh(y, b, n); }

  static inline const bool openmp = bench::blas_is_openmp();
};

}  // namespace

int main(int argc, char** argv) {
  return bench::steps_program(argc, argv, [](const bench::Workload& w, int threads) {
    bench::set_blas_threads(threads);
    bench::hand_made::serve<bench::hand_made::PlainLayer<Products>>(w, bench::blas_version());
  });
}
