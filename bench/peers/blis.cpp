// SPDX-License-Identifier: MIT
#include <blis.h>

#include "blas.hpp"

namespace bench {

std::string blas_version() {
  return std::string("BLIS ") + bli_info_get_version_str() + ", " + bli_arch_string(bli_arch_query_id());
}
void set_blas_threads(int threads) {
  bli_thread_set_num_threads(threads);
}
bool blas_is_openmp() {
  return bli_info_get_enable_openmp() != 0;
}

}  // namespace bench
