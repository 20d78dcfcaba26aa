// SPDX-License-Identifier: MIT
// Activations, layer norm and batch norm forward and backward as in training, and the cross entropy with its gradient:
// time an element, and the bytes that must be read and written, a second. The sizes lie in the first cache, in the last
// ones, and in memory.
//
//     bench_elementwise --benchmark_filter=Tanh

#include <vector>

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
  void forward() {
    const mlp::ConstMatrixView<float> from(x);
    if constexpr (requires { layer.forward(from, mlp::view(y), cache, mlp::Training()); })
      layer.forward(from, mlp::view(y), cache, mlp::Training());
    else
      layer.forward(from, mlp::view(y), cache);
  }
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

/// The loss of labels and its gradient.
void cross_entropy(benchmark::State& state, Size size) {
  mlp::set_num_threads(static_cast<int>(state.range(0)));
  mlp::Matrix<float> y(size.rows, size.cols), dy(size.rows, size.cols);
  bench::fill_random(y.data(), y.size(), 1, 3);
  std::vector<int> labels(static_cast<std::size_t>(size.rows));
  for (std::size_t i = 0; i < labels.size(); ++i)
    labels[i] = static_cast<int>(7 * i % static_cast<std::size_t>(size.cols));
  const mlp::CrossEntropyLoss loss;
  for (auto _ : state) {
    benchmark::DoNotOptimize(loss(mlp::ConstMatrixView<float>(y), labels, mlp::view(dy)));
    benchmark::ClobberMemory();
  }
  report(state, size, 2);  // y, dy
}

std::string name_of(Size size) {
  return "/" + std::to_string(size.rows) + "x" + std::to_string(size.cols);
}

template <class Layer>
void add(const Layer& layer, Size size) {
  const std::string name = layer.describe(), shape = name_of(size);
  bench::add_benchmark(name + "/forward" + shape, forward<Layer>, layer, size);
  bench::add_benchmark(name + "/backward" + shape, backward<Layer>, layer, size);
}
template <class... Layers>
void add_all(const Layers&... layers) {
  for (const Size size : sizes) (add(layers, size), ...);
}

const bool registered = [] {
  add_all(mlp::ReLU(), mlp::Tanh(), mlp::Sigmoid(), mlp::Softmax(), mlp::LogSoftmax(), mlp::GELU(),
          mlp::GELU(mlp::GELU::tanh), mlp::SiLU(), mlp::LeakyReLU(), mlp::ELU(), mlp::Softplus());
  for (const Size size : {Size{32, 64}, Size{3136, 128}, Size{3136, 512}}) add(mlp::LayerNorm(size.cols), size);
  for (const Size size : {Size{32, 64}, Size{256, 512}, Size{3136, 512}}) add(mlp::BatchNorm1d(size.cols), size);
  for (const Size size : {Size{32, 10}, Size{4096, 10}, Size{32, 1000}, Size{1024, 1000}})
    bench::add_benchmark("CrossEntropyLoss" + name_of(size), cross_entropy, size);
  return true;
}();

}  // namespace
