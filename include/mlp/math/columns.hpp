// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include <mlp/core/view.hpp>
#include <mlp/math/kernels.hpp>
#include <mlp/math/threads.hpp>

// Statistics of columns, and what normalises by them. Vectors are [1, columns]. Each column is added up in the order of
// its rows, so the bits do not depend on threads or instruction sets. The caller checks the shapes: BatchNorm1d does.
//
//     column_moments<float>(x, mean, variance);   // x [n, features], mean and variance [1, features]

namespace mlp {

namespace detail {
/// f(first, count) for parts of the columns of x.
template <class T, class F>
void in_parts_of_columns(ConstMatrixView<T> x, const F& f) {
  in_parts(x.size(), x.cols(), 64 / static_cast<Index>(sizeof(T)), f);
}
template <class View>
View columns_of(View x, Index first, Index count) {
  return {x.data() + first, x.rows(), count, x.stride()};
}
}  // namespace detail

/// mean_j = sum_i x_ij / n and variance_j = sum_i (x_ij - mean_j)^2 / n over the n rows.
template <class T>
void column_moments(std::type_identity_t<ConstMatrixView<T>> x, MatrixView<T> mean, MatrixView<T> variance) {
  detail::in_parts_of_columns<T>(x, [&](Index first, Index count) {
    detail::dispatch([&](auto kernels) {
      kernels.column_moments(detail::columns_of(x, first, count), mean.data() + first, variance.data() + first);
    });
  });
}

/// y_ij = (x_ij - mean_j) scale_j + shift_j
template <class T>
void normalize_columns(std::type_identity_t<ConstMatrixView<T>> x, std::type_identity_t<ConstMatrixView<T>> mean,
                       std::type_identity_t<ConstMatrixView<T>> scale, std::type_identity_t<ConstMatrixView<T>> shift,
                       MatrixView<T> y) {
  detail::in_parts(x.size(), x.rows(), 1, [&](Index first, Index count) {
    detail::dispatch([&](auto kernels) {
      kernels.normalize_columns(x.rows(first, count), mean.data(), scale.data(), shift.data(), y.rows(first, count));
    });
  });
}

/// dweight_j = sum_i dy_ij (x_ij - mean_j) inverse_j and dbias_j = sum_i dy_ij
template <class T>
void column_gradients(std::type_identity_t<ConstMatrixView<T>> x, std::type_identity_t<ConstMatrixView<T>> mean,
                      std::type_identity_t<ConstMatrixView<T>> inverse, std::type_identity_t<ConstMatrixView<T>> dy,
                      MatrixView<T> dweight, MatrixView<T> dbias) {
  detail::in_parts_of_columns<T>(x, [&](Index first, Index count) {
    detail::dispatch([&](auto kernels) {
      kernels.column_gradients(detail::columns_of(x, first, count), mean.data() + first, inverse.data() + first,
                               detail::columns_of(dy, first, count), dweight.data() + first, dbias.data() + first);
    });
  });
}

/// dx_ij = (dy_ij - shift_j - (x_ij - mean_j) slope_j) scale_j
template <class T>
void normalize_columns_backward(std::type_identity_t<ConstMatrixView<T>> x,
                                std::type_identity_t<ConstMatrixView<T>> mean,
                                std::type_identity_t<ConstMatrixView<T>> scale,
                                std::type_identity_t<ConstMatrixView<T>> shift,
                                std::type_identity_t<ConstMatrixView<T>> slope,
                                std::type_identity_t<ConstMatrixView<T>> dy, MatrixView<T> dx) {
  detail::in_parts(x.size(), x.rows(), 1, [&](Index first, Index count) {
    detail::dispatch([&](auto kernels) {
      kernels.normalize_columns_backward(x.rows(first, count), mean.data(), scale.data(), shift.data(), slope.data(),
                                         dy.rows(first, count), dx.rows(first, count));
    });
  });
}

}  // namespace mlp
