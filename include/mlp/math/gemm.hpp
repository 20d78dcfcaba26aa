// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <type_traits>

#include <mlp/core/error.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/threads.hpp>

// The products of the library, and the only place that multiplies matrices:
//
//   gemm_nn   C = alpha A B   + beta C      A [m, k]  B [k, n]  C [m, n]
//   gemm_nt   C = alpha A B^T + beta C      A [m, k]  B [n, k]
//   gemm_tn   C = alpha A^T B + beta C      A [k, m]  B [k, n]
//
// All throw ShapeError where the shapes do not meet. C must not overlap A or B. Where beta is 0, C is not read.

namespace mlp {

namespace detail {

/// Runs one of Eigen's products on `threads` threads. Eigen asks OpenMP for its number of threads, so the answer is set
/// for this call alone: the setting belongs to the implicit task of a region of one thread and ends with it.
template <class F>
void on_threads(int threads, F&& product) {
#ifdef _OPENMP
  if (threads != omp_get_max_threads()) {
#pragma omp parallel num_threads(1)
    {
      omp_set_num_threads(threads);
      product();
    }
    return;
  }
#endif
  static_cast<void>(threads);
  product();
}

template <class A, class B, class T>
void gemm(const char* name, const A& a, const B& b, MatrixView<T> c, T alpha, T beta) {
  if (a.cols() != b.rows() || c.rows() != a.rows() || c.cols() != b.cols())
    throw ShapeError(std::string("mlp::") + name + ": shapes do not meet: op(A) " +
                     to_string(Shape{a.rows(), a.cols()}) + ", op(B) " + to_string(Shape{b.rows(), b.cols()}) + ", C " +
                     to_string(c.shape()));
  auto out = c.matrix();
  const auto product = [&] {
    if (beta == T(0))
      out.setZero();
    else if (beta != T(1))
      out *= beta;
    if (alpha == T(1))
      out.noalias() += a * b;
    else
      out.noalias() += alpha * (a * b);  // takes memory for alpha A where C is one row or one column
  };
  constexpr Index eigen_takes_threads = 100'000;  // multiplications; below, Eigen stays on the calling thread
  constexpr Index worth_threads = 1'000'000;      // below, waking a thread costs more than it does
  const Index multiplications = a.rows() * a.cols() * b.cols();
  if (multiplications < eigen_takes_threads)
    product();
  else
    on_threads(multiplications < worth_threads ? 1 : num_threads(), product);
}

}  // namespace detail

/// C = alpha A B + beta C.
template <class T>
void gemm_nn(std::type_identity_t<ConstMatrixView<T>> a, std::type_identity_t<ConstMatrixView<T>> b, MatrixView<T> c,
             std::type_identity_t<T> alpha = 1, std::type_identity_t<T> beta = 0) {
  detail::gemm("gemm_nn", a.matrix(), b.matrix(), c, alpha, beta);
}

/// C = alpha A B^T + beta C: the forward product y = x W^T.
template <class T>
void gemm_nt(std::type_identity_t<ConstMatrixView<T>> a, std::type_identity_t<ConstMatrixView<T>> b, MatrixView<T> c,
             std::type_identity_t<T> alpha = 1, std::type_identity_t<T> beta = 0) {
  detail::gemm("gemm_nt", a.matrix(), b.matrix().transpose(), c, alpha, beta);
}

/// C = alpha A^T B + beta C: the weight gradient dW = dy^T x.
template <class T>
void gemm_tn(std::type_identity_t<ConstMatrixView<T>> a, std::type_identity_t<ConstMatrixView<T>> b, MatrixView<T> c,
             std::type_identity_t<T> alpha = 1, std::type_identity_t<T> beta = 0) {
  detail::gemm("gemm_tn", a.matrix().transpose(), b.matrix(), c, alpha, beta);
}

}  // namespace mlp
