// SPDX-License-Identifier: MIT
// This library as a contestant: its products.
#include "../support/models.hpp"
#include "../support/protocol.hpp"

int main(int argc, char** argv) {
  return bench::products_program(argc, argv, [](bench::ProductData& data, int threads) {
    mlp::set_num_threads(threads);
    bench::serve_product(data, bench::mlp_version(), [&] { bench::multiply(data); });
  });
}
