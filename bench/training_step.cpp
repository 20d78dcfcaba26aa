// SPDX-License-Identifier: MIT
// The time of a training step (forward, loss, backward, SGD) and of a prediction, on the networks of the exercises and
// on usual sizes. Data are random numbers.
//
//     bench_training_step --benchmark_filter=step/A

#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <mlp/mlp.hpp>

namespace {

using mlp::Index;
using mlp::Matrix;

struct Workload {
  const char* name;
  std::vector<Index> widths;
  Index batch;
  bool tanh = false;
  bool classes = true;  ///< cross entropy; else mean squared error
};

const Workload workloads[] = {
    {"A_9-64-64-1", {9, 64, 64, 1}, 32, false, false},
    {"B_2-128-3", {2, 128, 3}, 32},
    {"C_784-128-10", {784, 128, 10}, 32},
    {"D_784-512-512-10", {784, 512, 512, 10}, 128},
    {"E_28-300x5-1", {28, 300, 300, 300, 300, 300, 1}, 100, true, false},
    {"F32_32400-1024-512-256-7", {32400, 1024, 512, 256, 7}, 32},
    {"F256_32400-1024-512-256-7", {32400, 1024, 512, 256, 7}, 256},
    {"G_2304-1024-512-256-7", {2304, 1024, 512, 256, 7}, 256},
};

mlp::Network<float> make_network(const Workload& workload) {
  mlp::Rng rng(1);
  mlp::Network<float> net;
  for (std::size_t i = 0; i + 1 < workload.widths.size(); ++i) {
    if (i > 0) workload.tanh ? net.add(mlp::Tanh()) : net.add(mlp::ReLU());
    net.add(mlp::Linear(workload.widths[i], workload.widths[i + 1], rng));
  }
  return net;
}

/// Multiplications and additions of the products: forward, dW, and dx of all layers but the first, 2 each.
double flops(const Workload& workload, bool training) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < workload.widths.size(); ++i) {
    const double weights = static_cast<double>(workload.widths[i] * workload.widths[i + 1]);
    sum += 2 * weights * static_cast<double>(workload.batch) * (training ? (i == 0 ? 2 : 3) : 1);
  }
  return sum;
}

void report(benchmark::State& state, const Workload& workload, bool training) {
  state.counters["FLOP/s"] = benchmark::Counter(flops(workload, training), benchmark::Counter::kIsIterationInvariantRate);
  state.counters["samples/s"] =
      benchmark::Counter(static_cast<double>(workload.batch), benchmark::Counter::kIsIterationInvariantRate);
}

void training_step(benchmark::State& state, const Workload& workload) {
  mlp::set_num_threads(static_cast<int>(state.range(0)));
  mlp::Network<float> net = make_network(workload);
  mlp::Rng rng(2);
  Matrix<float> x(workload.batch, workload.widths.front());
  Matrix<float> y(workload.batch, workload.widths.back());
  mlp::uniform_init(mlp::view(x), -1.0f, 1.0f, rng);
  mlp::uniform_init(mlp::view(y), -1.0f, 1.0f, rng);
  mlp::Labels labels;
  for (Index i = 0; i < workload.batch; ++i) labels.push_back(static_cast<int>(rng.randint(0, workload.widths.back())));
  mlp::Tape tape(net);
  mlp::Optimizer sgd(net, mlp::SGD({.lr = 0.01}));
  for (auto _ : state) {
    const auto out = tape.forward(x);
    const double loss = workload.classes ? mlp::CrossEntropyLoss()(out, labels, tape.output_gradient())
                                         : mlp::MSELoss()(out, y, tape.output_gradient());
    benchmark::DoNotOptimize(loss);
    tape.backward();
    sgd.step(net, tape.gradient());
  }
  report(state, workload, true);
}

void inference(benchmark::State& state, const Workload& workload) {
  mlp::set_num_threads(static_cast<int>(state.range(0)));
  const mlp::Network<float> net = make_network(workload);
  mlp::Rng rng(2);
  Matrix<float> x(workload.batch, workload.widths.front());
  mlp::uniform_init(mlp::view(x), -1.0f, 1.0f, rng);
  mlp::Tape tape(net);
  for (auto _ : state) benchmark::DoNotOptimize(tape.forward(x).data());
  report(state, workload, false);
}

const bool registered = [] {
  for (const Workload& workload : workloads)
    for (const int threads : {1, 2}) {
      const auto add = [&](const std::string& what, auto function) {
        benchmark::RegisterBenchmark((what + "/" + workload.name).c_str(), function, workload)
            ->Arg(threads)
            ->ArgName("threads")
            ->UseRealTime()
            ->Unit(benchmark::kMicrosecond);
      };
      add("step", training_step);
      add("inference", inference);
    }
  return true;
}();

}  // namespace
