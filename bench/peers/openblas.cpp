// SPDX-License-Identifier: MIT
#include "blas.hpp"

#include <cblas-openblas.h>

namespace bench {

std::string blas_version() {
  return openblas_get_config();
}
void set_blas_threads(int threads) {
  openblas_set_num_threads(threads);
}
bool blas_is_openmp() {
  return openblas_get_parallel() == OPENBLAS_OPENMP;
}

}  // namespace bench
