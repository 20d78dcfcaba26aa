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
                  kernels.template step<T>(step, {&w_ij, 1, 1}, g_ij, MatrixView<T>(&v_ij, 1, 1));
                else
                  kernels.template update<T>({&w_ij, 1, 1}, plain, g_ij);
                same = same && w_ij == w.inside(i, j) && v_ij == v.inside(i, j);
              }
            return same;
          };
          kernels.template step<T>(step, w.inside, g.inside, v.inside);
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

namespace {

template <class T>
detail::AdamStep<T> adam_step(bool amsgrad) {
  return {T(0.01), T(0.99), T(0.9), T(0.1), T(0.75), T(0.25), T(-0.1), T(0.7), T(0.125), amsgrad};
}
template <class T>
detail::RmspropStep<T> rmsprop_step(bool centered, bool momentum) {
  return {T(0.01), T(0.75), T(0.25), T(0.125), momentum ? T(0.5) : T(0), T(-0.1), centered};
}

/// f(step) for steps that use all of their states, and for some that do not.
template <class T, class F>
void for_steps_with_three_states(F&& f) {
  for (const bool amsgrad : {true, false}) f(adam_step<T>(amsgrad));
  for (const bool centered : {true, false})
    for (const bool momentum : {true, false}) f(rmsprop_step<T>(centered, momentum));
}

}  // namespace

TEST_CASE_TEMPLATE("Adam and RMSprop of any number of columns touch these only, and are those of each element", T,
                   float, double) {
  for_steps_with_three_states<T>([](const auto& step) {
    testing::on_each_isa([&](const char* isa, auto kernels) {
      CAPTURE(isa);
      for (Index n = 1; n <= 35; ++n) {
        CAPTURE(n);
        Fenced<T> w(2, n), g(2, n), a(2, n), b(2, n), c(2, n);
        a.inside.array() = a.inside.array().abs();  // averages of squares
        b.inside.array() = b.inside.array().abs();
        const Matrix<T> w0 = w.inside.matrix(), a0 = a.inside.matrix(), b0 = b.inside.matrix(), c0 = c.inside.matrix();
        kernels.template step<T>(step, w.inside, g.inside, a.inside, b.inside, c.inside);
        bool same = w.fence_is_whole() && a.fence_is_whole() && b.fence_is_whole() && c.fence_is_whole();
        for (Index i = 0; i < 2; ++i)
          for (Index j = 0; j < n; ++j) {
            T w_ij = w0(i, j), a_ij = a0(i, j), b_ij = b0(i, j), c_ij = c0(i, j);
            const auto one = [](T& x) { return MatrixView<T>(&x, 1, 1); };
            kernels.template step<T>(step, one(w_ij), ConstMatrixView<T>(g.inside.row(i) + j, 1, 1), one(a_ij),
                                     one(b_ij), one(c_ij));
            same = same && std::isfinite(w_ij) && w_ij == w.inside(i, j) && a_ij == a.inside(i, j) &&
                   b_ij == b.inside(i, j) && c_ij == c.inside(i, j);
          }
        CHECK(same);
      }
    });
  });
}

TEST_CASE_TEMPLATE("a state that a step does not use is neither read nor written", T, float, double) {
  testing::on_each_isa([&](const char* isa, auto kernels) {
    CAPTURE(isa);
    Matrix<T> w = Matrix<T>::Random(3, 7), g = Matrix<T>::Random(3, 7), square = Matrix<T>::Zero(3, 7);
    Matrix<T> mean = square, unused = Matrix<T>::Constant(3, 7, std::numeric_limits<T>::quiet_NaN());
    const Matrix<T> nan = unused;
    const auto run = [&](const auto& step, Matrix<T>& a, Matrix<T>& b, Matrix<T>& c) {
      kernels.template step<T>(step, view(w), g, view(a), view(b), view(c));
      CHECK(w.allFinite());
      CHECK(testing::bitwise_equal(unused, nan));
    };
    run(adam_step<T>(false), mean, square, unused);
    run(rmsprop_step<T>(false, false), square, unused, unused);
    run(rmsprop_step<T>(true, false), square, unused, mean);
    run(rmsprop_step<T>(false, true), square, mean, unused);
  });
}

TEST_CASE_TEMPLATE("square roots are those of the standard library, to the last bit", T, float, double) {
  // With eps 0 and both averages new, w = 0 moves by rate g / sqrt(g^2), so let m be 1 and v any number: w = -1 /
  // sqrt(v).
  using Limits = std::numeric_limits<T>;
  RowVector<T> v(19);
  v << 0, Limits::denorm_min(), Limits::min() / 3, Limits::min(), T(1e-30), T(0.1), T(0.5), 1, 2, 3, 4, 5, 7, T(1e10),
      T(1e30), Limits::max(), Limits::infinity(), -1, Limits::quiet_NaN();
  testing::on_each_isa([&](const char* isa, auto kernels) {
    CAPTURE(isa);
    RowVector<T> w = RowVector<T>::Zero(19), m = RowVector<T>::Ones(19), v_now = v;
    const RowVector<T> g = w;
    kernels.template step<T>(detail::AdamStep<T>{.beta1 = 1, .share1 = 0, .beta2 = 1, .share2 = 0, .rate = 1}, view(w),
                             g, view(m), view(v_now), view(m));
    for (Index i = 0; i < v.size(); ++i) {
      CAPTURE(v(i));
      const T expected = T(0) + T(1) / std::sqrt(v(i));
      CHECK((std::isnan(expected) ? std::isnan(w(i)) : w(i) == expected));
    }
  });
}

TEST_CASE_TEMPLATE("clamping touches its columns only, and keeps a NaN", T, float, double) {
  testing::on_each_isa([&](const char* isa, auto kernels) {
    CAPTURE(isa);
    for (Index n = 1; n <= 35; ++n) {
      Fenced<T> x(2, n);
      const Matrix<T> before = x.inside.matrix();
      kernels.template clamp<T>(x.inside, T(0.25));
      CHECK(x.fence_is_whole());
      CHECK(x.inside.matrix() == before.cwiseMax(T(-0.25)).cwiseMin(T(0.25)));
    }
    RowVector<T> x(3);
    x << std::numeric_limits<T>::infinity(), std::numeric_limits<T>::quiet_NaN(), -std::numeric_limits<T>::infinity();
    kernels.template clamp<T>(view(x), T(2));
    CHECK(x(0) == 2);
    CHECK(std::isnan(x(1)));
    CHECK(x(2) == -2);
  });
}

TEST_CASE_TEMPLATE("instruction sets with a fused multiply-add agree to the last bit", T, float, double) {
  const Matrix<T> x = Matrix<T>::Random(7, 53) * T(8), g = Matrix<T>::Random(7, 53);
  Matrix<T> all_before;
  testing::on_each_isa([&](const char* isa, auto kernels) {
    if (!testing::is_fused(isa)) return;
    Matrix<T> all = Matrix<T>::Zero(7 * (12 + 6 * 4), 53);
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
    kernels.template step<T>(step, w, g, v);
    kernels.template update<T>(w, {T(-0.1), 1}, x);
    for_steps_with_three_states<T>([&](const auto& three) {
      const auto u = next(), a = next(), b = next(), c = next();
      for (const auto state : {u, a, b, c}) state.array() = x.array().abs();
      kernels.template step<T>(three, u, g, a, b, c);
    });
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

TEST_CASE("passes over matrices of other shapes are refused before anything is written") {
  const Matrix<float> x = Matrix<float>::Ones(32, 64), low = x.topRows(31), narrow = x.leftCols(8);
  const Matrix<float> sevens = Matrix<float>::Constant(32, 64, 7);
  Matrix<float> y = sevens, short_y = sevens.topRows(31), narrow_y = sevens.leftCols(8), none;
  constexpr Activation f = Activation::relu;
  constexpr Curve curve = Curve::gelu;

  CHECK_THROWS_WITH_AS(apply(f, x, view(narrow_y)), "mlp::apply: expected y [32, 64], got [32, 8]", ShapeError);
  CHECK_THROWS_WITH_AS(apply(f, low, view(y)), "mlp::apply: expected y [31, 64], got [32, 64]", ShapeError);
  CHECK_THROWS_WITH_AS(apply(f, x, view(none)), "mlp::apply: expected y [32, 64], got [0, 0]", ShapeError);
  CHECK_THROWS_WITH_AS(apply_derivative(f, x, narrow, view(y)),
                       "mlp::apply_derivative: expected dy [32, 64], got [32, 8]", ShapeError);
  CHECK_THROWS_WITH_AS(apply_derivative(f, x, x, view(short_y)),
                       "mlp::apply_derivative: expected dx [32, 64], got [31, 64]", ShapeError);
  CHECK_THROWS_WITH_AS(add(x, low, view(y)), "mlp::add: expected b [32, 64], got [31, 64]", ShapeError);
  CHECK_THROWS_WITH_AS(add(x, x, view(narrow_y)), "mlp::add: expected y [32, 64], got [32, 8]", ShapeError);
  CHECK_THROWS_WITH_AS(multiply(x, narrow, view(y)), "mlp::multiply: expected b [32, 64], got [32, 8]", ShapeError);
  CHECK_THROWS_WITH_AS(multiply(x, x, view(short_y)), "mlp::multiply: expected y [32, 64], got [31, 64]", ShapeError);
  CHECK_THROWS_WITH_AS(apply_curve<curve>(x, view(narrow_y)), "mlp::apply_curve: expected y [32, 64], got [32, 8]",
                       ShapeError);
  CHECK_THROWS_WITH_AS(apply_curve_derivative<curve>(x, low, view(y)),
                       "mlp::apply_curve_derivative: expected dy [32, 64], got [31, 64]", ShapeError);
  CHECK_THROWS_WITH_AS(apply_curve_derivative<curve>(x, x, view(narrow_y)),
                       "mlp::apply_curve_derivative: expected dx [32, 64], got [32, 8]", ShapeError);
  CHECK_THROWS_WITH_AS(update(view(y), {}, narrow), "mlp::update: expected g [32, 64], got [32, 8]", ShapeError);

  CHECK(y == sevens);
  CHECK(short_y == sevens.topRows(31));
  CHECK(narrow_y == sevens.leftCols(8));
}
