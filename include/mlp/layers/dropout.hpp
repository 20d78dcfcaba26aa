// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/core/buffer.hpp>
#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/math/elementwise.hpp>
#include <mlp/math/rng.hpp>

namespace mlp {

/// In training each element is 0 with probability p, else it is scaled so that its mean stays what it was; in a
/// prediction y = x. As torch.nn.Dropout, with the same draws from the same stream:
///
///     y = m x,   m = 1 / (1 - p) where a uniform double is below 1 - p, else 0        dx = m dy
///
/// Shapes: x, y [batch, features]. p = 0 and p = 1 draw nothing.
/// Source: Srivastava et al. 2014, in PyTorch's form.
///
///     Sequential net{Linear(784, 800, rng), ReLU(), Dropout(0.5), Linear(800, 10, rng)};
///     tape.forward(x, rng);   // drops;   net.predict(x) does not
template <class T = float>
class Dropout : public ShapePreserving {
 public:
  using Scalar = T;
  struct Cache {
    Buffer<T> mask;
    bool drops = false;  ///< whether the last forward was one of training
  };

  /// @throws ValueError `mlp::Dropout: p must be in [0, 1], got 1.5`
  explicit Dropout(double p = 0.5) : p_(p) {
    if (!(p >= 0 && p <= 1)) throw ValueError("mlp::Dropout: p must be in [0, 1], got " + detail::number_text(p));
  }

  double p() const { return p_; }
  std::string describe() const { return "Dropout(" + detail::number_text(p_) + ")"; }

  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const {
    check_forward(*this, x, y);
    cache.drops = false;
    apply(Activation::identity, x, y);
  }
  /// @throws ValueError `mlp::Dropout(0.5): training draws at random: give forward a random stream`
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache, const Training& training) const {
    if (p_ == 0) return forward(x, y, cache);
    check_forward(*this, x, y);
    if (p_ == 1)
      detail::fill(cache.mask.resize(x.shape()), 0);
    else if (training.rng != nullptr)
      draw(cache.mask.resize(x.shape()), *training.rng);
    else
      throw ValueError("mlp::" + describe() + ": training draws at random: give forward a random stream");
    cache.drops = true;
    multiply<T>(x, cache.mask.view(), y);  // y = m x
  }

  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, Dropout&,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    if (!dx) return;
    if (cache.drops)
      multiply<T>(dy, cache.mask.view(), dx);  // dx = m dy
    else
      apply(Activation::identity, dy, dx);
  }

 private:
  void draw(MatrixView<T> mask, Rng& rng) const {
    const double keep = 1 - p_;
    const T scale = 1 / static_cast<T>(keep);
    // A product, not a choice: a branch that goes either way at random takes longer than the draw.
    for (Index i = 0; i < mask.size(); ++i) mask.data()[i] = static_cast<T>(rng.bernoulli(keep)) * scale;
  }

  double p_;
};

}  // namespace mlp
