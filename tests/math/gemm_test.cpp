// SPDX-License-Identifier: MIT
#include <mlp/math/gemm.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <mlp/math/elementwise.hpp>
#include <mlp/math/rng.hpp>

#include "support/bits.hpp"
#include "support/guarded.hpp"
#include "support/sum_of_products.hpp"

using namespace mlp;

namespace {

enum class Form { nn, nt, tn };
constexpr Form forms[] = {Form::nn, Form::nt, Form::tn};

/// Numbers from -1 to 1, which are drawn but once, as sanitizers spend half of all tests of products on that: a matrix
/// begins anywhere among a prime number of them, so that no two of its rows are alike.
template <class T>
Matrix<T> random(Index rows, Index cols, Rng& rng) {
  static const std::vector<T> numbers = [] {
    Rng first(1);
    std::vector<T> drawn(100'003);
    for (T& number : drawn) number = first.uniform(T(-1), T(1));
    return drawn;
  }();
  Matrix<T> m(rows, cols);
  const auto size = static_cast<Index>(numbers.size());
  for (Index i = 0, from = rng.random() % size; i < m.size(); from = 0) {
    const Index count = std::min(m.size() - i, size - from);
    std::copy_n(numbers.data() + from, count, m.data() + i);
    i += count;
  }
  return m;
}

/// The definition, in double: c + alpha op(A) op(B), and how large the sums are that were rounded on the way.
struct Naive {
  Matrix<double> c, magnitude;
};
template <class T>
Naive naive(Form form, ConstMatrixView<T> a, ConstMatrixView<T> b, ConstMatrixView<T> c, double alpha, double beta) {
  // The rows of op(A) and of op(B)^T
  const Matrix<double> left = form == Form::tn ? Matrix<double>(a.matrix().transpose().template cast<double>())
                                               : Matrix<double>(a.matrix().template cast<double>());
  const Matrix<double> right = form == Form::nt ? Matrix<double>(b.matrix().template cast<double>())
                                                : Matrix<double>(b.matrix().transpose().template cast<double>());
  const Index depth = left.cols();
  Naive result{Matrix<double>(c.rows(), c.cols()), Matrix<double>(c.rows(), c.cols())};
  for (Index i = 0; i < c.rows(); ++i)
    for (Index j = 0; j < c.cols(); ++j) {
      const double start = beta == 0 ? 0 : beta * static_cast<double>(c(i, j));
      const double *x = left.data() + i * depth, *y = right.data() + j * depth;
      const testing::Sum sum = testing::sum_of_products(start, alpha, x, y, static_cast<std::size_t>(depth));
      result.c(i, j) = sum.value;
      result.magnitude(i, j) = sum.magnitude;
    }
  return result;
}

template <class T>
void multiply(Form form, ConstMatrixView<T> a, ConstMatrixView<T> b, MatrixView<T> c, T alpha, T beta) {
  switch (form) {
    case Form::nn:
      return gemm_nn(a, b, c, alpha, beta);
    case Form::nt:
      return gemm_nt(a, b, c, alpha, beta);
    case Form::tn:
      return gemm_tn(a, b, c, alpha, beta);
  }
}

/// A matrix inside a larger one, so that its rows are not adjacent; what lies around it must stay.
template <class T>
struct Strided {
  Strided(Index rows, Index cols, Rng& rng, Index margin)
      : whole(random<T>(rows + 2, cols + 2 * margin, rng)), view(&whole(1, margin), rows, cols, cols + 2 * margin) {}
  Matrix<T> whole;
  MatrixView<T> view;
};

template <class T>
void check(Form form, Index m, Index n, Index k, T alpha, T beta, Index margin, Rng& rng) {
  CAPTURE(static_cast<int>(form));
  CAPTURE("m " + std::to_string(m) + ", n " + std::to_string(n) + ", k " + std::to_string(k));
  CAPTURE(alpha);
  CAPTURE(beta);
  CAPTURE(margin);
  const Strided<T> a(form == Form::tn ? k : m, form == Form::tn ? m : k, rng, margin);
  const Strided<T> b(form == Form::nt ? n : k, form == Form::nt ? k : n, rng, margin);
  Strided<T> c(m, n, rng, margin);
  const Naive expected = naive<T>(form, a.view, b.view, c.view, static_cast<double>(alpha), static_cast<double>(beta));
  Matrix<T> around = c.whole;
  multiply<T>(form, a.view, b.view, c.view, alpha, beta);

  // Each of the k + 2 operations rounds by at most epsilon.
  const double epsilon = static_cast<double>(std::numeric_limits<T>::epsilon()) * static_cast<double>(k + 3);
  bool close = true;
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < n; ++j)
      close =
          close && std::abs(static_cast<double>(c.view(i, j)) - expected.c(i, j)) <= epsilon * expected.magnitude(i, j);
  CHECK(close);
  MatrixView<T>(&around(1, margin), m, n, n + 2 * margin).array() = c.view.array();
  CHECK(testing::bitwise_equal(around, c.whole));
}

template <class T>
void check_all() {
  Rng rng(11);
  const Index sizes[] = {1, 2, 3, 7, 16, 33};
  for (const Form form : forms) {
    for (const Index m : sizes)
      for (const Index n : sizes)
        for (const Index k : sizes) check<T>(form, m, n, k, T(1), T(0), 0, rng);
    for (const Index margin : {Index{1}, Index{3}})
      for (const auto& [alpha, beta] : {std::pair{1.0, 0.0}, {1.0, 1.0}, {-0.5, 2.0}, {0.0, 1.0}, {3.0, -1.0}}) {
        check<T>(form, 5, 7, 9, static_cast<T>(alpha), static_cast<T>(beta), margin, rng);
        check<T>(form, 1, 40, 13, static_cast<T>(alpha), static_cast<T>(beta), margin, rng);
        check<T>(form, 40, 1, 13, static_cast<T>(alpha), static_cast<T>(beta), margin, rng);
        check<T>(form, 30, 20, 1, static_cast<T>(alpha), static_cast<T>(beta), margin, rng);
      }
    check<T>(form, 65, 130, 257, T(1), T(1), 1, rng);  // large enough for more than one thread
  }
}

template <class T>
void check_empty() {
  for (const Form form : forms) {
    CAPTURE(static_cast<int>(form));
    const auto matrix = [](Index rows, Index cols) { return Matrix<T>(rows, cols); };
    Matrix<T> c(0, 3);
    multiply<T>(form, form == Form::tn ? matrix(4, 0) : matrix(0, 4), form == Form::nt ? matrix(3, 4) : matrix(4, 3),
                view(c), 1, 0);
    // A sum over nothing is 0, and beta still counts.
    c = Matrix<T>::Constant(2, 3, T(5));
    const Matrix<T> a = form == Form::tn ? matrix(0, 2) : matrix(2, 0);
    const Matrix<T> b = form == Form::nt ? matrix(3, 0) : matrix(0, 3);
    multiply<T>(form, a, b, view(c), 1, 2);
    CHECK(c == Matrix<T>::Constant(2, 3, T(10)));
    multiply<T>(form, a, b, view(c), 1, 0);
    CHECK(c == Matrix<T>::Zero(2, 3));
  }
}

}  // namespace

TEST_CASE_TEMPLATE("the three products are what the sums say, with alpha, beta and strided rows", T, float, double) {
  check_all<T>();
}

TEST_CASE_TEMPLATE("products of empty matrices are zeros of the right shape", T, float, double) {
  check_empty<T>();
}

TEST_CASE_TEMPLATE("sizes on both sides of every tile, panel and block", T, float, double) {
  Rng rng(12);
  for (const Form form : forms) {
    for (const Index m : {4, 5, 6, 8, 11, 12, 13, 24, 25})
      for (const Index n : {4, 8, 15, 17, 31, 32, 34, 48}) check<T>(form, m, n, 19, T(1), T(1), 1, rng);
    for (const Index few : {1, 2, 3, 4, 5, 6, 7, 9, 10, 11})
      for (const Index many : {63, 64, 65, 100, 129, 300})
        for (const T beta : {T(0), T(1), T(-0.5)}) {
          check<T>(form, few, many, 21, T(1), beta, 1, rng);
          check<T>(form, many, few, 21, T(1), beta, 1, rng);
          check<T>(form, many, few, 21, T(1), beta, 0, rng);
        }
    for (const Index k : {321, 511, 513, 1030, 2047, 2049}) {
      check<T>(form, 3, 5, k, T(1), T(0), 0, rng);
      check<T>(form, 30, 33, k, T(1), T(0), 0, rng);
      check<T>(form, 140, 33, k, T(0.5), T(2), 1, rng);
      check<T>(form, 31, 90, k, T(1), T(0), 1, rng);
    }
    check<T>(form, 1, 1, 1, T(1), T(0), 0, rng);
    check<T>(form, 700, 1, 40, T(1), T(1), 0, rng);
    check<T>(form, 1, 700, 40, T(1), T(1), 0, rng);
    for (const Index k : {4096, 4097}) check<T>(form, 1, 7, k, T(1), T(0), 1, rng);
    for (const Index m : {1, 4, 7, 8, 9, 18, 33})
      for (const Index n : {1, 2, 3, 4})
        for (const Index k : {150, 1024}) {
          check<T>(form, m, n, k, T(1), T(0), 0, rng);
          check<T>(form, n, m, k, T(2), T(1), 1, rng);
        }
    check<T>(form, 2, 3000, 5, T(1), T(0), 0, rng);
  }
}

TEST_CASE_TEMPLATE("operands that are copied, packed or fetched on the way", T, float, double) {
  Rng rng(15);
  constexpr Index shapes[][3] = {{7, 150, 33},    {11, 290, 5},   {130, 290, 150}, {49, 261, 560},  {30, 290, 1024},
                                 {64, 1024, 40},  {8, 1030, 330}, {9, 1030, 330},  {11, 1030, 330}, {13, 1030, 330},
                                 {144, 50, 1024}, {16, 640, 505}, {30, 640, 505}, {130, 50, 100},
                                 {100, 130, 700}, {100, 20, 1024}};
  for (const Form form : forms)
    for (const auto& [m, n, k] : shapes)
      for (const Index margin : {0, 1}) check<T>(form, m, n, k, T(1), T(1), margin, rng);
}

TEST_CASE_TEMPLATE("nothing behind A, B or C is touched", T, float, double) {
  Rng rng(22);
  for (const Form form : forms)
    for (const Index m : {1, 2, 3, 7, 8, 9, 12, 13, 24, 25})
      for (Index n = 1; n < 36; n += n < 20 ? 1 : 5)
        for (const Index k : {1, 2, 3, 6, 7, 30}) {
          const Matrix<T> a = form == Form::tn ? random<T>(k, m, rng) : random<T>(m, k, rng);
          const Matrix<T> b = form == Form::nt ? random<T>(n, k, rng) : random<T>(k, n, rng);
          Matrix<T> c = random<T>(m, n, rng);
          const testing::Guarded<T> guarded_a(a), guarded_b(b), guarded_c(c);
          multiply<T>(form, a, b, view(c), T(0.5), T(1));
          multiply<T>(form, guarded_a.view(), guarded_b.view(), guarded_c.view(), T(0.5), T(1));
          CHECK(testing::bitwise_equal(c, Matrix<T>(guarded_c.view().matrix())));
        }
}

TEST_CASE_TEMPLATE("few samples by weights that no cache holds", T, float, double) {
  Rng rng(20);
  for (const Index m : {10, 18}) check<T>(Form::nt, m, 2100, 2050, T(1), T(0), 0, rng);
  for (const Index m : {1, 5, 12, 13}) check<T>(Form::nn, m, 2100, 2050, T(1), T(0), 0, rng);
  check<T>(Form::nn, 1, 800, 500, T(-0.5), T(2), 1, rng);
}

TEST_CASE_TEMPLATE("one, two or three k", T, float, double) {
  Rng rng(16);
  for (const Form form : forms)
    for (const Index k : {1, 2, 3})
      for (const Index m : {2, 5, 32})
        for (const Index n : {32, 64, 128, 130})
          for (const Index margin : {0, 1}) {
            check<T>(form, m, n, k, T(1), T(0), margin, rng);
            check<T>(form, m, n, k, T(-0.5), T(1), margin, rng);
          }
}

TEST_CASE_TEMPLATE("an epilogue equals the same functions applied to the product", T, float, double) {
  Rng rng(13);
  for (const Form form : forms)
    for (const auto& shape :
         {std::array<Index, 3>{32, 64, 9}, {32, 3, 128}, {1, 50, 64}, {33, 1, 64}, {5, 1, 64}, {3, 300, 20}, {2, 70, 20},
          {33, 10, 129}, {100, 300, 28}, {70, 40, 2100}, {32, 64, 1}, {5, 70, 1}, {5, 100, 2}, {20, 20, 30},
          {32, 128, 2}, {30, 64, 3}, {30, 64, 9}, {20, 70, 330}, {80, 90, 2100}, {1, 800, 500}})
      for (const Activation f : {Activation::identity, Activation::relu, Activation::tanh, Activation::sigmoid}) {
        CAPTURE(static_cast<int>(f));
        const Index m = shape[0], n = shape[1], k = shape[2];
        const Matrix<T> a = form == Form::tn ? random<T>(k, m, rng) : random<T>(m, k, rng);
        const Matrix<T> b = form == Form::nt ? random<T>(n, k, rng) : random<T>(k, n, rng);
        const Matrix<T> bias = random<T>(1, n, rng), output = random<T>(m, n, rng), before = random<T>(m, n, rng);
        for (const T beta : {T(0), T(1)}) {
          const T alpha = beta == T(0) ? T(1) : T(-0.5);
          const auto run = [&](const Epilogue<T>& epilogue, Index gap = 0) {
            Matrix<T> memory(m, n + gap);
            const MatrixView<T> c(memory.data(), m, n, n + gap);
            c.matrix() = before;
            switch (form) {
              case Form::nn:
                gemm_nn(a, b, c, alpha, beta, epilogue);
                break;
              case Form::nt:
                gemm_nt(a, b, c, alpha, beta, epilogue);
                break;
              case Form::tn:
                gemm_tn(a, b, c, alpha, beta, epilogue);
                break;
            }
            return Matrix<T>(c.matrix());
          };
          Matrix<T> forward = run({});
          Matrix<T> backward = forward;
          forward.rowwise() += bias.row(0);
          apply(f, forward, view(forward));
          apply_derivative(f, output, backward, view(backward));
          for (const Index gap : {0, 3}) {
            CHECK(testing::bitwise_equal(run({.bias = bias.data(), .activation = f}, gap), forward));
            CHECK(testing::bitwise_equal(run({.output = output, .derivative = f}, gap), backward));
          }
        }
      }
}

TEST_CASE_TEMPLATE("how elements are summed does not depend on what becomes of the sums", T, float, double) {
  Rng rng(18);
  for (const auto& [m, n, k] : {std::array<Index, 3>{16, 270, 3000}, {8, 270, 3000}, {80, 90, 2100}, {256, 40, 600}}) {
    const Matrix<T> a = random<T>(m, k, rng), b = random<T>(n, k, rng);
    Matrix<T> product(m, n), added = Matrix<T>::Zero(m, n);
    gemm_nt(a, b, view(product));
    gemm_nt(a, b, view(added), 1, 1);
    CHECK(testing::bitwise_equal(added, product));
  }
}

TEST_CASE_TEMPLATE("the last columns are the same sums, whatever lies along their vectors", T, float, double) {
  Rng rng(21);
  for (const auto& [m, n, k] : {std::array<Index, 3>{100, 50, 100}, {10, 50, 128}, {20, 50, 700}}) {
    const Matrix<T> a = random<T>(k, m, rng), b = random<T>(k, n + 30, rng);
    Matrix<T> c(m, n), wide(m, n + 30);
    gemm_tn(a, {b.data(), k, n, b.cols()}, view(c));
    gemm_tn(a, b, view(wide));
    CHECK(testing::bitwise_equal(c, Matrix<T>(wide.leftCols(n))));
  }
}

// Turned, as W is much more than x; in two blocks of k; of more than the 2^21 elements that are added up apart.
TEST_CASE("a product of more elements than are kept apart is made of those of its columns") {
  Rng rng(19);
  const Matrix<float> x = random<float>(144, 840, rng), some = random<float>(146, 840, rng);
  Matrix<float> w(100 * some.rows(), some.cols()), y(x.rows(), w.rows()), expected(x.rows(), some.rows());
  for (Index i = 0; i < w.size(); i += some.size()) std::copy_n(some.data(), some.size(), w.data() + i);
  gemm_nt(x, some, view(expected));
  gemm_nt(x, w, view(y));
  bool same = true;
  for (Index i = 0; i < y.rows(); ++i)
    for (Index j = 0; j < y.cols(); ++j) same = same && y(i, j) == expected(i, j % some.rows());
  CHECK(same);
}

TEST_CASE_TEMPLATE("an update inside the product equals the product and an update", T, float, double) {
  Rng rng(14);
  for (const Update<T>& how : {Update<T>{T(-0.1), 1}, {T(-0.1), 1, T(0.01)}, {T(0.3), T(0.7)}, {1, 1}})
    for (const auto& [m, n, k] :
         {std::array<Index, 3>{64, 9, 32}, {128, 2, 32}, {128, 1, 32}, {1, 100, 32}, {3, 128, 32}, {300, 300, 100},
          {30, 70, 1}, {100, 50, 100},
          {34, 64, 40}, {32, 64, 40}, {30, 64, 40}}) {  // these three end with a smaller tile
      const Matrix<T> a = random<T>(k, m, rng), b = random<T>(k, n, rng), before = random<T>(m, n, rng);
      Matrix<T> c = before, product(m, n), expected = before;
      gemm_tn(a, b, view(c), how);
      gemm_tn(a, b, view(product));
      update(view(expected), how, product);
      CHECK(testing::bitwise_equal(c, expected));
    }
}

TEST_CASE_TEMPLATE("an update with decay counts once, however many blocks of k there are", T, float, double) {
  Rng rng(17);
  const Index m = 30, n = 40, k = 2100;
  const Matrix<T> a = random<T>(k, m, rng), b = random<T>(k, n, rng), before = random<T>(m, n, rng);
  const double alpha = -0.1, decay = 0.5;
  const Naive sums = naive<T>(Form::tn, a, b, before, alpha, 1 + alpha * decay);  // alpha S + (1 + alpha decay) C
  Matrix<T> c = before;
  gemm_tn(a, b, view(c), {static_cast<T>(alpha), 1, static_cast<T>(decay)});
  const double epsilon = static_cast<double>(std::numeric_limits<T>::epsilon()) * static_cast<double>(k + 3);
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < n; ++j)
      CHECK(std::abs(static_cast<double>(c(i, j)) - sums.c(i, j)) <= epsilon * sums.magnitude(i, j));
}

TEST_CASE("where beta is 0 what was in C does not matter, not even NaN") {
  const Matrix<float> a = Matrix<float>::Constant(30, 40, 2), b = Matrix<float>::Constant(40, 50, 0.5f);
  Matrix<float> c = Matrix<float>::Constant(30, 50, std::numeric_limits<float>::quiet_NaN());
  gemm_nn(a, b, view(c));
  CHECK(c == Matrix<float>::Constant(30, 50, 40));
}

TEST_CASE("a NaN in A or B reaches C") {
  Matrix<double> a = Matrix<double>::Zero(2, 3), b = Matrix<double>::Zero(2, 3), c(2, 2);
  a(1, 2) = std::numeric_limits<double>::quiet_NaN();
  gemm_nt(a, b, view(c));
  CHECK(c.row(0) == Matrix<double>::Zero(1, 2));
  CHECK(c.row(1).array().isNaN().all());
}

TEST_CASE("shapes that do not meet are named") {
  const Matrix<float> a(2, 3), b(4, 5);
  Matrix<float> c(2, 5);
  CHECK_THROWS_WITH_AS(gemm_nn(a, b, view(c)), "mlp::gemm_nn: shapes do not meet: op(A) [2, 3], op(B) [4, 5], C [2, 5]",
                       ShapeError);
  CHECK_THROWS_WITH_AS(gemm_nt(a, b, view(c)), "mlp::gemm_nt: shapes do not meet: op(A) [2, 3], op(B) [5, 4], C [2, 5]",
                       ShapeError);
  CHECK_THROWS_WITH_AS(gemm_tn(a, b, view(c)), "mlp::gemm_tn: shapes do not meet: op(A) [3, 2], op(B) [4, 5], C [2, 5]",
                       ShapeError);
  const Matrix<float> right(3, 5);
  Matrix<float> small(2, 4), narrow(1, 5);
  CHECK_THROWS_WITH_AS(gemm_nn(a, right, view(small)),
                       "mlp::gemm_nn: shapes do not meet: op(A) [2, 3], op(B) [3, 5], C [2, 4]", ShapeError);
  CHECK_THROWS_WITH_AS(gemm_nn(a, right, view(narrow)),
                       "mlp::gemm_nn: shapes do not meet: op(A) [2, 3], op(B) [3, 5], C [1, 5]", ShapeError);
}

TEST_CASE("an epilogue with a derivative needs an output of the shape of C") {
  const Matrix<float> a = Matrix<float>::Ones(6, 6), like_c = Matrix<float>::Ones(6, 6);
  const Matrix<float> sevens = Matrix<float>::Constant(6, 6, 7);
  Matrix<float> c = sevens;
  const auto with = [](ConstMatrixView<float> output, Activation f = Activation::relu) {
    return Epilogue<float>{.output = output, .derivative = f};
  };
  const Matrix<float> narrow = like_c.leftCols(5), low = like_c.topRows(5), large = Matrix<float>::Ones(7, 7);
  CHECK_THROWS_WITH_AS(gemm_nn(a, a, view(c), 1, 0, with(narrow)),
                       "mlp::gemm_nn: expected output of the epilogue [6, 6], got [6, 5]", ShapeError);
  CHECK_THROWS_WITH_AS(gemm_nt(a, a, view(c), 1, 0, with(low)),
                       "mlp::gemm_nt: expected output of the epilogue [6, 6], got [5, 6]", ShapeError);
  CHECK_THROWS_WITH_AS(gemm_tn(a, a, view(c), 1, 0, with(large)),
                       "mlp::gemm_tn: expected output of the epilogue [6, 6], got [7, 7]", ShapeError);
  CHECK_THROWS_WITH_AS(gemm_tn(a, a, view(c), Update<float>{}, with({})),
                       "mlp::gemm_tn: expected output of the epilogue [6, 6], got [0, 0]", ShapeError);
  CHECK(c == sevens);
  gemm_nn(a, a, view(c), 1, 0, with(narrow, Activation::identity));  // which reads no output
  CHECK(c == Matrix<float>::Constant(6, 6, 6));
  gemm_nn(a, a, view(c), 1, 0, with(like_c));
  CHECK(c == Matrix<float>::Constant(6, 6, 6));
}
