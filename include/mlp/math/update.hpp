// SPDX-License-Identifier: MIT
#pragma once

namespace mlp {

/// What becomes of C where a sum S is written into it:
///
///     C <- alpha (S + decay C) + beta C
///
/// The plain one overwrites it and does not read it; {1, 1} adds; {-lr, 1, weight_decay} is a step of gradient descent
/// where C is a weight and S its gradient. Rounded in this order: decay C + S fused, beta C, and alpha times the first
/// plus the second fused, on processors that fuse. A product whose sums are made in several blocks of k (of more than
/// 320 k, or of 8 in gemm_nn of up to 12 rows by a large B) writes the first block so, and then adds alpha times each
/// other; one row by a large B takes the sum of all at once.
template <class T>
struct Update {
  T alpha = 1;
  T beta = 0;
  T decay = 0;

  bool overwrites() const { return beta == T(0) && decay == T(0); }
  bool is_plain() const { return alpha == T(1) && overwrites(); }
};

}  // namespace mlp
