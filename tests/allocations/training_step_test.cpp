// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <mlp/layers/elu.hpp>
#include <mlp/layers/gelu.hpp>
#include <mlp/layers/layer_norm.hpp>
#include <mlp/layers/leaky_relu.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/log_softmax.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/layers/reshape.hpp>
#include <mlp/layers/sigmoid.hpp>
#include <mlp/layers/silu.hpp>
#include <mlp/layers/softplus.hpp>
#include <mlp/layers/tanh.hpp>
#include <mlp/losses/mse.hpp>
#include <mlp/math/gemm.hpp>
#include <mlp/math/load_balance.hpp>
#include <mlp/math/threads.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/models/tape.hpp>
#include <mlp/optim/adamw.hpp>
#include <mlp/optim/averaged_model.hpp>
#include <mlp/optim/clip_grad.hpp>
#include <mlp/optim/rmsprop.hpp>
#include <mlp/optim/sgd.hpp>

#include "support/allocation_count.hpp"
#include "support/is_bias.hpp"

using namespace mlp;
using mlp::testing::is_bias;

namespace {

struct Threads {
  explicit Threads(int count) { set_num_threads(count); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { set_num_threads(0); }
};

constexpr Index large = 64, small = 7;

/// After the first step with the largest batch, steps with any batch, with and without a gradient in memory.
template <class Model, class Rule>
void check_steps(Model net, const Rule& rule, int threads) {
  using T = typename Model::Scalar;
  const Threads limit(threads);
  const Index in = net.in_features();
  const Matrix<T> x = Matrix<T>::Random(large, in);
  const Matrix<T> target = Matrix<T>::Random(large, net.output_shape({large, in}).cols);
  const MSELoss loss;
  Tape tape(net);
  Optimizer sgd(net, rule);
  AveragedModel ema(net);
  const auto step = [&](Index batch) {
    const auto y = tape.forward(ConstMatrixView<T>(x).rows(0, batch));
    loss(y, ConstMatrixView<T>(target).rows(0, batch), tape.output_gradient());
    sgd.step(net, tape);
    tape.backward();
    clip_grad_norm(tape.gradient(), 0.01);
    clip_grad_value(tape.gradient(), 0.001);
    sgd.step(net, tape.gradient());
    ema.update(net);
    tape.predict(ConstMatrixView<T>(x).rows(0, batch));
  };
  step(large);
  step(small);
  const testing::Allocations taken = testing::allocations_of([&] {
    for (int i = 0; i < 3; ++i) {
      step(large);
      step(small);
      step(1);
    }
  });
  CHECK(taken.by_new == 0);
  CHECK(taken.by_malloc == 0);
}

template <class T, class Rule>
void check_models(const Rule& rule) {
  Rng rng(1);
  const Linear<T> a(9, 16, rng), b(16, 8, rng), c(8, 3, rng), wide_in(300, 400, rng), wide_out(400, 200, rng);
  const Sequential block{Tanh(), b, Sigmoid()};
  for (const int threads : {1, 2}) {
    CAPTURE(threads);
    check_steps(Sequential{a, ReLU(), b, Tanh(), c, LogSoftmax()}, rule, threads);
    check_steps(Network<T>(a, ReLU(), b, Tanh(), c, LogSoftmax()), rule, threads);
    check_steps(Sequential{a, block, c}, rule, threads);
    check_steps(Network<T>(a, block, c), rule, threads);
    check_steps(Sequential{wide_in, ReLU(), wide_out}, rule, threads);
    check_steps(Network<T>(wide_in, ReLU(), wide_out), rule, threads);
    check_steps(Sequential{a, LayerNorm<T>(16), GELU(), b, SiLU(), LeakyReLU(), ELU(), Softplus(), c}, rule, threads);
    check_steps(Network<T>(wide_in, LayerNorm<T>(400), GELU(), Reshape(20, 20), wide_out), rule, threads);
  }
}

template <class T, class Rule>
void check_rule(const Rule& rule) {
  Rng rng(1);
  const Linear<T> a(9, 16, rng), b(16, 3, rng), wide_in(300, 400, rng), wide_out(400, 200, rng);
  for (const int threads : {1, 2}) {
    CAPTURE(threads);
    check_steps(Network<T>(a, ReLU(), b), rule, threads);
    check_steps(Sequential{wide_in, ReLU(), wide_out}, rule, threads);
  }
}

}  // namespace

TEST_CASE("a steady step of plain SGD takes nothing from the heap") {
  check_models<float>(SGD({.lr = 0.1}));
  check_models<double>(SGD({.lr = 0.1}));
}

TEST_CASE("a steady step with momentum, dampening, Nesterov or weight decay neither") {
  check_models<float>(SGD({.lr = 0.1, .weight_decay = 0.01}));
  check_models<float>(SGD({.lr = 0.1, .momentum = 0.9}));
  check_models<float>(SGD({.lr = 0.1, .momentum = 0.9, .dampening = 0.5, .weight_decay = 0.01}));
  check_models<double>(SGD({.lr = 0.1, .momentum = 0.9, .weight_decay = 0.01, .nesterov = true}));
}

TEST_CASE("a steady step of Adam, AdamW, RMSprop or groups of parameters neither") {
  check_rule<float>(Adam({.amsgrad = true}));
  check_rule<float>(RMSprop({.momentum = 0.9, .centered = true}));
  check_rule<float>(RuleWithGroups(AdamW(), {{.of = is_bias, .rule = AdamW({.weight_decay = 0})}}));
  check_rule<double>(RuleWithGroups(SGD(), {{.of = is_bias, .rule = SGD({.momentum = 0.9})}}));
}

TEST_CASE("the count sees a first step") {
  if (!testing::counts_new) return;
  Rng rng(1);
  const Sequential net{Linear(9, 16, rng), ReLU()};
  Tape tape(net);
  const Matrix<float> x = Matrix<float>::Random(8, 9);
  CHECK(testing::allocations_of([&] { tape.forward(x); }).by_new > 0);
}

TEST_CASE("products take no memory when threads share them out in another way than before") {
  const Threads two(2);
  auto& balance = detail::LoadBalance::of_products();
  constexpr Index shapes[][3] = {{256, 128, 784}, {32, 128, 784}, {128, 512, 784},  {64, 96, 1024}, {9, 2000, 512},
                                 {300, 10, 512},  {100, 300, 28}, {1000, 100, 300}, {400, 5, 2100}, {256, 1024, 512},
                                 {80, 90, 2100},  {1, 500, 800},  {52, 3, 2598},   {100, 1, 4100}};
  for (const auto& shape : shapes) {
    const Index m = shape[0], n = shape[1], k = shape[2];
    CAPTURE(m);
    CAPTURE(n);
    CAPTURE(k);
    const Matrix<float> x = Matrix<float>::Random(m, k), w = Matrix<float>::Random(n, k),
                        dy = Matrix<float>::Random(m, n);
    Matrix<float> y(m, n), dx(m, k), dw(n, k);
    const auto products = [&] {
      gemm_nt(x, w, view(y));
      gemm_nn(dy, w, view(dx));
      gemm_tn(dy, x, view(dw));
      gemm_tn(dy, x, view(dw), -0.1F, 1);
    };
    balance = {};
    for (int i = 0; i < 300; ++i) balance.learn({1, 6});
    products();
    for (const std::vector<double>& speeds : {std::vector<double>{1, 1}, {1, 1.3}, {1.3, 1}, {1, 6}, {6, 1}}) {
      for (int i = 0; i < 300; ++i) balance.learn(speeds);
      const testing::Allocations taken = testing::allocations_of(products);
      CHECK(taken.by_new == 0);
      CHECK(taken.by_malloc == 0);
    }
  }
  balance = {};
}
