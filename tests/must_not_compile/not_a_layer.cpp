// SPDX-License-Identifier: MIT
// A type without backward in a model.
// error: mlp::Sequential: a type does not satisfy the concept mlp::Layer
#include <mlp/layers/relu.hpp>
#include <mlp/models/sequential.hpp>

struct Twice : mlp::ShapePreserving {
  std::string describe() const { return "Twice()"; }

  template <class T>
  void forward(mlp::ConstMatrixView<T> x, mlp::MatrixView<T> y, Cache&) const {
    y.array() = T(2) * x.array();
  }

#ifndef MUST_NOT_COMPILE
  template <class T>
  void backward(mlp::ConstMatrixView<T>, mlp::ConstMatrixView<T>, mlp::ConstMatrixView<T> dy, Cache&, Twice&,
                mlp::MatrixView<T> dx) const {
    if (dx) dx.array() = T(2) * dy.array();
  }
#endif
};

int main() {
  const mlp::Sequential<Twice, mlp::ReLU> net{Twice(), mlp::ReLU()};
  return net.size() == 2 ? 0 : 1;
}
