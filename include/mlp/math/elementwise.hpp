// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include <mlp/core/error.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/activation.hpp>
#include <mlp/math/curve.hpp>
#include <mlp/math/kernels.hpp>
#include <mlp/math/threads.hpp>

// Passes over memory, element by element. All shapes are equal; rows may have a stride; what is written may be what is
// read, but not a part of it that starts elsewhere. Large ones take threads, and give the same bits with any number.
//
// The public ones throw ShapeError before they write anything where a matrix has not the shape of the first one:
// `mlp::apply: expected y [32, 64], got [32, 8]`.

namespace mlp {

namespace detail {

/// pass(parts of the views...): a part is some rows, or a piece of one long row where no row has a gap behind it.
template <class F, class View, class... Views>
void in_parts_of(const F& pass, View view, Views... others) {
  const auto whole = [](auto v) { return v.stride() == v.cols() || v.rows() == 1; };
  if (whole(view) && (whole(others) && ...)) {
    constexpr Index line = 64;  // so that two threads never write to one line of the cache
    in_parts(view.size(), view.size(), line, [&](Index first, Index count) {
      pass(View(view.data() + first, 1, count), Views(others.data() + first, 1, count)...);
    });
  } else {
    in_parts(view.size(), view.rows(), 1,
             [&](Index first, Index count) { pass(view.rows(first, count), others.rows(first, count)...); });
  }
}

/// One step of an optimizer (optimizer_steps.hpp) on one parameter. Shapes: w, its gradient g and each state equal.
template <class T, class Step, class... State>
void step(const Step& step, MatrixView<T> w, std::type_identity_t<ConstMatrixView<T>> g, State... state) {
  in_parts_of([&](auto... views) { dispatch([&](auto kernels) { kernels.step(step, views...); }); }, w, g, state...);
}

/// x <- x within [-bound, bound]; a NaN stays.
template <class T>
void clamp(MatrixView<T> x, std::type_identity_t<T> bound) {
  in_parts_of([&](auto part) { dispatch([&](auto kernels) { kernels.clamp(part, bound); }); }, x);
}

}  // namespace detail

/// y = f(x).
///
///     apply(Activation::tanh, x, y);
template <class T>
void apply(Activation f, std::type_identity_t<ConstMatrixView<T>> x, MatrixView<T> y) {
  detail::check_shape("apply", "y", x.shape(), y.shape());
  detail::in_parts_of([&](auto... views) { detail::dispatch([&](auto kernels) { kernels.apply(f, views...); }); }, x,
                      y);
}

/// dx = dy f'(x) from y = f(x). That of ReLU is dy where y > 0 or NaN, else 0 whatever dy is.
template <class T>
void apply_derivative(Activation f, std::type_identity_t<ConstMatrixView<T>> y,
                      std::type_identity_t<ConstMatrixView<T>> dy, MatrixView<T> dx) {
  detail::check_shape("apply_derivative", "dy", y.shape(), dy.shape());
  detail::check_shape("apply_derivative", "dx", y.shape(), dx.shape());
  detail::in_parts_of(
      [&](auto... views) { detail::dispatch([&](auto kernels) { kernels.apply_derivative(f, views...); }); }, y, dy,
      dx);
}

/// y = a + b
template <class T>
void add(std::type_identity_t<ConstMatrixView<T>> a, std::type_identity_t<ConstMatrixView<T>> b, MatrixView<T> y) {
  detail::check_shape("add", "b", a.shape(), b.shape());
  detail::check_shape("add", "y", a.shape(), y.shape());
  detail::in_parts_of(
      [&](auto... views) { detail::dispatch([&](auto kernels) { kernels.combine(false, views...); }); }, a, b, y);
}

/// y = a b, element by element
template <class T>
void multiply(std::type_identity_t<ConstMatrixView<T>> a, std::type_identity_t<ConstMatrixView<T>> b,
              MatrixView<T> y) {
  detail::check_shape("multiply", "b", a.shape(), b.shape());
  detail::check_shape("multiply", "y", a.shape(), y.shape());
  detail::in_parts_of(
      [&](auto... views) { detail::dispatch([&](auto kernels) { kernels.combine(true, views...); }); }, a, b, y);
}

/// y = f(x), and dx = dy f'(x) from x, of the functions of math/curve.hpp.
///
///     apply_curve<Curve::leaky_relu>(x, y, {.a = 0.01f});
template <Curve F, class T>
void apply_curve(std::type_identity_t<ConstMatrixView<T>> x, MatrixView<T> y,
                 const std::type_identity_t<CurveParameters<T>>& p = {}) {
  detail::check_shape("apply_curve", "y", x.shape(), y.shape());
  detail::in_parts_of(
      [&](auto... views) { detail::dispatch([&](auto kernels) { kernels.template curve<F, T>(views..., p); }); }, x, y);
}
template <Curve F, class T>
void apply_curve_derivative(std::type_identity_t<ConstMatrixView<T>> x, std::type_identity_t<ConstMatrixView<T>> dy,
                            MatrixView<T> dx, const std::type_identity_t<CurveParameters<T>>& p = {}) {
  detail::check_shape("apply_curve_derivative", "dy", x.shape(), dy.shape());
  detail::check_shape("apply_curve_derivative", "dx", x.shape(), dx.shape());
  detail::in_parts_of(
      [&](auto... views) {
        detail::dispatch([&](auto kernels) { kernels.template curve_backward<F, T>(views..., p); });
      },
      x, dy, dx);
}

/// w <- alpha (g + decay w) + beta w, rounded as the product that ends with it: gemm_tn(dy, x, w, how), where its sums
/// are made in one block of k, as those of up to 320 are.
///
///     update(w, {-lr, 1, weight_decay}, g);   // a step of SGD
template <class T>
void update(MatrixView<T> w, const std::type_identity_t<Update<T>>& how, std::type_identity_t<ConstMatrixView<T>> g) {
  detail::check_shape("update", "g", w.shape(), g.shape());
  detail::in_parts_of(
      [&](auto w_part, auto g_part) { detail::dispatch([&](auto kernels) { kernels.update(w_part, how, g_part); }); },
      w, g);
}

}  // namespace mlp
