// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/layers/layer.hpp>

// Layers as a user would write them, without a base class, for the tests of models.

namespace mlp::testing {

/// y = s x, one parameter `scale` [1, 1], and a cache: forward remembers s x for the backward of nobody but itself.
template <class T>
class Scale {
 public:
  using Scalar = T;
  struct Cache {
    Matrix<T> y;
  };

  explicit Scale(T scale) : scale_(Matrix<T>::Constant(1, 1, scale)) {}

  std::string describe() const { return "Scale()"; }
  Shape output_shape(Shape input) const { return input; }
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const {
    check_forward(*this, x, y);
    y.array() = scale_(0, 0) * x.array();
    cache.y = y.matrix();
  }
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, Scale& grad,
                MatrixView<T> dx) const {
    check_backward(*this, x, y, dy, dx);
    grad.scale_ = (dy.array() * cache.y.array()).rowwise().sum().colwise().sum().matrix() / scale_(0, 0);  // ds = dy.x
    if (dx) dx.array() = scale_(0, 0) * dy.array();
  }
  template <class F, class... Layers>
  static void visit_parameters(F&& f, Layers&... layers) {
    f(ParameterName{"scale"}, view(layers.scale_)...);
  }

 private:
  Matrix<T> scale_;
};

/// Says what a layer in its place is given.
struct Probe : ShapePreserving {
  struct Seen {
    Index x_stride = 0, dy_stride = 0;
    bool asked_for_dx = false;
  };
  Seen* seen = nullptr;

  explicit Probe(Seen& to) : seen(&to) {}
  std::string describe() const { return "Probe()"; }
  template <class T>
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache&) const {
    seen->x_stride = x.stride();
    y.array() = x.array();
  }
  template <class T>
  void backward(ConstMatrixView<T>, ConstMatrixView<T>, ConstMatrixView<T> dy, Cache&, Probe&, MatrixView<T> dx) const {
    seen->dy_stride = dy.stride();
    seen->asked_for_dx = bool(dx);
    if (dx) dx.array() = dy.array();
  }
};

}  // namespace mlp::testing
