// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <string>

#include <mlp/core/check.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/math/elementwise.hpp>

namespace mlp {

/// y = x, which is to be read as one matrix [rows, cols] a sample, row after row: torch.nn.Unflatten(1, (rows, cols)).
/// Shapes: x, y [batch, rows cols]. Forward and backward throw ShapeError `mlp::Reshape(4, 7): expected input [batch,
/// 28], got [32, 27]`.
///
///     Sequential net{Linear(784, 28, rng), Reshape(4, 7)};
class Reshape {
 public:
  struct Cache {};

  /// @throws ValueError `mlp::Reshape: rows must be at least 1, got 0`, `mlp::Reshape: rows times cols must be in the
  ///   range of an index, got 4294967296 times 4294967296`
  Reshape(Index rows, Index cols) : rows_(rows), cols_(cols) {
    detail::check_at_least("Reshape", "rows", rows, 1);
    detail::check_at_least("Reshape", "cols", cols, 1);
    if (rows > std::numeric_limits<Index>::max() / cols)
      detail::throw_out_of_range("Reshape", "rows times cols", "in the range of an index",
                                 std::to_string(rows) + " times " + std::to_string(cols));
  }

  Index rows() const { return rows_; }
  Index cols() const { return cols_; }
  Index in_features() const { return rows_ * cols_; }

  std::string describe() const { return "Reshape(" + std::to_string(rows_) + ", " + std::to_string(cols_) + ")"; }

  Shape output_shape(Shape input) const {
    check_input(*this, input);
    return input;
  }

  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    check_forward(*this, x, y);
    apply(Activation::identity, x, y);
  }

  template <class T>
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, Reshape&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    if (dx) apply(Activation::identity, dy, dx);  // dx = dy
  }

  template <class F, class... Layers>
  static void visit_parameters(F&&, Layers&...) {}

 private:
  Index rows_;
  Index cols_;
};

}  // namespace mlp
