// SPDX-License-Identifier: MIT
// The products of a layer, y = x W^T, dW = dy^T x and dx = dy W, over the shapes of all workloads.
//
//     bench_products --benchmark_filter=forward/32x784x128      batch x in x out

#include "support/google_benchmark.hpp"
#include "support/models.hpp"

namespace {

void product(benchmark::State& state, const bench::Product& p) {
  mlp::set_num_threads(static_cast<int>(state.range(0)));
  bench::ProductData data(p);
  bench::multiply(data);
  data.check();
  for (auto _ : state) {
    bench::multiply(data);
    benchmark::ClobberMemory();
  }
  bench::report_flops(state, p.flops(), static_cast<int>(state.range(0)));
}

const bool registered = [] {
  for (const bench::Product& p : bench::products())
    bench::add_benchmark(std::string(bench::name_of(p.form)) + "/" + p.shape(), product, p);
  return true;
}();

}  // namespace
