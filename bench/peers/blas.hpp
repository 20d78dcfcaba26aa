// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <cblas.h>

#include "../support/workloads.hpp"

// The three products on the C interface of BLAS, for OpenBLAS and BLIS.

namespace bench {

/// Which of them this is, and its threads.
std::string blas_version();
void set_blas_threads(int threads);
/// Do its threads come from OpenMP?
bool blas_is_openmp();

struct Blas {
  /// y = x W^T
  static void forward(const float* x, const float* w, float* y, Index batch, Index in, Index out) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, number(batch), number(out), number(in), 1, x, number(in), w,
                number(in), 0, y, number(out));
  }
  /// dx = dy W
  static void backward(const float* dy, const float* w, float* dx, Index batch, Index in, Index out) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, number(batch), number(in), number(out), 1, dy, number(out),
                w, number(in), 0, dx, number(in));
  }
  /// dW = alpha dy^T x + beta dW
  static void weights(const float* dy, const float* x, float* dw, Index batch, Index in, Index out, float alpha,
                      float beta) {
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, number(out), number(in), number(batch), alpha, dy, number(out),
                x, number(in), beta, dw, number(in));
  }

 private:
  static int number(Index i) { return static_cast<int>(i); }
};

}  // namespace bench
