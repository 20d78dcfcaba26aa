// SPDX-License-Identifier: MIT
#include <mlp/math/curve.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <mlp/math/elementwise.hpp>
#include <mlp/math/kernels.hpp>

#include "support/bits.hpp"
#include "support/each_isa.hpp"
#include "support/fenced.hpp"
#include "support/ulp.hpp"

using namespace mlp;
using mlp::testing::Fenced;

namespace {

constexpr Curve all_curves[] = {Curve::gelu, Curve::gelu_tanh, Curve::silu, Curve::leaky_relu,
                                Curve::elu,  Curve::softplus,  Curve::exp,  Curve::erf};
const char* name_of(Curve f) {
  constexpr const char* names[] = {"gelu", "gelu_tanh", "silu", "leaky_relu", "elu", "softplus", "exp", "erf"};
  return names[static_cast<int>(f)];
}
template <class T>
CurveParameters<T> parameters(Curve f) {
  if (f == Curve::leaky_relu) return {.a = T(0.0625)};
  if (f == Curve::elu) return {.a = T(1.5)};
  return {.a = 1, .b = 20};
}

template <class T, class Kernels>
void pass(Kernels kernels, Curve f, ConstMatrixView<T> x, MatrixView<T> y) {
  const auto p = parameters<T>(f);
  switch (f) {
    case Curve::gelu:
      return kernels.template curve<Curve::gelu, T>(x, y, p);
    case Curve::gelu_tanh:
      return kernels.template curve<Curve::gelu_tanh, T>(x, y, p);
    case Curve::silu:
      return kernels.template curve<Curve::silu, T>(x, y, p);
    case Curve::leaky_relu:
      return kernels.template curve<Curve::leaky_relu, T>(x, y, p);
    case Curve::elu:
      return kernels.template curve<Curve::elu, T>(x, y, p);
    case Curve::softplus:
      return kernels.template curve<Curve::softplus, T>(x, y, p);
    case Curve::exp:
      return kernels.template curve<Curve::exp, T>(x, y, p);
    case Curve::erf:
      return kernels.template curve<Curve::erf, T>(x, y, p);
  }
}
template <class T, class Kernels>
void pass_back(Kernels kernels, Curve f, ConstMatrixView<T> x, ConstMatrixView<T> dy, MatrixView<T> dx) {
  const auto p = parameters<T>(f);
  switch (f) {
    case Curve::gelu:
      return kernels.template curve_backward<Curve::gelu, T>(x, dy, dx, p);
    case Curve::gelu_tanh:
      return kernels.template curve_backward<Curve::gelu_tanh, T>(x, dy, dx, p);
    case Curve::silu:
      return kernels.template curve_backward<Curve::silu, T>(x, dy, dx, p);
    case Curve::leaky_relu:
      return kernels.template curve_backward<Curve::leaky_relu, T>(x, dy, dx, p);
    case Curve::elu:
      return kernels.template curve_backward<Curve::elu, T>(x, dy, dx, p);
    case Curve::softplus:
      return kernels.template curve_backward<Curve::softplus, T>(x, dy, dx, p);
    case Curve::exp:
      return kernels.template curve_backward<Curve::exp, T>(x, dy, dx, p);
    case Curve::erf:
      return kernels.template curve_backward<Curve::erf, T>(x, dy, dx, p);
  }
}

/// f of each x, or f'.
template <class T, class Kernels>
std::vector<T> compute(Kernels kernels, Curve f, bool slope, const std::vector<T>& x) {
  const auto n = static_cast<Index>(x.size());
  std::vector<T> y(x.size());
  const std::vector<T> ones(x.size(), 1);
  if (slope)
    pass_back<T>(kernels, f, {x.data(), 1, n}, {ones.data(), 1, n}, {y.data(), 1, n});
  else
    pass<T>(kernels, f, {x.data(), 1, n}, {y.data(), 1, n});
  return y;
}

/// The exact result, and the size of the terms that it is the sum of.
template <class Exact>
struct Result {
  Exact value;
  Exact terms;
};

template <class Exact>
Exact logistic(Exact x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}
/// v of gelu_tanh
template <class Exact>
Exact tanh_gelu_v(Exact x) {
  return std::sqrt(2 / std::atan(Exact(1))) * (x + Exact(44715) / 1000000 * x * x * x);
}
/// s(v) + x s(v) s(-v) slope
template <class Exact>
Result<Exact> gate_slope(Exact x, Exact v, Exact slope) {
  const Exact s = logistic(v), change = std::isinf(x) ? 0 : x * s * logistic(-v) * slope;
  return {s + change, s + std::abs(change)};
}

template <class Exact>
Result<Exact> exact(Curve f, bool slope, Exact x) {
  const auto p = parameters<Exact>(f);
  const auto one = [](Exact value) { return Result<Exact>{value, std::abs(value)}; };
  switch (f) {
    case Curve::gelu: {
      const Exact root = std::sqrt(Exact(2)), below = std::erfc(-x / root) / 2;
      if (!slope) return one(std::isinf(x) ? std::max(x, Exact(0)) : x * below);
      const Exact density = std::exp(-x * x / 2) / std::sqrt(8 * std::atan(Exact(1)));
      const Exact change = density == 0 ? 0 : x * density;
      return {below + change, below + std::abs(change)};
    }
    case Curve::gelu_tanh:
      if (slope) {
        const Exact k = std::sqrt(2 / std::atan(Exact(1))), c = Exact(44715) / 1000000;
        return gate_slope(x, tanh_gelu_v(x), k * (1 + 3 * c * x * x));
      }
      return one(std::isinf(x) ? std::max(x, Exact(0)) : x * logistic(tanh_gelu_v(x)));
    case Curve::silu:
      if (slope) return gate_slope(x, x, Exact(1));
      return one(std::isinf(x) ? std::max(x, Exact(0)) : x * logistic(x));
    case Curve::leaky_relu:
      return one(slope ? (x > 0 ? 1 : p.a) : (x > 0 ? x : x * p.a));
    case Curve::elu:
      return one(slope ? (x > 0 ? 1 : p.a * std::exp(x)) : (x > 0 ? x : p.a * std::expm1(x)));
    case Curve::softplus:
      if (slope) return one(x > p.b ? 1 : logistic(x));
      return one(x > p.b ? x : std::max(x, Exact(0)) + std::log1p(std::exp(-std::abs(x))));
    case Curve::exp:
      return one(std::exp(x));
    case Curve::erf:
      return one(slope ? std::exp(-x * x) / std::sqrt(std::atan(Exact(1))) : std::erf(x));
  }
  return {};
}

/// Units in the last place of the terms, and of |x| times the smallest normal number where that is more: there an
/// exponential that is a factor of the result has lost digits.
template <class T, class Exact>
double error_of(T got, const Result<Exact>& expected, Exact x) {
  if (!std::isfinite(expected.value) || !std::isfinite(got)) return testing::ulps(got, expected.value);
  Exact size = std::max(expected.terms, std::numeric_limits<T>::min() * std::max(Exact(1), std::abs(x)));
  int exponent = 0;
  std::frexp(size, &exponent);
  const Exact unit = std::ldexp(Exact(1), exponent - std::numeric_limits<T>::digits);
  return static_cast<double>(std::abs(static_cast<Exact>(got) - expected.value) / unit);
}

/// g++ makes fused multiply-adds from -O2 on only: where the presets define NDEBUG.
#ifdef NDEBUG
constexpr bool fuses = true;
#else
constexpr bool fuses = false;
#endif

/// The errors that docs/kernels.md states.
template <class T>
double allowed(Curve f, bool slope, const char* isa, T x) {
  const auto finite = [](double factor) { return std::isfinite(factor) ? factor : 0; };
  switch (f) {
    case Curve::gelu:  // without a fused multiply-add what rounding takes from x^2 is lost
      return (slope ? 4 : 7.5) + (fuses && testing::is_fused(isa) ? 0 : finite(0.5 * static_cast<double>(x) * x));
    case Curve::gelu_tanh:
      return 5 + 2.5 * finite(std::abs(tanh_gelu_v(static_cast<double>(x))));
    case Curve::silu:
      return slope ? 4.5 : 3.5;
    case Curve::leaky_relu:
      return 0.5;
    case Curve::elu:
      return 2;
    case Curve::softplus:
      return slope ? 2.5 : 4.5;
    case Curve::exp:
      return 1.3;
    case Curve::erf:
      if (!slope) return sizeof(T) == 4 ? 6.1 : 9.5;
      return 5 + (fuses && testing::is_fused(isa) ? 0 : finite(static_cast<double>(x) * x));
  }
  return 0;
}

template <class T, class Exact>
void check(const std::vector<T>& x) {
  for (const Curve f : all_curves)
    for (const bool slope : {false, true}) {
      CAPTURE(name_of(f));
      CAPTURE(slope);
      std::vector<Result<Exact>> expected(x.size());
      for (std::size_t i = 0; i < x.size(); ++i) expected[i] = exact(f, slope, static_cast<Exact>(x[i]));
      std::vector<T> first;
      testing::on_each_isa([&](const char* isa, auto kernels) {
        CAPTURE(isa);
        const std::vector<T> y = compute(kernels, f, slope, x);
        double worst = 0;
        T worst_at = 0;
        int different = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
          const double error = error_of(y[i], expected[i], static_cast<Exact>(x[i])) / allowed(f, slope, isa, x[i]);
          if (!(error <= worst)) {
            worst = error;
            worst_at = x[i];
          }
          if (testing::is_fused(isa) && !first.empty() && !std::isnan(y[i]) &&
              testing::bits(y[i]) != testing::bits(first[i]))
            ++different;
        }
        CAPTURE(worst_at);
        CHECK(worst <= 1);
        CHECK(different == 0);
        if (testing::is_fused(isa)) first = y;
      });
    }
}

}  // namespace

TEST_CASE("curves of floats of every exponent are as exact as they say, on every instruction set") {
  testing::each_block_of_floats([](const std::vector<float>& x) { check<float, double>(x); });
}

TEST_CASE("curves of doubles of every exponent are as exact as they say, on every instruction set") {
  if constexpr (std::numeric_limits<long double>::digits > 60) {
    std::mt19937_64 bits(59);
    std::vector<double> x = testing::doubles_of_every_exponent(bits, {0.2, 1.0, 3.0, 6.0, 12.0, 40.0, 750.0});
    check<double, long double>(x);
  }
}

TEST_CASE_TEMPLATE("exp, erf and their derivatives of NaN, infinities and zeros are their limits", T, float, double) {
  using Limits = std::numeric_limits<T>;
  constexpr T inf = Limits::infinity(), nan = Limits::quiet_NaN(), tiny = Limits::denorm_min();
  testing::on_each_isa([&](const char* isa, auto kernels) {
    CAPTURE(isa);
    const auto at = [&](Curve f, bool slope, T x) { return compute(kernels, f, slope, std::vector<T>{x})[0]; };
    for (const bool slope : {false, true}) {
      CHECK(at(Curve::exp, slope, inf) == inf);
      CHECK(at(Curve::exp, slope, -inf) == 0);
      for (const T x : {T(0), T(-0.0), tiny, -tiny}) CHECK(at(Curve::exp, slope, x) == 1);
      for (const Curve f : {Curve::exp, Curve::erf}) CHECK(std::isnan(at(f, slope, nan)));
    }
    for (const T x : {inf, Limits::max()})
      for (const T sign : {T(1), T(-1)}) {
        CHECK(at(Curve::erf, false, sign * x) == sign);
        CHECK(at(Curve::erf, true, sign * x) == 0);
      }
    for (const T x : {T(0), T(-0.0), tiny, -tiny}) CHECK(at(Curve::erf, true, x) == T(1.12837916709551257390L));
    CHECK(at(Curve::erf, true, sizeof(T) == 4 ? T(10) : T(27)) > 0);  // denormal
  });
}

TEST_CASE_TEMPLATE("curves of NaN, infinities and zeros are their limits", T, float, double) {
  using Limits = std::numeric_limits<T>;
  constexpr T inf = Limits::infinity(), nan = Limits::quiet_NaN(), tiny = Limits::denorm_min();
  testing::on_each_isa([&](const char* isa, auto kernels) {
    CAPTURE(isa);
    const auto of = [&](Curve f, T x) { return compute(kernels, f, false, std::vector<T>{x})[0]; };
    const auto slope_of = [&](Curve f, T x) { return compute(kernels, f, true, std::vector<T>{x})[0]; };
    for (const Curve f : all_curves) {
      if (f == Curve::exp || f == Curve::erf) continue;  // see above
      CAPTURE(name_of(f));
      for (const T x : {nan, -nan}) {
        CHECK(std::isnan(of(f, x)));
        if (f == Curve::leaky_relu)
          CHECK(slope_of(f, x) == T(0.0625));  // as PyTorch: a NaN is not above 0
        else
          CHECK(std::isnan(slope_of(f, x)));
      }
      CHECK(of(f, inf) == inf);
      CHECK(of(f, Limits::max()) == Limits::max());
      CHECK(slope_of(f, inf) == 1);
      CHECK(slope_of(f, Limits::max()) == 1);
      for (const T x : {-inf, -Limits::max()}) {
        CAPTURE(x);
        CHECK(slope_of(f, x) == (f == Curve::leaky_relu ? T(0.0625) : T(0)));
        if (f == Curve::leaky_relu)
          CHECK(of(f, x) == T(0.0625) * x);
        else
          CHECK(of(f, x) == (f == Curve::elu ? T(-1.5) : T(0)));
      }
      for (const T x : {T(0), T(-0.0), tiny, -tiny}) {
        CAPTURE(x);
        const T at_zero = f == Curve::softplus ? static_cast<T>(std::log(2.0L)) : T(0);
        CHECK(std::abs(of(f, x) - at_zero) <= std::max(2 * tiny, Limits::epsilon() * at_zero));
        if (f == Curve::leaky_relu || f == Curve::elu)
          CHECK(slope_of(f, x) == (x > 0 ? 1 : parameters<T>(f).a));
        else
          CHECK(slope_of(f, x) == T(0.5));
      }
    }
    const T behind = std::nextafter(T(20), T(21));
    CHECK(of(Curve::softplus, behind) == behind);
    CHECK(slope_of(Curve::softplus, behind) == 1);
    if (sizeof(T) == 8) {
      CHECK(of(Curve::softplus, 20) > 20);  // 20 is not above the threshold
      CHECK(slope_of(Curve::softplus, 20) < 1);
    }
  });
}

TEST_CASE_TEMPLATE("softplus of another beta and threshold is the formula", T, float, double) {
  testing::on_each_isa([&](const char* isa, auto kernels) {
    CAPTURE(isa);
    const CurveParameters<T> p{.a = T(0.75), .b = T(1.5)};
    for (T x = -6; x < 6; x += T(0.25)) {
      CAPTURE(x);
      T y = 0, dx = 0;
      const T dy = -2;
      kernels.template curve<Curve::softplus, T>({&x, 1, 1}, {&y, 1, 1}, p);
      kernels.template curve_backward<Curve::softplus, T>({&x, 1, 1}, {&dy, 1, 1}, {&dx, 1, 1}, p);
      const double z = 0.75 * static_cast<double>(x);
      const double expected = z > 1.5 ? static_cast<double>(x) : std::log1p(std::exp(z)) / 0.75;
      const double slope = z > 1.5 ? 1 : 1 / (1 + std::exp(-z));
      const double unit = static_cast<double>(std::numeric_limits<T>::epsilon());
      CHECK(std::abs(static_cast<double>(y) - expected) <= 6 * unit * expected);
      CHECK(std::abs(static_cast<double>(dx) + 2 * slope) <= 6 * unit * slope);
    }
  });
}

TEST_CASE_TEMPLATE("a curve of any number of columns touches these only, and is that of each element", T, float,
                   double) {
  testing::on_each_isa([&](const char* isa, auto kernels) {
    CAPTURE(isa);
    for (const Curve f : all_curves)
      for (Index n = 1; n <= 70; ++n) {
        CAPTURE(name_of(f));
        CAPTURE(n);
        const Fenced<T> x(2, n);
        Fenced<T> y(2, n), dy(2, n), dx(2, n);
        pass<T>(kernels, f, x.inside, y.inside);
        pass_back<T>(kernels, f, x.inside, dy.inside, dx.inside);
        CHECK(y.fence_is_whole());
        CHECK(dx.fence_is_whole());
        bool same = true, is_product = true;
        for (Index i = 0; i < 2; ++i)
          for (Index j = 0; j < n; ++j) {
            const std::vector<T> x_ij{x.inside(i, j)};
            same = same && testing::bits(compute(kernels, f, false, x_ij)[0]) == testing::bits(y.inside(i, j));
            const T product = compute(kernels, f, true, x_ij)[0] * dy.inside(i, j);
            is_product = is_product && testing::bits(product) == testing::bits(dx.inside(i, j));
          }
        CHECK(same);
        CHECK(is_product);
        pass_back<T>(kernels, f, x.inside, dy.inside, dy.inside);  // in place
        CHECK(testing::bitwise_equal(dy.inside, dx.inside));
        CHECK(dy.fence_is_whole());
      }
  });
}

TEST_CASE_TEMPLATE("threads change no bit of a curve, in one piece of memory or in rows with a stride", T, float,
                   double) {
  const Index rows = 301, cols = 401;  // more than are worth a thread
  const Fenced<T> x(rows, cols), dy(rows, cols);
  Fenced<T> y(rows, cols);
  Matrix<T> alone(rows, cols), shared(rows, cols), whole = x.inside.matrix(), whole_dy = dy.inside.matrix();
  set_num_threads(1);
  apply_curve<Curve::gelu>(x.inside, view(alone));
  set_num_threads(3);
  apply_curve<Curve::gelu>(whole, view(shared));
  apply_curve<Curve::gelu>(x.inside, y.inside);
  CHECK(testing::bitwise_equal(alone, shared));
  CHECK(testing::bitwise_equal(alone, y.inside));
  set_num_threads(1);
  apply_curve_derivative<Curve::gelu>(x.inside, dy.inside, view(alone));
  set_num_threads(3);
  apply_curve_derivative<Curve::gelu>(whole, whole_dy, view(shared));
  apply_curve_derivative<Curve::gelu>(x.inside, dy.inside, y.inside);
  set_num_threads(0);
  CHECK(testing::bitwise_equal(alone, shared));
  CHECK(testing::bitwise_equal(alone, y.inside));
  CHECK(y.fence_is_whole());
}
