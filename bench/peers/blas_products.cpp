// SPDX-License-Identifier: MIT
// The products of cblas_sgemm.
#include "blas.hpp"

#include "../support/protocol.hpp"

int main(int argc, char** argv) {
  return bench::products_program(argc, argv, [](bench::ProductData& data, int threads) {
    bench::set_blas_threads(threads);
    const auto& [batch, in, out, form, users] = data.product;
    float *const x = data.x.data(), *const w = data.w.data(), *const y = data.y.data();
    bench::serve_product(data, bench::blas_version(), [=, f = form, n = batch, i = in, o = out] {
      if (f == bench::Form::forward) bench::Blas::forward(x, w, y, n, i, o);
      if (f == bench::Form::dw) bench::Blas::weights(y, x, w, n, i, o, 1, 0);
      if (f == bench::Form::dx) bench::Blas::backward(y, w, x, n, i, o);
    });
  });
}
