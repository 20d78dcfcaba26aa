// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/core/view.hpp>
#include <mlp/math/activation.hpp>
#include <mlp/math/update.hpp>

namespace mlp {

/// What a product does to each element that it writes, in the same pass over memory:
///
///     forward    C = f(AB + bias)        bias [n], added to every row
///     backward   C = AB * f'(y)          y [m, n], the output of the activation f
template <class T>
struct Epilogue {
  const T* bias = nullptr;
  Activation activation = Activation::identity;
  ConstMatrixView<T> output = {};  ///< y of `backward`, of the shape of C
  Activation derivative = Activation::identity;

  bool empty() const {
    return bias == nullptr && activation == Activation::identity && derivative == Activation::identity;
  }
  /// Nothing but the first of the two, or nothing at all.
  bool only_activates() const { return derivative == Activation::identity; }
  /// Nothing but the second, or nothing at all.
  bool only_backpropagates() const { return bias == nullptr && activation == Activation::identity; }
  /// Of the block of C that starts at this row and column.
  Epilogue at(Index row, Index col) const {
    Epilogue e = *this;
    if (bias != nullptr) e.bias += col;
    if (output) e.output = {output.row(row) + col, output.rows() - row, output.cols() - col, output.stride()};
    return e;
  }
};

namespace detail {

/// Bytes of the first-level cache of most processors, or less: what stays there need not be fetched ahead.
inline constexpr Index first_level_cache = Index{1} << 15;
/// The same of the second-level cache.
inline constexpr Index second_level_cache = Index{1} << 18;
/// The same of the last-level cache, which several cores share: more comes from memory.
inline constexpr Index last_level_cache = Index{1} << 24;

/// What lies along the vectors of a product: the columns of B, or k, or, where A is one row, those of a B in the cache.
enum class Along { columns, depth, row };

/// C = AB, what `update` makes of it and the C before, and the epilogue, for one thread. Elements of A [m, k] and B [k,
/// n] lie at any two strides, one of them 1.
template <class T>
struct Product {
  Index m = 0, n = 0, k = 0;
  Index whole_m = 0, whole_n = 0;  ///< m and n of the product that all threads compute together
  const T* a = nullptr;
  Index a_row = 0, a_k = 0;
  const T* b = nullptr;
  Index b_k = 0, b_col = 0;
  T* c = nullptr;
  Index c_stride = 0;
  bool c_transposed = false;  ///< C is [n, m] in memory, and so is what the epilogue speaks of
  Update<T> update = {};
  const Epilogue<T>* epilogue = nullptr;  ///< never null; not a copy, as copies of it cost small products dearly
  Along along = Along::columns;
  Index k_block = 0;  ///< sums are kept in registers for so many k: part of the result, so never a thread's choice

  bool is_part() const { return m < whole_m || n < whole_n; }

  /// Whether the sums are few enough for memory that each thread has of its own to add up several blocks of k apart,
  /// where C is transposed, and turn them once.
  bool turns_once() const { return update.is_plain() && whole_m * whole_n <= Index{1} << 21; }

  /// As in dx = dy W with a small batch: each row of B is used but a few times, and B is more than C.
  bool few_rows_meet_rows() const { return m <= 64 && m < k && b_col == 1; }

  /// As in dx of a few samples through large weights: long rows of B come from memory for so few rows of A that waiting
  /// for them takes most of the time. For one row it does from the last-level cache on. Sums depend on it, so it is the
  /// same on every instruction set and for all parts.
  bool streams_rows() const {
    constexpr Index most_rows = 12, least_bytes = 3072;
    const Index row_of_b = whole_n * Index{sizeof(T)};
    const Index at_hand = whole_m == 1 ? 4 * second_level_cache : last_level_cache;
    return whole_m <= most_rows && whole_m < k && a_k == 1 && b_col == 1 && row_of_b >= least_bytes &&
           row_of_b * k > at_hand;
  }

  /// Whether sums of several blocks of k are added up apart, and C becomes what `update` makes of them: to be turned
  /// once, or as a C that takes so many small sums is rounded as often. Not any row: one thread alone may make the last
  /// column of a product as one, and where threads share it out, it is none.
  bool adds_up_apart() const {
    return update.is_plain() ? c_transposed && turns_once() : whole_m == 1 && streams_rows();
  }
};

}  // namespace detail

}  // namespace mlp
