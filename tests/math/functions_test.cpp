// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <mlp/math/activation.hpp>
#include <mlp/math/curve.hpp>
#include <mlp/math/kernels.hpp>

#include "support/bits.hpp"
#include "support/each_isa.hpp"
#include "support/ulp.hpp"

using namespace mlp;

namespace {

enum class Function { exp, tanh, sigmoid, erf };
constexpr Function all_functions[] = {Function::exp, Function::tanh, Function::sigmoid, Function::erf};
const char* name_of(Function f) {
  constexpr const char* names[] = {"exp", "tanh", "sigmoid", "erf"};
  return names[static_cast<int>(f)];
}

template <class Kernels, class T>
std::vector<T> compute(Kernels kernels, Function f, const std::vector<T>& x) {
  std::vector<T> y(x.size());
  const Index n = static_cast<Index>(x.size());
  const ConstMatrixView<T> from(x.data(), 1, n);
  const MatrixView<T> to(y.data(), 1, n);
  switch (f) {
    case Function::exp:
      kernels.template curve<Curve::exp, T>(from, to, {});
      break;
    case Function::tanh:
      kernels.apply(Activation::tanh, from, to);
      break;
    case Function::sigmoid:
      kernels.apply(Activation::sigmoid, from, to);
      break;
    case Function::erf:
      kernels.template curve<Curve::erf, T>(from, to, {});
      break;
  }
  return y;
}

template <class Exact>
Exact exact(Function f, Exact x) {
  switch (f) {
    case Function::exp:
      return std::exp(x);
    case Function::tanh:
      return std::tanh(x);
    case Function::sigmoid:
      return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
    case Function::erf:
      return std::erf(x);
  }
  return x;
}

/// The errors that functions.inc states, in units of the last place.
template <class T>
double bound(Function f) {
  if (f == Function::exp) return 1.3;
  if (f == Function::erf) return sizeof(T) == 4 ? 6.1 : 9.5;
  return 2.5;
}

/// Within the bounds everywhere, the same bits on instruction sets with a fused multiply-add, no |y| > 1 but of exp,
/// and the sign of x where the function is odd.
template <class T, class Exact>
void check_function(const std::vector<T>& x) {
  for (const Function f : all_functions) {
    CAPTURE(name_of(f));
    std::vector<Exact> expected(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) expected[i] = exact(f, static_cast<Exact>(x[i]));
    std::vector<T> first;
    testing::on_each_isa([&](const char* isa, auto kernels) {
      CAPTURE(isa);
      const std::vector<T> y = compute(kernels, f, x);
      double worst = 0;
      T worst_at = 0;
      int too_large = 0, wrong_sign = 0, different = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double error = testing::ulps(y[i], expected[i]);
        if (error > worst) {
          worst = error;
          worst_at = x[i];
        }
        if (f != Function::exp && std::abs(y[i]) > 1) ++too_large;
        const bool odd = f == Function::tanh || f == Function::erf;
        if (!std::isnan(x[i]) && std::signbit(y[i]) != (odd && std::signbit(x[i]))) ++wrong_sign;
        if (testing::is_fused(isa) && !first.empty() && !std::isnan(y[i]) &&
            testing::bits(y[i]) != testing::bits(first[i]))
          ++different;
      }
      CAPTURE(worst_at);
      CHECK(worst <= bound<T>(f));
      CHECK(too_large == 0);
      CHECK(wrong_sign == 0);
      CHECK(different == 0);
      if (testing::is_fused(isa)) first = y;
    });
  }
}

}  // namespace

TEST_CASE("functions of floats of every exponent are as exact as they say, on every instruction set") {
  testing::each_block_of_floats([](const std::vector<float>& x) { check_function<float, double>(x); });
}

TEST_CASE("functions of doubles of every exponent are as exact as they say, on every instruction set") {
  if constexpr (std::numeric_limits<long double>::digits > 60) {
    std::mt19937_64 bits(59);
    std::vector<double> x = testing::doubles_of_every_exponent(bits, {0.2, 1.0, 6.0, 20.0, 40.0, 750.0});
    for (int i = 0; i < 20000; ++i) x.push_back(-708.0 - 37.5 * std::ldexp(static_cast<double>(bits() >> 11), -53));
    check_function<double, long double>(x);
  }
}

TEST_CASE_TEMPLATE("functions of NaN, infinities, zeros and the edges of the range are exact", T, float, double) {
  using Limits = std::numeric_limits<T>;
  constexpr T inf = Limits::infinity(), nan = Limits::quiet_NaN(), tiny = Limits::denorm_min();
  const bool single = sizeof(T) == 4;
  const T overflow = single ? T(88.72284) : T(709.782712893385), underflow = single ? T(-103.9721) : T(-745.1332192);
  const T edges[] = {std::nextafter(overflow, T(1000)), overflow, underflow, std::nextafter(underflow, T(-1000))};
  testing::on_each_isa([&](const char* isa, auto kernels) {
    CAPTURE(isa);
    const auto of = [&](Function f, T x) { return compute(kernels, f, std::vector<T>{x})[0]; };
    for (const Function f : all_functions) {
      CAPTURE(name_of(f));
      CHECK(std::isnan(of(f, nan)));
      CHECK(std::isnan(of(f, -nan)));
    }
    for (const T x : {inf, Limits::max()}) {
      CHECK(of(Function::exp, x) == inf);
      CHECK(testing::bits(of(Function::exp, -x)) == testing::bits(T(0)));
      CHECK(of(Function::sigmoid, x) == 1);
      CHECK(testing::bits(of(Function::sigmoid, -x)) == testing::bits(T(0)));
      for (const Function f : {Function::tanh, Function::erf}) {
        CHECK(of(f, x) == 1);
        CHECK(of(f, -x) == -1);
      }
    }
    for (const T x : {T(0), T(-0.0), tiny, -tiny, Limits::min(), -Limits::min()}) {
      CAPTURE(x);
      CHECK(of(Function::exp, x) == 1);
      CHECK(of(Function::sigmoid, x) == T(0.5));
      CHECK(testing::bits(of(Function::tanh, x)) == testing::bits(x));
    }
    CHECK(testing::bits(of(Function::erf, T(-0.0))) == testing::bits(T(-0.0)));
    for (const T x : edges) CHECK(of(Function::exp, x) == static_cast<T>(std::exp(static_cast<long double>(x))));
    CHECK(of(Function::exp, single ? T(88.7229) : T(709.7828)) == inf);
    CHECK(of(Function::exp, single ? T(-103.973) : T(-745.134)) == 0);
    CHECK(of(Function::exp, single ? T(-100) : T(-740)) > 0);  // denormal
  });
}
