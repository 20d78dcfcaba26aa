// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/core/weights.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/math/gemm.hpp>
#include <mlp/math/init.hpp>
#include <mlp/math/reduce.hpp>

namespace mlp {

/// The affine map y = x W^T + b, as torch.nn.Linear.
///
/// Shapes: x [batch, in], W [out, in], b [out], y [batch, out].
/// Sizes known at compile time are checked by the compiler: `Linear<float, 784, 128>` and `Linear(784, 128, rng)` are
/// one class. Initial values: W, then b, from U(-1/sqrt(in), 1/sqrt(in)); zeros without a random stream.
/// Forward and backward throw ShapeError `mlp::Linear(9 -> 64): expected input [batch, 9], got [32, 10]`.
///
///     Rng rng(59);
///     Linear layer(9, 64, rng);              // float, the bits of torch.nn.Linear(9, 64) after manual_seed(59)
///     Linear<double, 9, 64> fixed(rng);
template <class T = float, Index In = dynamic, Index Out = dynamic>
class Linear {
 public:
  using Scalar = T;
  struct Cache {};
  static constexpr Index in_extent = In;
  static constexpr Index out_extent = Out;

  /// All zeros. @throws ValueError if a size is below 1 or is not the one in the type.
  Linear(Index in_features, Index out_features) {
    check("in_features", in_features, In);
    check("out_features", out_features, Out);
    weight_ = Weights<T>(out_features, in_features);
    bias_ = Weights<T>(1, out_features);
  }
  /// PyTorch's initial values. @throws ValueError as above.
  Linear(Index in_features, Index out_features, Rng& rng) : Linear(in_features, out_features) {
    linear_init(weight(), bias(), rng);
  }
  Linear()
    requires(In != dynamic && Out != dynamic)
      : Linear(In, Out) {}
  explicit Linear(Rng& rng)
    requires(In != dynamic && Out != dynamic)
      : Linear(In, Out, rng) {}

  Index in_features() const { return weight().cols(); }
  Index out_features() const { return weight().rows(); }
  MatrixView<T> weight() { return weight_.view(); }
  ConstMatrixView<T> weight() const { return weight_.view(); }
  /// [1, out]
  MatrixView<T> bias() { return bias_.view(); }
  ConstMatrixView<T> bias() const { return bias_.view(); }

  [[gnu::cold]] std::string describe() const {
    return "Linear(" + std::to_string(in_features()) + " -> " + std::to_string(out_features()) + ")";
  }

  Shape output_shape(Shape input) const {
    check_input(*this, input);
    return {input.rows, out_features()};
  }

  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const {
    forward(x, y, cache, Activation::identity);
  }
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, Linear& grad,
                MatrixView<T> dx) const {
    backward(x, y, dy, cache, grad, dx, {});
  }

  /// With the activation that follows, and the one that made x: see layers/layer.hpp.
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&, Activation f) const {
    check_forward(*this, x, y);
    gemm_nt(x, weight(), y, 1, 0, {.bias = bias().data(), .activation = f});  // y = f(x W^T + b)
  }
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache&, Linear& grad,
                MatrixView<T> dx, Update<T> update, Activation before = Activation::identity) const {
    check_backward(*this, x, y, dy, dx);
    if (dx) gemm_nn(dy, weight(), dx, 1, 0, {.output = x, .derivative = before});  // dx = dy W f'(x)
    gemm_tn(dy, x, grad.weight(), update);                                         // dW = dy^T x
    sum_rows(dy, grad.bias(), update);                                             // db = sum of dy over the batch
  }

  template <class F, class... Layers>
  static void visit_parameters(F&& f, Layers&... layers) {
    f(ParameterName{"weight"}, layers.weight()...);
    f(ParameterName{.part = "bias", .dimensions = 1}, layers.bias()...);
  }

 private:
  [[gnu::cold]] static void check(const char* name, Index size, Index extent) {
    if (size < 1)
      throw ValueError(std::string("mlp::Linear: ") + name + " must be at least 1, got " + std::to_string(size));
    if (extent != dynamic && size != extent)
      throw ValueError(std::string("mlp::Linear: ") + name + " must be " + std::to_string(extent) + ", got " +
                       std::to_string(size));
  }

  Weights<T> weight_, bias_;
};

}  // namespace mlp
