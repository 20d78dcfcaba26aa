// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "../support/protocol.hpp"

// A bare trainer of our own on the products of another library: buffers taken once, everything between the products in
// one loop each. What a careful programmer reaches without this library.

namespace bench::hand_made {

/// One layer: y = f(x W^T + b), f none for the last.
struct LayerShape {
  std::size_t index;
  Index batch, in, out;
  bool first, last;
  Activation activation;
  float lr;
};

/// Runs `f(row)` for all rows, on OpenMP's threads where that is worth it and `parallel` allows it.
template <class F>
void for_each_row(Index rows, [[maybe_unused]] Index cols, [[maybe_unused]] bool parallel, F&& f) {
#pragma omp parallel for schedule(static) if (parallel && rows * cols >= 16384)
  for (Index i = 0; i < rows; ++i) f(i);
}

inline void add_bias_relu(float* __restrict y, const float* __restrict b, Index n) {
  for (Index j = 0; j < n; ++j) y[j] = std::max(y[j] + b[j], 0.0f);
}
inline void add_bias_tanh(float* __restrict y, const float* __restrict b, Index n) {
  for (Index j = 0; j < n; ++j) y[j] = std::tanh(y[j] + b[j]);
}
inline void add_bias(float* __restrict y, const float* __restrict b, Index n) {
  for (Index j = 0; j < n; ++j) y[j] += b[j];
}

/// dx <- dx f'(.), from the output a of the activation.
inline void scale_by_slope(float* __restrict dx, const float* __restrict a, Index n, Activation activation) {
  if (activation == Activation::relu)
    for (Index j = 0; j < n; ++j) dx[j] = a[j] > 0 ? dx[j] : 0.0f;
  else
    for (Index j = 0; j < n; ++j) dx[j] *= 1 - a[j] * a[j];
}

/// b <- b - lr sum of dy over the batch.
inline void update_bias(float* __restrict b, const float* __restrict dy, Index batch, Index out, float lr) {
  for (Index i = 0; i < batch; ++i)
    for (Index j = 0; j < out; ++j) b[j] -= lr * dy[i * out + j];
}

inline Floats initial_weight(const LayerShape& s) {
  Floats w(static_cast<std::size_t>(s.in * s.out));
  fill_random(w.data(), s.in * s.out, stream_weight(s.index), initial_bound(s.in));
  return w;
}
inline Floats initial_bias(const LayerShape& s) {
  Floats b(static_cast<std::size_t>(s.out));
  fill_random(b.data(), s.out, stream_bias(s.index), initial_bound(s.in));
  return b;
}

/// A layer on three products over row-major memory:
///
///     Products::forward(x, w, y, shape)        y = x W^T
///     Products::backward(dy, w, dx, shape)     dx = dy W
///     Products::update(dy, x, w, shape)        W <- W - lr dy^T x, in the product itself
///     Products::parallel()                     may OpenMP's threads run the loops between the products?
template <class Products>
class PlainLayer {
 public:
  explicit PlainLayer(const LayerShape& shape) : s_(shape), w_(initial_weight(shape)), b_(initial_bias(shape)) {}

  void forward(const float* x, float* y) {
    Products::forward(x, w_.data(), y, s_);
    for_each_row(s_.batch, s_.out, Products::parallel(), [&](Index i) {
      float* const row = y + i * s_.out;
      if (s_.last)
        add_bias(row, b_.data(), s_.out);
      else if (s_.activation == Activation::relu)
        add_bias_relu(row, b_.data(), s_.out);
      else
        Products::add_bias_tanh(row, b_.data(), s_.out);
    });
  }

  /// dL/d(sum of the layer before), whose output x is.
  void backward(const float* dy, const float* x, float* dx) {
    Products::backward(dy, w_.data(), dx, s_);
    for_each_row(s_.batch, s_.in, Products::parallel(),
                 [&](Index i) { scale_by_slope(dx + i * s_.in, x + i * s_.in, s_.in, s_.activation); });
  }

  void update(const float* dy, const float* x) {
    Products::update(dy, x, w_.data(), s_);
    update_bias(b_.data(), dy, s_.batch, s_.out, s_.lr);
  }

 private:
  LayerShape s_;
  Floats w_, b_;
};

template <class Layer>
class Trainer {
 public:
  explicit Trainer(const Workload& w) : w_(w), data_(make_data(w)) {
    Index widest = 0;
    layers_.reserve(w.layers());
    for (std::size_t i = 0; i < w.layers(); ++i) {
      const LayerShape shape{i, w.batch, w.widths[i], w.widths[i + 1], i == 0, i + 1 == w.layers(), w.activation, w.lr};
      layers_.emplace_back(shape);
      outputs_.emplace_back(static_cast<std::size_t>(w.batch * shape.out));
      widest = std::max(widest, shape.out);
    }
    for (auto& delta : deltas_) delta.resize(static_cast<std::size_t>(w.batch * widest));
  }

  float step() {
    const float* x = data_.x.data();
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      layers_[i].forward(x, outputs_[i].data());
      x = outputs_[i].data();
    }
    float* dy = deltas_[0].data();
    float* dx = deltas_[1].data();
    const float loss = w_.loss == Loss::mse ? mean_squared_error(x, dy) : cross_entropy(x, dy);
    for (std::size_t i = layers_.size(); i-- > 0;) {
      const float* const in = i == 0 ? data_.x.data() : outputs_[i - 1].data();
      if (i > 0) layers_[i].backward(dy, in, dx);
      layers_[i].update(dy, in);
      std::swap(dx, dy);
    }
    return loss;
  }

 private:
  float mean_squared_error(const float* y, float* dy) const {
    const Index n = w_.batch * w_.widths.back();
    const float scale = 2.0f / static_cast<float>(n);
    float sum = 0;
    for (Index i = 0; i < n; ++i) {
      const float d = y[i] - data_.y[static_cast<std::size_t>(i)];
      sum += d * d;
      dy[i] = scale * d;
    }
    return sum / static_cast<float>(n);
  }

  float cross_entropy(const float* y, float* dy) const {
    const Index classes = w_.widths.back();
    const float scale = 1.0f / static_cast<float>(w_.batch);
    float loss = 0;
    for (Index i = 0; i < w_.batch; ++i, y += classes, dy += classes) {
      float highest = y[0];
      for (Index j = 1; j < classes; ++j) highest = std::max(highest, y[j]);
      float sum = 0;
      for (Index j = 0; j < classes; ++j) sum += dy[j] = std::exp(y[j] - highest);
      for (Index j = 0; j < classes; ++j) dy[j] *= scale / sum;
      const Index label = data_.labels[static_cast<std::size_t>(i)];
      dy[label] -= scale;
      loss += std::log(sum) + highest - y[label];
    }
    return loss * scale;
  }

  const Workload& w_;
  Data data_;
  std::vector<Layer> layers_;
  std::vector<Floats> outputs_;
  Floats deltas_[2];
};

/// The program of such a trainer.
template <class Layer>
void serve(const Workload& w, const std::string& what) {
  Trainer<Layer> trainer(w);
  serve_steps(w, what, [&] { return trainer.step(); });
}

}  // namespace bench::hand_made
