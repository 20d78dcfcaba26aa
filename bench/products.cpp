// SPDX-License-Identifier: MIT
// The products of a layer, y = x W^T, dW = dy^T x and dx = dy W, over the shapes of all workloads, and the step of SGD
// with weight decay that is made inside of the second.
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

/// W <- W - lr (dy^T x + decay W)
void step(benchmark::State& state, const bench::Product& p) {
  mlp::set_num_threads(static_cast<int>(state.range(0)));
  bench::ProductData data(p);
  const mlp::ConstMatrixView<float> x(data.x.data(), p.batch, p.in), dy(data.y.data(), p.batch, p.out);
  for (auto _ : state) {
    mlp::gemm_tn(dy, x, mlp::MatrixView<float>(data.w.data(), p.out, p.in), {-1e-6f, 1, 0.01f});
    benchmark::ClobberMemory();
  }
  bench::report_flops(state, p.flops(), static_cast<int>(state.range(0)));
}

const bool registered = [] {
  for (const bench::Product& p : bench::products()) {
    bench::add_benchmark(std::string(bench::name_of(p.form)) + "/" + p.shape(), product, p);
    if (p.form == bench::Form::dw) bench::add_benchmark("decay/" + p.shape(), step, p);
  }
  return true;
}();

}  // namespace
