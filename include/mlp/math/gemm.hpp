// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <type_traits>

#include <mlp/core/error.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/kernels.hpp>
#include <mlp/math/load_balance.hpp>
#include <mlp/math/threads.hpp>

// The products of the library, and the only place that multiplies matrices:
//
//   gemm_nn   C = alpha A B   + beta C      A [m, k]  B [k, n]  C [m, n]
//   gemm_nt   C = alpha A B^T + beta C      A [m, k]  B [n, k]
//   gemm_tn   C = alpha A^T B + beta C      A [k, m]  B [k, n]
//
// and the epilogue, applied to what is written. Each element is the sum of fused multiply-adds over k in one order, in
// blocks that depend on the product, on m, n and k and on which steps in memory are 1 alone, so it is the same to the
// last bit for any number of threads and on every instruction set that has them. C must not overlap A, B or what the
// epilogue reads. Where beta is 0, C is not read.
//
//     gemm_nt<float>(x, w, y);   // y = x W^T: x [32, 784], W [128, 784], y [32, 128]
//
// All throw ShapeError where the shapes do not meet, or where an epilogue has a derivative and an output of another
// shape than C: `mlp::gemm_nt: shapes do not meet: op(A) [32, 784], op(B) [783, 128], C [32, 128]`,
// `mlp::gemm_nn: expected output of the epilogue [32, 784], got [32, 128]`.

namespace mlp {

namespace detail {

/// The most k that are summed in registers, as rounding errors grow with them.
inline constexpr Index most_k = 2048;

/// How many k are summed in registers before they are added up in memory: as many as leave a block of the smaller
/// matrix in the second-level cache, in blocks of nearly one size. Fewer where few rows of A meet rows of B: what they
/// read of B, a piece of each row, then stays in the first-level cache, and its pages in the table of translated
/// addresses. Where rows of B come from memory whole, no more of them than a processor fetches ahead at once.
template <class T>
Index k_block(const Product<T>& p) {
  constexpr Index least = 320, fetched_at_once = 8;
  if (p.streams_rows()) return fetched_at_once;
  if (p.k <= least) return std::max<Index>(1, p.k);
  const Index smaller = std::min(p.m, p.n);
  const Index most = p.few_rows_meet_rows() ? least : smaller <= 64 ? most_k : smaller <= 128 ? 1024 : 512;
  const Index blocks = (p.k + most - 1) / most;
  return (p.k + blocks - 1) / blocks;
}

/// Twentieths of the cycles of a product whose columns n lie along the vectors, roughly: multiply-adds, and packing B.
inline std::int64_t cost(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t lanes, bool transposes_b) {
  const auto rounded = [](std::int64_t value, std::int64_t unit) { return (value + unit - 1) & -unit; };  // 2, 4, 8 ...
  const std::int64_t turning = n * k * 64 / lanes > last_level_cache ? 20 : 7;
  const std::int64_t packing = transposes_b ? turning * rounded(k, lanes) : m > 24 ? k : 0;  // of a column
  return 20 * rounded(m, 2) * (rounded(n, lanes) / lanes) * k + packing * n;
}

/// The same of a product whose k lies along the vectors.
template <class T>
std::int64_t cost_of_dots(const Product<T>& p, std::int64_t lanes) {
  const std::int64_t dots = std::int64_t{20} * p.m * p.n * ((p.k + lanes - 1) / lanes + 5);
  const bool from_memory = std::max(p.m, p.n) * p.k * Index{sizeof(T)} > last_level_cache;
  return from_memory ? dots + dots / 4 * 3 : dots;  // what waiting for it takes, roughly
}

/// What threads share out among them: the rows or columns of C, the more of the two, or, as long as there are some for
/// each thread, the one that are rows of weights W: y = x W^T, and W's gradient or step. So a core goes on with the
/// rows of W that it has in its cache, instead of asking for those that another has just written.
enum class Split { larger, rows, cols };

/// Whether threads share out the rows m among them, else the columns n.
template <class T>
bool splits_rows(const Product<T>& p, Split split, Index threads) {
  // For a small k, C is written more than computed, and where a row has two writers, they hand each other the lines
  // between their parts, and one's core fetches ahead what the other writes.
  if (split != Split::rows && p.k <= 32 && p.m >= 32 * threads && !p.c_transposed) return true;
  const bool rows = (split == Split::rows) != p.c_transposed;
  if (split != Split::larger && (rows ? p.m : p.n) >= 32 * threads) return rows;
  return p.m >= p.n;
}

/// C^T = B^T A^T
template <class T>
void turn(Product<T>& p) {
  std::swap(p.m, p.n);
  std::swap(p.whole_m, p.whole_n);
  std::swap(p.a, p.b);
  std::swap(p.a_row, p.b_col);
  std::swap(p.a_k, p.b_k);
  p.c_transposed = true;
}

/// How many of the last columns of A^T B would leave most of a vector idle, but take less with the rows along it.
template <class T>
Index idle_columns(const Product<T>& p) {
  constexpr Index lanes = 64 / static_cast<Index>(sizeof(T));
  const Index rest = p.n % lanes;
  if (p.n < lanes || rest == 0 || rest > lanes / 4) return 0;
  if (p.along != Along::columns || p.c_transposed || p.a_row != 1 || p.b_col != 1) return 0;
  const Index vectors = (rest + 1) / 2 * 2 * ((p.m + lanes - 1) / lanes);
  const Index saved = (p.m - vectors) * p.k, written = 10 * p.m + 200;  // cycles, roughly
  return saved > written ? rest : 0;
}

/// Multiplies on the calling thread. The last columns are the same sums as without a product of their own, as k is cut
/// into the same blocks.
template <class T>
void run_alone(Product<T>& p) {
  if (const Index rest = idle_columns(p); rest > 0) {
    p.n -= rest;
    p.whole_n = p.n;
    Product<T> q = p;
    q.n = q.whole_n = rest;
    q.b += p.n;
    q.c += p.n;
    const Epilogue<T> epilogue = p.epilogue->at(0, p.n);
    q.epilogue = &epilogue;
    turn(q);
    dispatch([&](auto kernels) { kernels.product(q); });
  }
  dispatch([&](auto kernels) { kernels.product(p); });
}

/// Multiplies on the calling thread, or on several where that is worth waking them.
template <class T>
void multiply(Product<T>& p, Split split) {
  if (p.m == 0 || p.n == 0) return;
  static constexpr T nothing[1] = {};
  if (p.k == 0) p.a = p.b = nothing, p.a_row = p.a_k = p.b_k = p.b_col = 0;  // C is still scaled; A and B may be null
  constexpr Index lanes = 64 / static_cast<Index>(sizeof(T));
  p.k_block = k_block(p);
  const bool both_along_k = p.a_k == 1 && p.b_k == 1;
  if (std::min(p.m, p.n) == 1) {
    if (both_along_k) p.along = Along::depth;
    if (both_along_k ? p.m == 1 : p.m > 1) turn(p);  // one column of dot products, or one row
    const bool cached = p.n * p.k * Index{sizeof(T)} <= second_level_cache;
    const bool short_sums = p.k > 1 && p.k <= 2 * most_k;  // as there are two of each
    if (p.m == 1 && short_sums && p.b_col == 1 && !both_along_k && cached) p.along = Along::row;
  } else {
    const std::int64_t size = std::int64_t{20} * p.m * p.n;
    const std::int64_t blocks = p.k <= p.k_block ? 1 : (p.k + p.k_block - 1) / p.k_block;
    const std::int64_t straight = cost(p.m, p.n, p.k, lanes, p.b_k == 1);
    const std::int64_t turned = cost(p.n, p.m, p.k, lanes, p.a_k == 1);
    // Dots have sums of their own, so what chooses them is the shape alone, and not what becomes of the sums.
    const bool can_be_dots = both_along_k && std::min(p.m, p.n) <= lanes;
    if (can_be_dots && cost_of_dots(p, lanes) < std::min(straight, turned + size * blocks)) {
      p.along = Along::depth;
      const Index left = p.m % 4;  // one or two rows would leave half of four by four dots idle
      if (p.m < p.n && (left == 1 || left == 2)) turn(p);
    } else if (turned + size * (p.turns_once() ? 1 : blocks) < straight) {
      turn(p);
    }
  }

  constexpr Index worth_threads = 400'000;  // multiplications; below, waking a thread costs more than it does
  const Index threads = p.m * p.n * p.k < worth_threads ? 1 : num_threads();
  if (threads == 1) return run_alone(p);
  const bool split_rows = splits_rows(p, split, threads);
  const auto run_block = [&p](Index row, Index rows, Index col, Index cols) {
    if (rows <= 0 || cols <= 0) return;
    Product<T> q = p;
    q.m = rows, q.n = cols;
    q.a += row * p.a_row, q.b += col * p.b_col;
    const Index c_row = p.c_transposed ? col : row, c_col = p.c_transposed ? row : col;
    q.c += c_row * p.c_stride + c_col;
    const Epilogue<T> epilogue = p.epilogue->at(c_row, c_col);
    q.epilogue = &epilogue;
    dispatch([&](auto kernels) { kernels.product(q); });
  };
  const Index unit = split_rows ? 4 : lanes;
  const Index units = ((split_rows ? p.m : p.n) + unit - 1) / unit;
  const Index parts = std::min(threads, units);
  // A vector of columns is much where each thread has few, so two threads may have half of its rows each; not where
  // equal parts need none.
  const bool halves = !split_rows && units % parts != 0 && units < 32 * parts && p.m >= 32;
  const Index grain = halves ? 2 : 1, middle = p.m / 8 * 4;
  const auto run_part = [&](Index begin, Index end) {
    const Index first = (begin + grain - 1) / grain, last = end / grain;  // whole units
    const Index at = first * unit, until = std::min(last * unit, split_rows ? p.m : p.n);
    if (split_rows) return run_block(at, until - at, 0, p.n);
    if (begin % grain != 0) run_block(middle, p.m - middle, at - unit, std::min(unit, p.n - at + unit));
    run_block(0, p.m, at, until - at);
    if (end % grain != 0) run_block(0, middle, last * unit, std::min(unit, p.n - last * unit));
  };
  LoadBalance::of_products().run(p.m * p.n * p.k, units * grain, parts, run_part);
}

/// A or B of a product: the steps from one row or column of C to the next, and from one k to the next.
template <class T>
struct Operand {
  const T* data;
  Index across, along_k;
};
template <class T>
Operand<T> with_k_along_rows(const ConstMatrixView<T>& x) {
  return {x.data(), x.stride(), 1};
}
template <class T>
Operand<T> with_k_along_columns(const ConstMatrixView<T>& x) {
  return {x.data(), 1, x.stride()};
}

// Inline, and each member by name, also those that have a default, or g++ clears all of `p` first: that, or to hand
// operands over in memory, takes a tenth of the time of a small product.
template <class T>
[[gnu::always_inline]] inline void multiply(const Operand<T>& a, const Operand<T>& b, const MatrixView<T>& c, Index k,
                                            const Update<T>& update, const Epilogue<T>& epilogue, Split split) {
  Product<T> p = {.m = c.rows(),
                  .n = c.cols(),
                  .k = k,
                  .whole_m = c.rows(),
                  .whole_n = c.cols(),
                  .a = a.data,
                  .a_row = a.across,
                  .a_k = a.along_k,
                  .b = b.data,
                  .b_k = b.along_k,
                  .b_col = b.across,
                  .c = c.data(),
                  .c_stride = c.stride(),
                  .c_transposed = false,
                  .update = update,
                  .epilogue = &epilogue,
                  .along = Along::columns,
                  .k_block = 0};
  multiply(p, split);
}

[[noreturn, gnu::cold]] inline void refuse_product(const char* name, const Shape& a, const Shape& b, const Shape& c) {
  throw ShapeError(std::string("mlp::") + name + ": shapes do not meet: op(A) " + to_string(a) + ", op(B) " +
                   to_string(b) + ", C " + to_string(c));
}
inline void check_product(const char* name, const Shape& a, const Shape& b, const Shape& c) {
  if (a.cols != b.rows || c.rows != a.rows || c.cols != b.cols) refuse_product(name, a, b, c);
}
/// Where there is no derivative, the output is not read, and may be anything.
template <class T>
void check_epilogue(const char* name, const Epilogue<T>& epilogue, const Shape& c) {
  if (epilogue.derivative != Activation::identity)
    check_shape(name, "output of the epilogue", c, epilogue.output.shape());
}

}  // namespace detail

/// C = alpha A B + beta C.
template <class T>
void gemm_nn(std::type_identity_t<ConstMatrixView<T>> a, std::type_identity_t<ConstMatrixView<T>> b, MatrixView<T> c,
             std::type_identity_t<T> alpha = 1, std::type_identity_t<T> beta = 0,
             const std::type_identity_t<Epilogue<T>>& epilogue = {}) {
  detail::check_product("gemm_nn", a.shape(), b.shape(), c.shape());
  detail::check_epilogue<T>("gemm_nn", epilogue, c.shape());
  detail::multiply<T>(detail::with_k_along_rows(a), detail::with_k_along_columns(b), c, a.cols(), {alpha, beta},
                      epilogue, detail::Split::larger);
}

/// C = alpha A B^T + beta C: the forward product y = x W^T.
template <class T>
void gemm_nt(std::type_identity_t<ConstMatrixView<T>> a, std::type_identity_t<ConstMatrixView<T>> b, MatrixView<T> c,
             std::type_identity_t<T> alpha = 1, std::type_identity_t<T> beta = 0,
             const std::type_identity_t<Epilogue<T>>& epilogue = {}) {
  detail::check_product("gemm_nt", a.shape(), {b.cols(), b.rows()}, c.shape());
  detail::check_epilogue<T>("gemm_nt", epilogue, c.shape());
  detail::multiply<T>(detail::with_k_along_rows(a), detail::with_k_along_rows(b), c, a.cols(), {alpha, beta}, epilogue,
                      detail::Split::cols);
}

/// C = alpha (A^T B + decay C) + beta C: the weight gradient dW = dy^T x, or a step with it.
template <class T>
void gemm_tn(std::type_identity_t<ConstMatrixView<T>> a, std::type_identity_t<ConstMatrixView<T>> b, MatrixView<T> c,
             const std::type_identity_t<Update<T>>& update, const std::type_identity_t<Epilogue<T>>& epilogue = {}) {
  detail::check_product("gemm_tn", {a.cols(), a.rows()}, b.shape(), c.shape());
  detail::check_epilogue<T>("gemm_tn", epilogue, c.shape());
  detail::multiply<T>(detail::with_k_along_columns(a), detail::with_k_along_columns(b), c, a.rows(), update, epilogue,
                      detail::Split::rows);
}

/// C = alpha A^T B + beta C.
template <class T>
void gemm_tn(std::type_identity_t<ConstMatrixView<T>> a, std::type_identity_t<ConstMatrixView<T>> b, MatrixView<T> c,
             std::type_identity_t<T> alpha = 1, std::type_identity_t<T> beta = 0,
             const std::type_identity_t<Epilogue<T>>& epilogue = {}) {
  gemm_tn(a, b, c, Update<T>{alpha, beta}, epilogue);
}

}  // namespace mlp
