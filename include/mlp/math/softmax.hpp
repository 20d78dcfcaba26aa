// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include <mlp/core/error.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/kernels.hpp>
#include <mlp/math/threads.hpp>

// Functions of each row. The order of every sum is fixed, so results do not depend on threads or instruction sets. What
// is written may be what is read.

namespace mlp {

namespace detail {

template <class T>
void softmax(ConstMatrixView<T> x, MatrixView<T> y, bool logarithm) {
  const char* const who = logarithm ? "log_softmax_rows" : "softmax_rows";
  check_shape(who, "y", x.shape(), y.shape());
  in_parts(x.size(), x.rows(), 1, [&](Index first, Index count) {
    dispatch([&](auto kernels) { kernels.softmax(x.rows(first, count), y.rows(first, count), logarithm); });
  });
}

template <class T>
void softmax_backward(ConstMatrixView<T> y, ConstMatrixView<T> dy, MatrixView<T> dx, bool logarithm) {
  const char* const who = logarithm ? "log_softmax_rows_backward" : "softmax_rows_backward";
  check_shape(who, "dy", y.shape(), dy.shape());
  check_shape(who, "dx", y.shape(), dx.shape());
  in_parts(y.size(), y.rows(), 1, [&](Index first, Index count) {
    dispatch([&](auto kernels) {
      kernels.softmax_backward(y.rows(first, count), dy.rows(first, count), dx.rows(first, count), logarithm);
    });
  });
}

/// With m_i = max_k x_ik, s_i = sum_k exp(x_ik - m_i), p_ik = exp(x_ik - m_i) / s_i and t = labels_i:
///
///     losses_i = log s_i - (x_it - m_i) = -log p_it        dx_i = scales_i (p_i - one_hot(t)) if `dx` is given
///
/// Where t is no class, nothing is subtracted: losses_i = log s_i, dx_i = scales_i p_i. Where a scale is 0, dx_i is 0,
/// whatever x_i is. `m` may be null. s_i is summed in double precision in the order of k; its logarithm is within 3
/// ulps. On the calling thread.
template <class T>
void cross_entropy(ConstMatrixView<T> x, const int* labels, const T* scales, MatrixView<T> dx, double* losses,
                   T* m = nullptr) {
  dispatch([&](auto kernels) { kernels.cross_entropy(x, labels, scales, dx, losses, m); });
}

}  // namespace detail

/// y_j = x_j - m - log sum_k exp(x_k - m) over each row, m its largest element: no exponent overflows.
/// Shapes: x, y [batch, classes]. @throws ShapeError `mlp::log_softmax_rows: expected y [4, 6], got [4, 5]`
template <class T>
void log_softmax_rows(ConstMatrixView<T> x, MatrixView<T> y) {
  detail::softmax(x, y, true);
}

/// y_j = exp(x_j - m) / sum_k exp(x_k - m) over each row. Shapes and what is thrown as above.
///
///     Matrix<float> probabilities(logits.rows(), logits.cols());
///     softmax_rows<float>(logits, probabilities);
template <class T>
void softmax_rows(ConstMatrixView<T> x, MatrixView<T> y) {
  detail::softmax(x, y, false);
}

/// dx = y (dy - sum_k dy_k y_k), from y = softmax(x). Shapes: y, dy, dx [batch, classes].
/// @throws ShapeError `mlp::softmax_rows_backward: expected dy [4, 6], got [4, 5]`
template <class T>
void softmax_rows_backward(ConstMatrixView<T> y, ConstMatrixView<T> dy, MatrixView<T> dx) {
  detail::softmax_backward(y, dy, dx, false);
}

/// dx = dy - exp(y) sum_k dy_k, from y = log softmax(x). Shapes and what is thrown as above.
template <class T>
void log_softmax_rows_backward(ConstMatrixView<T> y, ConstMatrixView<T> dy, MatrixView<T> dx) {
  detail::softmax_backward(y, dy, dx, true);
}

}  // namespace mlp
