// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/core/buffer.hpp>
#include <mlp/core/error.hpp>
#include <mlp/layers/dropout.hpp>
#include <mlp/layers/gelu.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/layers/linear.hpp>

namespace mlp {

/// The MLP inside a Mixer or an encoder of a transformer, on rows:
///
///     z = x W1^T + b1,   h = d(gelu(z)),   y = d(h W2^T + b2)        d: dropout, in training
///
/// Shapes: x, y [rows, features], W1 [hidden, features], W2 [features, hidden]; b1, b2 as wide. Parameters
/// `fc1.weight`, `fc1.bias`, `fc2.weight`, `fc2.bias`, with the initial values of Linear in this order. Source: Vaswani
/// et al. 2017, with the GELU of Dosovitskiy et al. 2020.
///
///     FeedForward block(128, 512, rng);
template <class T = float>
class FeedForward {
 public:
  using Scalar = T;
  struct Cache {
    Buffer<T> z, h, dropped_h, output;
    Buffer<T> dy, dh;
    typename Dropout<T>::Cache first, second;
    typename Linear<T>::Cache linear;
    GELU::Cache gelu;
    bool drops = false;  ///< whether the last forward was one of training
  };

  /// All zeros. @throws ValueError as Linear and Dropout do.
  FeedForward(Index features, Index hidden, double dropout = 0)
      : fc1_(features, hidden), fc2_(hidden, features), dropout_(dropout) {}
  FeedForward(Index features, Index hidden, Rng& rng, double dropout = 0)
      : fc1_(features, hidden, rng), fc2_(hidden, features, rng), dropout_(dropout) {}

  Index in_features() const { return fc1_.in_features(); }
  Index hidden_features() const { return fc1_.out_features(); }
  double dropout() const { return dropout_.p(); }

  /// "FeedForward(128 -> 512 -> 128)", and ", dropout 0.1" where there is some
  std::string describe() const { return "FeedForward(" + sizes() + ")"; }
  /// "128 -> 512 -> 128"
  std::string sizes() const {
    const std::string features = std::to_string(in_features());
    return features + " -> " + std::to_string(hidden_features()) + " -> " + features +
           (dropout() > 0 ? ", dropout " + detail::number_text(dropout()) : "");
  }

  Shape output_shape(Shape input) const {
    check_input(*this, input);
    return input;
  }

  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const {
    check_forward(*this, x, y);
    cache.drops = false;
    fc2_.forward(hidden(x, cache), y, cache.linear);  // y = h W2^T + b2
  }
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache, const Training& training) const {
    if (dropout() == 0) return forward(x, y, cache);
    check_forward(*this, x, y);
    cache.drops = true;
    const ConstMatrixView<T> h = hidden(x, cache);
    const MatrixView<T> dropped = cache.dropped_h.resize(h.shape()), output = cache.output.resize(y.shape());
    dropout_.forward(h, dropped, cache.first, training);
    fc2_.forward(dropped, output, cache.linear);
    dropout_.forward(output, y, cache.second, training);
  }

  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, FeedForward& grad,
                MatrixView<T> dx, Update<T> update = {}) const {
    check_backward(*this, x, y, dy, dx);
    const ConstMatrixView<T> z = cache.z.view(), h = cache.h.view();
    const MatrixView<T> dh = cache.dh.resize(h.shape());
    if (cache.drops) {
      Dropout<T> none(0);
      const MatrixView<T> dropped_dy = cache.dy.resize(dy.shape());
      dropout_.backward(cache.output.view(), y, dy, cache.second, none, dropped_dy);
      fc2_.backward(cache.dropped_h.view(), cache.output.view(), dropped_dy, cache.linear, grad.fc2_, dh, update);
      dropout_.backward(h, cache.dropped_h.view(), dh, cache.first, none, dh);
    } else {
      fc2_.backward(h, y, dy, cache.linear, grad.fc2_, dh, update);  // dh = dy W2, dW2 = dy^T h
    }
    GELU gelu;
    gelu.backward(z, h, ConstMatrixView<T>(dh), cache.gelu, gelu, dh);  // dz = dh gelu'(z)
    fc1_.backward(x, z, dh, cache.linear, grad.fc1_, dx, update);       // dx = dz W1, dW1 = dz^T x
  }

  template <class F, class... Layers>
  static void visit_parameters(F&& f, Layers&... layers) {
    Linear<T>::visit_parameters(within("fc1", f), layers.fc1_...);
    Linear<T>::visit_parameters(within("fc2", f), layers.fc2_...);
  }

 private:
  ConstMatrixView<T> hidden(ConstMatrixView<T> x, Cache& cache) const {
    const MatrixView<T> z = cache.z.resize(x.rows(), hidden_features());
    fc1_.forward(x, z, cache.linear);  // z = x W1^T + b1
    const MatrixView<T> h = cache.h.resize(z.shape());
    GELU().forward(ConstMatrixView<T>(z), h, cache.gelu);  // h = gelu(z)
    return h;
  }

  Linear<T> fc1_, fc2_;
  Dropout<T> dropout_;
};

}  // namespace mlp
