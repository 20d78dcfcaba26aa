// SPDX-License-Identifier: MIT
#include <mlp/math/layer_norm.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "support/bits.hpp"
#include "support/each_isa.hpp"
#include "support/fenced.hpp"

using namespace mlp;
using mlp::testing::Fenced;

namespace {

constexpr double eps = 1e-5;

/// What the equations give in long double, of views of the same shape.
struct Exact {
  using Numbers = Matrix<long double>;
  Numbers y, dx, d_weight, d_bias;

  template <class T>
  Exact(MatrixView<T> x, MatrixView<T> weight, MatrixView<T> bias, MatrixView<T> dy)
      : y(x.rows(), x.cols()), dx(y), d_weight(Numbers::Zero(1, x.cols())), d_bias(d_weight) {
    const auto n = static_cast<long double>(x.cols());
    for (Index i = 0; i < x.rows(); ++i) {
      const Numbers row = x.rows(i, 1).matrix().template cast<long double>();
      const Numbers d = row.array() - row.sum() / n;
      const long double r = 1 / std::sqrt(d.squaredNorm() / n + static_cast<T>(eps));
      const Numbers normal = d * r, dy_i = dy.rows(i, 1).matrix().template cast<long double>();
      const Numbers w = weight.matrix().template cast<long double>();
      const Numbers g = dy_i.array() * w.array();
      y.row(i) = normal.array() * w.array() + bias.array().template cast<long double>();
      dx.row(i) = r * (g.array() - g.sum() / n - normal.array() * ((g.array() * normal.array()).sum() / n));
      d_weight.array() += dy_i.array() * normal.array();
      d_bias += dy_i;
    }
  }
};

template <class A>
double distance(const A& a, const Exact::Numbers& b) {
  return static_cast<double>((view(a).matrix().template cast<long double>() - b).cwiseAbs().maxCoeff());
}

}  // namespace

TEST_CASE_TEMPLATE(
    "layer norm of 1 to 70 columns on every instruction set: the equations, these columns only, the same "
    "bits",
    T, float, double) {
  const Index batch = 37;  // more than a block, no whole number of them
  const double unit = static_cast<double>(std::numeric_limits<T>::epsilon());
  for (Index n = 1; n <= 70; ++n) {
    CAPTURE(n);
    const Fenced<T> x(batch, n), dy(batch, n), weight(1, n), bias(1, n);
    const Exact exact(x.inside, weight.inside, bias.inside, dy.inside);
    Matrix<T> before;
    testing::on_each_isa([&](const char* isa, auto kernels) {
      CAPTURE(isa);
      Fenced<T> y(batch, n), dx(batch, n), statistics(batch, 2), sums(2, 2 * n);
      kernels.template layer_norm<T>({x.inside, weight.inside, bias.inside, T(eps), y.inside, statistics.inside});
      kernels.template layer_norm_backward<T>(
          {x.inside, weight.inside, statistics.inside, dy.inside, dx.inside, sums.inside});
      CHECK(y.fence_is_whole());
      CHECK(dx.fence_is_whole());
      CHECK(statistics.fence_is_whole());
      CHECK(sums.fence_is_whole());
      const Matrix<T> sum = sums.inside.matrix().colwise().sum();
      // of two near numbers r is up to 300, and magnifies the rounding of x by as much
      const double large = static_cast<double>(statistics.inside.matrix().col(1).maxCoeff());
      CHECK(distance(y.inside, exact.y) <= 8 * unit * (1 + large));
      CHECK(distance(dx.inside, exact.dx) <= 8 * unit * large * (1 + large));
      CHECK(distance(sum.leftCols(n).eval(), exact.d_weight) <= 40 * unit * (1 + large));
      CHECK(distance(sum.rightCols(n).eval(), exact.d_bias) <= 40 * unit);
      Fenced<T> again(2, 2 * n);
      kernels.template layer_norm_backward<T>(
          {x.inside, weight.inside, statistics.inside, dy.inside, {}, again.inside});
      CHECK(testing::bitwise_equal(again.inside, sums.inside));  // nobody reads dx
      if (!testing::is_fused(isa)) return;
      Matrix<T> all(2 * batch + 1, 2 * n);
      all << y.inside.matrix(), dx.inside.matrix(), statistics.inside.matrix().col(0).replicate(1, 2 * n), sum;
      if (before.size() != 0) CHECK(testing::bitwise_equal(all, before));
      before = all;
    });
  }
}

TEST_CASE_TEMPLATE("a NaN stays in its row of a layer norm, and a row of equal numbers becomes the bias", T, float,
                   double) {
  testing::on_each_isa([&](const char* isa, auto kernels) {
    CAPTURE(isa);
    for (Index where = 0; where < 9; ++where) {
      Matrix<T> x = Matrix<T>::Constant(2, 9, T(3)), y(2, 9), statistics(2, 2);
      x(1, where) = std::numeric_limits<T>::quiet_NaN();
      const Matrix<T> weight = Matrix<T>::Ones(1, 9), bias = Matrix<T>::Constant(1, 9, T(7));
      kernels.template layer_norm<T>({x, weight, bias, T(eps), view(y), view(statistics)});
      CHECK((y.row(0).array() == 7).all());
      CHECK(y.row(1).array().isNaN().all());
    }
  });
}

TEST_CASE("threads change no bit of a layer norm") {
  const Index rows = 1501, n = 97;
  const Matrix<float> x = Matrix<float>::Random(rows, n), dy = Matrix<float>::Random(rows, n);
  const RowVector<float> weight = RowVector<float>::Random(n), bias = RowVector<float>::Random(n);
  const auto run = [&](int threads) {
    set_num_threads(threads);
    Matrix<float> all(2 * rows + 2, n), statistics(rows, 2);
    Buffer<float> memory;
    const auto part = [&](Index first, Index count) { return view(all).rows(first, count); };
    detail::layer_norm<float>({x, weight, bias, 1e-5f, part(0, rows), view(statistics)});
    detail::layer_norm_backward<float>({x, weight, statistics, dy, part(rows, rows), {}}, memory, part(2 * rows, 1),
                                       part(2 * rows + 1, 1), {});
    set_num_threads(0);
    return all;
  };
  const Matrix<float> alone = run(1);
  for (const int threads : {2, 3, 4}) CHECK(testing::bitwise_equal(run(threads), alone));
}
