// SPDX-License-Identifier: MIT
// Activations and layer norm forward and backward: time an element, and the bytes that must be read and written, a
// second. The sizes lie in the first cache, in the last ones, and in memory.
//
//     bench_elementwise --benchmark_filter=Tanh

#include "support/google_benchmark.hpp"
#include "support/models.hpp"

namespace {

struct Size {
  mlp::Index rows, cols;
};
constexpr Size sizes[] = {{32, 64}, {256, 1024}, {3136, 512}, {2048, 8192}};  // the third is of an MLP mixer

/// `matrices`: how many of [rows, cols] a pass reads and writes.
void report(benchmark::State& state, Size size, int matrices) {
  const double elements = static_cast<double>(size.rows * size.cols);
  state.counters["elements/s"] = benchmark::Counter(elements, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["time/element"] =
      benchmark::Counter(elements, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["bytes/s"] =
      benchmark::Counter(elements * sizeof(float) * matrices, benchmark::Counter::kIsIterationInvariantRate);
}

template <class Layer>
struct Pass {
  Pass(Layer made, Size size)
      : layer(std::move(made)), grad(layer), x(size.rows, size.cols), y(size.rows, size.cols), dy(x), dx(x) {
    bench::fill_random(x.data(), x.size(), 1, 3);
    bench::fill_random(dy.data(), dy.size(), 2);
    forward();
  }
  void forward() { layer.forward(mlp::ConstMatrixView<float>(x), mlp::view(y), cache); }
  void backward() {
    layer.backward(mlp::ConstMatrixView<float>(x), mlp::ConstMatrixView<float>(y), mlp::ConstMatrixView<float>(dy),
                   cache, grad, mlp::view(dx));
  }

  Layer layer, grad;
  typename Layer::Cache cache;
  mlp::Matrix<float> x, y, dy, dx;
};

template <class Layer>
void forward(benchmark::State& state, const Layer& layer, Size size) {
  mlp::set_num_threads(static_cast<int>(state.range(0)));
  Pass<Layer> pass(layer, size);
  for (auto _ : state) {
    pass.forward();
    benchmark::ClobberMemory();
  }
  report(state, size, 2);  // x, y
}

template <class Layer>
void backward(benchmark::State& state, const Layer& layer, Size size) {
  mlp::set_num_threads(static_cast<int>(state.range(0)));
  Pass<Layer> pass(layer, size);
  for (auto _ : state) {
    pass.backward();
    benchmark::ClobberMemory();
  }
  report(state, size, 3);  // x or y, dy, dx
}

template <class Layer>
void add(const Layer& layer, Size size) {
  const std::string name = layer.describe(), shape = "/" + std::to_string(size.rows) + "x" + std::to_string(size.cols);
  bench::add_benchmark(name + "/forward" + shape, forward<Layer>, layer, size);
  bench::add_benchmark(name + "/backward" + shape, backward<Layer>, layer, size);
}
template <class... Layers>
void add_all(const Layers&... layers) {
  for (const Size size : sizes) (add(layers, size), ...);
}

const bool registered = [] {
  add_all(mlp::ReLU(), mlp::Tanh(), mlp::Sigmoid(), mlp::Softmax(), mlp::GELU(), mlp::GELU(mlp::GELU::tanh),
          mlp::SiLU(), mlp::LeakyReLU(), mlp::ELU(), mlp::Softplus());
  for (const Size size : {Size{32, 64}, Size{3136, 128}, Size{3136, 512}}) add(mlp::LayerNorm(size.cols), size);
  return true;
}();

}  // namespace
