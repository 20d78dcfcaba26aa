// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/core/buffer.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/elementwise.hpp>

// A sample of tokens is a row [tokens * width], token after token; the tokens of a batch are the rows of a matrix of
// the same memory: [batch, tokens * width] -> [batch * tokens, width].

namespace mlp::detail {

template <class T>
bool is_dense(MatrixView<T> x) {
  return x.stride() == x.cols() || x.rows() <= 1;
}

/// The tokens of dense samples.
template <class T>
MatrixView<T> tokens_of(MatrixView<T> x, Index tokens) {
  return {x.data(), x.rows() * tokens, x.cols() / tokens};
}

/// The tokens to read, of a copy where rows lie apart.
template <class T>
ConstMatrixView<T> read_tokens(ConstMatrixView<T> x, Index tokens, Buffer<T>& copy) {
  if (is_dense(x)) return tokens_of(x, tokens);
  apply(Activation::identity, x, copy.resize(x.shape()));
  return tokens_of(ConstMatrixView<T>(copy.view()), tokens);
}

/// f(the tokens to write), into a copy where rows lie apart. f(nothing) for the view of nothing.
template <class T, class F>
void write_tokens(MatrixView<T> y, Index tokens, Buffer<T>& copy, const F& f) {
  if (!y) return f(y);
  if (is_dense(y)) return f(tokens_of(y, tokens));
  f(tokens_of(copy.resize(y.shape()), tokens));
  apply(Activation::identity, copy.view(), y);
}

}  // namespace mlp::detail
