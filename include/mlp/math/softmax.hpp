// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include <mlp/core/view.hpp>
#include <mlp/math/kernels.hpp>
#include <mlp/math/threads.hpp>

// Functions of each row. The order of every sum is fixed, so results do not depend on threads or instruction sets. What
// is written may be what is read.

namespace mlp {

namespace detail {

template <class T>
void softmax(ConstMatrixView<T> x, MatrixView<T> y, bool logarithm) {
  in_parts(x.size(), x.rows(), 1, [&](Index first, Index count) {
    dispatch([&](auto kernels) { kernels.softmax(x.rows(first, count), y.rows(first, count), logarithm); });
  });
}

template <class T>
void softmax_backward(ConstMatrixView<T> y, ConstMatrixView<T> dy, MatrixView<T> dx, bool logarithm) {
  in_parts(y.size(), y.rows(), 1, [&](Index first, Index count) {
    dispatch([&](auto kernels) {
      kernels.softmax_backward(y.rows(first, count), dy.rows(first, count), dx.rows(first, count), logarithm);
    });
  });
}

/// m_i = max_k x_ik and log_sum_i = log sum_k exp(x_ik - m_i), the sum in double precision and in the order of k, the
/// logarithm within 3 ulps. With `p`, p_ik = exp(x_ik - m_i) / sum_k exp(x_ik - m_i) too. On the calling thread.
template <class T>
void log_sum_exp(ConstMatrixView<T> x, MatrixView<T> p, T* m, T* log_sums) {
  dispatch([&](auto kernels) { kernels.log_sum_exp(x, p, m, log_sums); });
}

/// losses_i = log_sum_i - (x_it - m_i) with t = labels_i, and scales_i (p_i - one_hot(t)) into `dx` if it is given.
/// Where a scale is 0, the label is not looked at, the loss has no meaning, and the row of dx is 0.
template <class T>
void one_hot_loss(ConstMatrixView<T> x, const int* labels, const T* scales, MatrixView<T> dx, double* losses) {
  dispatch([&](auto kernels) { kernels.one_hot_loss(x, labels, scales, dx, losses); });
}

}  // namespace detail

/// y_j = x_j - m - log sum_k exp(x_k - m) over each row, m its largest element: no exponent overflows.
/// Shapes: x, y [batch, classes].
template <class T>
void log_softmax_rows(ConstMatrixView<T> x, MatrixView<T> y) {
  detail::softmax(x, y, true);
}

/// y_j = exp(x_j - m) / sum_k exp(x_k - m) over each row. Shapes as above.
template <class T>
void softmax_rows(ConstMatrixView<T> x, MatrixView<T> y) {
  detail::softmax(x, y, false);
}

/// dx = y (dy - sum_k dy_k y_k), from y = softmax(x). Shapes: y, dy, dx [batch, classes].
template <class T>
void softmax_rows_backward(ConstMatrixView<T> y, ConstMatrixView<T> dy, MatrixView<T> dx) {
  detail::softmax_backward(y, dy, dx, false);
}

/// dx = dy - exp(y) sum_k dy_k, from y = log softmax(x).
template <class T>
void log_softmax_rows_backward(ConstMatrixView<T> y, ConstMatrixView<T> dy, MatrixView<T> dx) {
  detail::softmax_backward(y, dy, dx, true);
}

}  // namespace mlp
