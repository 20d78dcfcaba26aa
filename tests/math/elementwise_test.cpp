// SPDX-License-Identifier: MIT
#include <mlp/math/elementwise.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "support/bits.hpp"
#include "support/each_isa.hpp"
#include "support/fenced.hpp"

using namespace mlp;
using mlp::testing::Fenced;

namespace {

constexpr Activation all_activations[] = {Activation::identity, Activation::relu, Activation::tanh,
                                          Activation::sigmoid};

}  // namespace

TEST_CASE("tests of kernels reach every instruction set of this processor") {
  int reached = 0;
  testing::on_each_isa([&](const char*, auto) { ++reached; });
  CHECK(reached == static_cast<int>(detail::best_isa()) + 1);
}

TEST_CASE_TEMPLATE("a function of any number of columns touches these only, and is that of each element", T, float,
                   double) {
  testing::on_each_isa([&](const char* isa, auto kernels) {
    CAPTURE(isa);
    for (const Activation f : all_activations)
      for (Index n = 1; n <= 70; ++n) {
        CAPTURE(n);
        const Fenced<T> x(2, n);
        Fenced<T> y(2, n);
        kernels.template apply<T>(f, x.inside, y.inside);
        CHECK(y.fence_is_whole());
        bool same = true;
        for (Index i = 0; i < 2; ++i)
          for (Index j = 0; j < n; ++j) {
            T alone = 0;
            kernels.template apply<T>(f, ConstMatrixView<T>(x.inside.row(i) + j, 1, 1), MatrixView<T>(&alone, 1, 1));
            same = same && testing::bits(alone) == testing::bits(y.inside(i, j));
          }
        CHECK(same);
        kernels.template apply<T>(f, y.inside, y.inside);  // in place
        CHECK(y.fence_is_whole());
      }
  });
}

TEST_CASE_TEMPLATE("a gradient goes back through each function", T, float, double) {
  constexpr T half_unit = std::numeric_limits<T>::epsilon() / 2;
  testing::on_each_isa([&](const char* isa, auto kernels) {
    CAPTURE(isa);
    for (Index n = 1; n <= 70; ++n) {
      CAPTURE(n);
      Fenced<T> y(2, n), dy(2, n), dx(2, n);
      for (const Activation f : all_activations) {
        kernels.template apply_derivative<T>(f, y.inside, dy.inside, dx.inside);
        CHECK(dx.fence_is_whole());
        bool near = true;
        for (Index i = 0; i < 2; ++i)
          for (Index j = 0; j < n; ++j) {
            const long double u = y.inside(i, j), d = dy.inside(i, j);
            const long double slope = f == Activation::tanh      ? 1 - u * u
                                      : f == Activation::sigmoid ? u * (1 - u)
                                      : f == Activation::relu    ? static_cast<long double>(u > 0)
                                                                 : 1;
            // three roundings, one of them of a number of at most 1
            const long double allowed = half_unit * std::abs(d) * (1 + 2 * std::abs(slope));
            near = near && std::abs(static_cast<long double>(dx.inside(i, j)) - d * slope) <= allowed * 1.01L;
          }
        CHECK(near);
      }
      kernels.template apply_derivative<T>(Activation::tanh, y.inside, dy.inside, dy.inside);
      kernels.template apply_derivative<T>(Activation::tanh, y.inside, y.inside, y.inside);
      CHECK(dy.fence_is_whole());
    }
  });
}

TEST_CASE_TEMPLATE("ReLU keeps NaN, and chooses its gradient: 0 where y is 0, though dy is infinite", T, float,
                   double) {
  constexpr T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  testing::on_each_isa([&](const char* isa, auto kernels) {
    CAPTURE(isa);
    RowVector<T> x(6), y(6), dy(6), dx(6);
    x << -inf, -1, 0, 2, inf, nan;
    kernels.template apply<T>(Activation::relu, x, view(y));
    CHECK(y.head(5) == (RowVector<T>(5) << 0, 0, 0, 2, inf).finished());
    CHECK(std::isnan(y(5)));
    dy << inf, nan, -inf, nan, -inf, 3;
    kernels.template apply_derivative<T>(Activation::relu, y, dy, view(dx));
    CHECK(dx.head(3) == RowVector<T>::Zero(3));
    CHECK(std::isnan(dx(3)));
    CHECK(dx(4) == -inf);
    CHECK(dx(5) == 3);
  });
}

TEST_CASE_TEMPLATE("a sum of multiples is rounded at most twice, whatever the factors", T, float, double) {
  constexpr T half_unit = std::numeric_limits<T>::epsilon() / 2;
  testing::on_each_isa([&](const char* isa, auto kernels) {
    CAPTURE(isa);
    for (const T beta : {T(1), T(0.875), T(0)})
      for (Index n = 1; n <= 70; ++n) {
        CAPTURE(n);
        Fenced<T> w(2, n), g(2, n);
        const Matrix<T> before = w.inside.matrix();
        kernels.template update<T>(w.inside, {T(-0.1), beta}, g.inside);
        CHECK(w.fence_is_whole());
        bool near = true;
        for (Index i = 0; i < 2; ++i)
          for (Index j = 0; j < n; ++j) {
            const long double a = static_cast<long double>(beta) * before(i, j);
            const long double b = static_cast<long double>(T(-0.1)) * g.inside(i, j);
            const long double allowed = half_unit * (std::abs(a) + std::abs(b) + std::abs(a + b)) * 1.01L;
            near = near && std::abs(static_cast<long double>(w.inside(i, j)) - (a + b)) <= allowed;
          }
        CHECK(near);
      }
  });
}

TEST_CASE_TEMPLATE("SGD of any number of columns touches these only, and is that of each element", T, float, double) {
  for (const bool first : {true, false})
    for (const bool nesterov : {true, false})
      testing::on_each_isa([&](const char* isa, auto kernels) {
        CAPTURE(isa);
        const detail::SgdStep<T> step{T(0.1), T(0.01), T(0.9), nesterov ? T(1) : T(0.75), first, nesterov};
        const Update<T> plain{T(-0.1), 1, first ? T(0.01) : T(0)};
        for (Index n = 1; n <= 70; ++n) {
          CAPTURE(n);
          Fenced<T> w(2, n), g(2, n), v(2, n);
          const Matrix<T> w0 = w.inside.matrix(), v0 = v.inside.matrix();
          const auto alone_is = [&](bool with_velocity) {
            bool same = true;
            for (Index i = 0; i < 2; ++i)
              for (Index j = 0; j < n; ++j) {
                T w_ij = w0(i, j), v_ij = v0(i, j);
                const ConstMatrixView<T> g_ij(g.inside.row(i) + j, 1, 1);
                if (with_velocity)
                  kernels.template sgd<T>({&w_ij, 1, 1}, g_ij, {&v_ij, 1, 1}, step);
                else
                  kernels.template update<T>({&w_ij, 1, 1}, plain, g_ij);
                same = same && w_ij == w.inside(i, j) && v_ij == v.inside(i, j);
              }
            return same;
          };
          kernels.template sgd<T>(w.inside, g.inside, v.inside, step);
          CHECK(w.fence_is_whole());
          CHECK(v.fence_is_whole());
          CHECK(alone_is(true));
          w.inside.matrix() = w0;
          v.inside.matrix() = v0;
          kernels.template update<T>(w.inside, plain, g.inside);
          CHECK(w.fence_is_whole());
          CHECK(alone_is(false));
        }
      });
}

TEST_CASE_TEMPLATE("instruction sets with a fused multiply-add agree to the last bit", T, float, double) {
  const Matrix<T> x = Matrix<T>::Random(7, 53) * T(8), g = Matrix<T>::Random(7, 53);
  Matrix<T> all_before;
  testing::on_each_isa([&](const char* isa, auto kernels) {
    if (!testing::is_fused(isa)) return;
    Matrix<T> all(7 * 12, 53);
    Index row = 0;
    const auto next = [&] { return view(all).rows(7 * row++, 7); };
    for (const Activation f : all_activations) {
      const auto y = next();
      kernels.template apply<T>(f, x, y);
      kernels.template apply_derivative<T>(f, y, g, next());
    }
    for (const T beta : {T(1), T(0.9)}) {
      const auto w = next();
      w.matrix() = x;
      kernels.template update<T>(w, {T(-0.1), beta, T(0.01)}, g);
    }
    const auto w = next(), v = next();
    w.matrix() = x;
    v.matrix() = g;
    const detail::SgdStep<T> step{T(0.1), T(0.01), T(0.9), T(0.75), false, true};
    kernels.template sgd<T>(w, g, v, step);
    kernels.template update<T>(w, {T(-0.1), 1}, x);
    if (all_before.size() != 0) CHECK(testing::bitwise_equal(all, all_before));
    all_before = all;
  });
}

TEST_CASE_TEMPLATE("threads change no bit, in one piece of memory or in rows with a stride", T, float, double) {
  const Index rows = 301, cols = 401;  // more than are worth a thread
  const Fenced<T> x(rows, cols);
  Fenced<T> y(rows, cols);
  Matrix<T> alone(rows, cols), shared(rows, cols), whole = x.inside.matrix();
  set_num_threads(1);
  apply(Activation::tanh, x.inside, view(alone));
  set_num_threads(3);
  apply(Activation::tanh, whole, view(shared));
  apply(Activation::tanh, x.inside, y.inside);
  set_num_threads(0);
  CHECK(testing::bitwise_equal(alone, shared));
  CHECK(testing::bitwise_equal(alone, y.inside));
  CHECK(y.fence_is_whole());
}
