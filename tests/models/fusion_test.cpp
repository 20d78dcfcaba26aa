// SPDX-License-Identifier: MIT
// What models do in one pass over memory equals what their layers do one by one, to the last bit.
#include <doctest/doctest.h>

#include <limits>
#include <type_traits>

#include <mlp/layers/linear.hpp>
#include <mlp/layers/log_softmax.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/layers/sigmoid.hpp>
#include <mlp/layers/tanh.hpp>
#include <mlp/models/mlp_mixer.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/models/tape.hpp>
#include <mlp/models/vision_transformer.hpp>
#include <mlp/optim/optimizer.hpp>
#include <mlp/optim/sgd.hpp>

#include "models/user_layers.hpp"
#include "support/bits.hpp"
#include "support/small_models.hpp"

using namespace mlp;
using mlp::testing::bitwise_equal;

namespace {

/// Forward and backward of three layers by their plain functions, each into memory of its own.
template <class T, class A, class F, class B>
struct OneByOne {
  OneByOne(const A& a, const F& f, const B& b, const Matrix<T>& x, const Matrix<T>& dy)
      : grad_a(a), grad_b(b), h(x.rows(), a.out_features()), u(h), y(x.rows(), b.out_features()), dx(x) {
    typename A::Cache cache_a;
    typename F::Cache cache_f;
    typename B::Cache cache_b;
    Matrix<T> du(u), dh(h);
    a.forward(ConstMatrixView<T>(x), view(h), cache_a);
    f.forward(ConstMatrixView<T>(h), view(u), cache_f);
    b.forward(ConstMatrixView<T>(u), view(y), cache_b);
    b.backward(ConstMatrixView<T>(u), ConstMatrixView<T>(y), ConstMatrixView<T>(dy), cache_b, grad_b, view(du));
    F nothing = f;
    f.backward(ConstMatrixView<T>(h), ConstMatrixView<T>(u), ConstMatrixView<T>(du), cache_f, nothing, view(dh));
    a.backward(ConstMatrixView<T>(x), ConstMatrixView<T>(h), ConstMatrixView<T>(dh), cache_a, grad_a, view(dx));
  }

  A grad_a;
  B grad_b;
  Matrix<T> h, u, y, dx;
};

template <class T, class F>
void check_passes(const F& f, Index in, Index width, Index out) {
  Rng rng(21);
  const Linear<T> a(in, width, rng), b(width, out, rng);
  const Sequential fixed{a, f, b};
  const Network<T> network(a, f, b);
  for (const Index batch : {1, 5, 32, 100}) {
    CAPTURE(batch);
    const Matrix<T> x = Matrix<T>::Random(batch, in) * T(3), dy = Matrix<T>::Random(batch, out);
    const OneByOne<T, Linear<T>, F, Linear<T>> plain(a, f, b, x, dy);
    const auto check = [&](const auto& model, const auto& weights) {
      Tape tape(model);
      CHECK(bitwise_equal(tape.forward(x), plain.y));
      tape.output_gradient().matrix() = dy;
      Matrix<T> dx(batch, in);
      tape.backward(view(dx));
      CHECK(bitwise_equal(dx, plain.dx));
      weights(tape.gradient());
    };
    check(fixed, [&](const auto& grad) {
      CHECK(bitwise_equal(grad.template get<0>().weight(), plain.grad_a.weight()));
      CHECK(bitwise_equal(grad.template get<0>().bias(), plain.grad_a.bias()));
      CHECK(bitwise_equal(grad.template get<2>().weight(), plain.grad_b.weight()));
    });
    check(network, [&](const auto& grad) {
      Index i = 0;
      Network<T>::visit_parameters(
          [&](const ParameterName&, ConstMatrixView<T> w) {
            const ConstMatrixView<T> expected[] = {plain.grad_a.weight(), plain.grad_a.bias(), plain.grad_b.weight(),
                                                   plain.grad_b.bias()};
            CHECK(bitwise_equal(w, expected[i++]));
          },
          grad);
    });
  }
}

template <class Model>
bool same_parameters(const Model& a, const Model& b) {
  using T = typename Model::Scalar;
  bool same = true;
  Model::visit_parameters(
      [&](const ParameterName&, ConstMatrixView<T> v, ConstMatrixView<T> w) { same = same && bitwise_equal(v, w); }, a,
      b);
  return same;
}

/// A step with the gradient that the tape keeps, and one where each weight moves as its gradient comes.
template <class Model>
void check_step(const Model& start, const SGDOptions& options, Index largest_batch = 100) {
  using T = typename Model::Scalar;
  Model plain = start, fused = start;
  Tape plain_tape(plain), fused_tape(fused);
  Optimizer plain_sgd(plain, SGD(options)), fused_sgd(fused, SGD(options));
  for (const Index batch : {Index(32), Index(3), largest_batch, Index(1)}) {
    const Matrix<T> x = Matrix<T>::Random(batch, start.in_features());
    const auto y = plain_tape.forward(x);
    CHECK(bitwise_equal(fused_tape.forward(x), y));
    const Matrix<T> dy = Matrix<T>::Random(y.rows(), y.cols());
    plain_tape.output_gradient().matrix() = dy;
    fused_tape.output_gradient().matrix() = dy;
    plain_tape.backward();
    plain_sgd.step(plain, plain_tape.gradient());
    fused_sgd.step(fused, fused_tape);
    CHECK(same_parameters(plain, fused));
  }
  CHECK(!same_parameters(plain, start));
}

}  // namespace

TEST_CASE_TEMPLATE("an activation inside the product equals the one behind it", T, float, double) {
  check_passes<T>(ReLU(), 9, 64, 3);
  check_passes<T>(ReLU(), 2, 128, 33);
  check_passes<T>(ReLU(), 300, 7, 1);
  check_passes<T>(Tanh(), 28, 50, 20);
  check_passes<T>(Sigmoid(), 13, 31, 17);
}

TEST_CASE_TEMPLATE("plain SGD inside the backward equals backward and a step", T, float, double) {
  Rng rng(22);
  const Linear<T> a(9, 64, rng), b(64, 33, rng), c(33, 2, rng);
  for (const SGDOptions& options :
       {SGDOptions{.lr = 0.1}, SGDOptions{.lr = 0.1, .weight_decay = 0.01}, SGDOptions{.lr = 0.1, .momentum = 0.9}}) {
    check_step(Sequential{a, Tanh(), b, ReLU(), c}, options);
    check_step(Sequential{Sequential{a, ReLU(), b}, Sigmoid(), c, LogSoftmax()}, options);
    check_step(Network<T>(a, ReLU(), b, Tanh(), c), options);
    check_step(Sequential{a, testing::Scale<T>(T(1.5)), b}, options);  // a layer that knows nothing of it
    check_step(Network<T>(a, testing::Scale<T>(T(1.5)), Tanh(), b), options);
  }
}

TEST_CASE_TEMPLATE("so does it where a weight of one row or column meets more than the cache", T, float, double) {
  Rng rng(26);
  const SGDOptions options{.lr = 0.1, .weight_decay = 0.01};
  for (const Index batch : {100, 700}) {
    check_step(Sequential{Linear<T>(4000, 1, rng)}, options, batch);
    check_step(Sequential{Linear<T>(1, 4000, rng)}, options, batch);
  }
}

TEST_CASE_TEMPLATE("so does it in the blocks of tokens", T, float, double) {
  Rng rng(25);
  const SGDOptions options{.lr = 0.1, .weight_decay = 0.01};
  constexpr Index batch = 320 / 8;  // of seven tokens at most, and eight features, which are the rows of token mixing
  check_step(mlp_mixer<T>(testing::small_mixer, rng), options, batch);
  check_step(vision_transformer<T>(testing::small_transformer, rng), options, batch);
}

TEST_CASE_TEMPLATE("where its sums are made in blocks, it does but for roundings", T, float, double) {
  Rng rng(24);
  const Sequential start{Linear<T>(9, 64, rng), Tanh(), Linear<T>(64, 33, rng)};
  for (const double decay : {0.0, 0.01})
    for (const Index batch : {320, 321, 2100}) {
      CAPTURE(batch);
      auto plain = start, fused = start;
      Tape plain_tape(plain), fused_tape(fused);
      Optimizer plain_sgd(plain, SGD({.lr = 0.1, .weight_decay = decay}));
      Optimizer fused_sgd(fused, SGD({.lr = 0.1, .weight_decay = decay}));
      const Matrix<T> x = Matrix<T>::Random(batch, 9), dy = Matrix<T>::Random(batch, 33);
      for (auto* tape : {&plain_tape, &fused_tape}) {
        tape->forward(x);
        tape->output_gradient().matrix() = dy;
      }
      plain_tape.backward();
      plain_sgd.step(plain, plain_tape.gradient());
      fused_sgd.step(fused, fused_tape);
      CHECK(same_parameters(plain, fused) == (batch == 320));
      // lr times a sum of `batch` terms below 6 (33 weights of 1/8 each pass dy on), rounded by up to seven blocks
      const double bound = 0.1 * 6 * static_cast<double>(batch) * 7 * std::numeric_limits<T>::epsilon();
      std::decay_t<decltype(start)>::visit_parameters(
          [&](const ParameterName&, ConstMatrixView<T> a, ConstMatrixView<T> b) {
            CHECK(static_cast<double>((a.array() - b.array()).abs().maxCoeff()) <= bound);
          },
          plain, fused);
    }
}

TEST_CASE("a gradient adds up over batches") {
  Rng rng(23);
  const Sequential net{Linear<double>(4, 8, rng), Tanh(), Linear<double>(8, 2, rng)};
  auto sum = net;
  using Net = decltype(sum);
  Net::visit_parameters([](const ParameterName&, MatrixView<double> w) { w.array() = 0; }, sum);
  const Matrix<double> x = Matrix<double>::Random(6, 4);
  Tape parts(net), whole(net);
  for (const Index first : {0, 2, 5}) {
    const Index count = first == 0 ? 2 : first == 2 ? 3 : 1;
    parts.forward(ConstMatrixView<double>(x).rows(first, count));
    parts.output_gradient().array() = 1;
    parts.backward_into(sum, {1, 1});
  }
  whole.forward(x);
  whole.output_gradient().array() = 1;
  whole.backward();
  Net::visit_parameters(
      [](const ParameterName&, ConstMatrixView<double> a, ConstMatrixView<double> b) {
        CHECK((a.array() - b.array()).abs().maxCoeff() <= 1e-14);  // another order of 6 samples
      },
      sum, whole.gradient());
}
