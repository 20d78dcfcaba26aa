// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <mlp/core/buffer.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/kernels.hpp>
#include <mlp/math/layer_norm_pass.hpp>
#include <mlp/math/reduce.hpp>
#include <mlp/math/threads.hpp>
#include <mlp/math/update.hpp>

namespace mlp::detail {

/// See LayerNormForward. What is written may be what is read.
template <class T>
void layer_norm(const LayerNormForward<T>& pass) {
  in_parts(pass.x.size(), pass.x.rows(), 1, [&](Index first, Index count) {
    dispatch([&](auto kernels) { kernels.layer_norm(pass.rows(first, count)); });
  });
}

/// See LayerNormBackward; `memory` is for its sums, which are added up into d_weight and d_bias [1, n] as `how` says.
/// dx may not be x or dy: their rows are read again after it.
template <class T>
void layer_norm_backward(LayerNormBackward<T> pass, Buffer<T>& memory, MatrixView<T> d_weight, MatrixView<T> d_bias,
                         const Update<T>& how) {
  const Index n = pass.x.cols(), blocks = pass.blocks(pass.x.rows());
  pass.sums = memory.resize(std::max<Index>(blocks, 1), 2 * n).rows(0, blocks);
  in_parts(pass.x.size(), blocks, 1, [&](Index first, Index count) {
    dispatch([&](auto kernels) { kernels.layer_norm_backward(pass.part(first, count)); });
  });
  const auto columns = [&](Index first) { return ConstMatrixView<T>(pass.sums.data() + first, blocks, n, 2 * n); };
  sum_rows<T>(columns(0), d_weight, how);
  sum_rows<T>(columns(n), d_bias, how);
}

}  // namespace mlp::detail
