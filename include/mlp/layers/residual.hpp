// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include <mlp/core/buffer.hpp>
#include <mlp/core/error.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/math/elementwise.hpp>

namespace mlp {

/// A skip connection around a block whose output has the shape of its input:
///
///     y = x + f(x)        dx = dy + what the block's backward gives
///
/// Shapes: x, y [batch, features]. Parameters are named `block.` and the name in the block.
/// Source: He et al. 2016.
///
///     Residual block(Sequential{Linear(64, 256, rng), ReLU(), Linear(256, 64, rng)});
template <class Block>
class Residual {
 public:
  using Scalar = typename Block::Scalar;
  struct Cache {
    detail::LayerCache<Block> block;
    Buffer<Scalar> y;  ///< f(x)
  };

  /// @throws ShapeError `mlp::Residual(Linear(3 -> 4)): expected output [batch, 3], got [batch, 4]`
  explicit Residual(Block block) : block_(std::move(block)) {
    if (const Index features = in_features(); features != dynamic) output_shape({dynamic, features});
  }

  const Block& block() const { return block_; }
  Index in_features() const {
    if constexpr (requires { block_.in_features(); }) return block_.in_features();
    return dynamic;
  }

  /// "Residual(Linear(3 -> 3))"
  std::string describe() const { return "Residual(" + block_.describe() + ")"; }

  Shape output_shape(Shape input) const {
    const Shape output = block_.output_shape(input);
    if (output != input) throw ShapeError::expected(describe(), "output", input, output);
    return output;
  }

  void forward(ConstMatrixView<Scalar> x, MatrixView<Scalar> y, Cache& cache) const { run(x, y, cache); }
  void forward(ConstMatrixView<Scalar> x, MatrixView<Scalar> y, Cache& cache,
               const Training& training) const requires detail::TrainsDifferently<Block, Scalar> {
    run(x, y, cache, training);
  }

  void backward(ConstMatrixView<Scalar> x, ConstMatrixView<Scalar> y, ConstMatrixView<Scalar> dy, Cache& cache,
                Residual& grad, MatrixView<Scalar> dx, Update<Scalar> update = {}) const {
    check_backward(*this, x, y, dy, dx);
    detail::backward<Scalar>(block_, x, cache.y.view(), dy, cache.block, grad.block_, dx, update);
    if (dx) add(dx, dy, dx);  // dx = dy + (df/dx)^T dy
  }

  template <class F, class... Layers>
  static void visit_parameters(F&& f, Layers&... layers) {
    Block::visit_parameters(within("block", f), layers.block_...);
  }

 private:
  template <class... Mode>
  void run(ConstMatrixView<Scalar> x, MatrixView<Scalar> y, Cache& cache, const Mode&... training) const {
    check_forward(*this, x, y);
    detail::forward<Scalar>(block_, x, cache.y.resize(y.shape()), cache.block.own, training...);
    add(x, cache.y.view(), y);  // y = x + f(x)
  }

  Block block_;
};

}  // namespace mlp
