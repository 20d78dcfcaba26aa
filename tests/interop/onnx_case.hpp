// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <mlp/io/onnx.hpp>
#include <mlp/mlp.hpp>

// What the two parts of interop_write_onnx share.

namespace interop {

using namespace mlp;

/// y = x / (1 + exp(-beta x)), with one beta a feature: a layer that the library does not have.
struct Swish {
  using Scalar = float;
  struct Cache {};
  RowVector<float> beta;

  std::string describe() const { return "Swish()"; }
  Shape output_shape(Shape input) const { return input; }
  void forward(ConstMatrixView<float> x, MatrixView<float> y, Cache&) const {
    y.array() = x.array() / (1 + (-(x.array().rowwise() * beta.array())).exp());
  }
  void backward(ConstMatrixView<float>, ConstMatrixView<float>, ConstMatrixView<float>, Cache&, Swish&,
                MatrixView<float>) const {
    throw ValueError("this Swish does not train");
  }
  template <class F, class... Layers>
  static void visit_parameters(F&& f, Layers&... layers) {
    f(ParameterName{"beta"}, view(layers.beta)...);
  }
};

inline std::vector<OnnxNode> swish_nodes(const std::string& layer) {
  if (layer != "Swish()") return {};
  return {{"Mul", {"x", "beta"}, "bx"}, {"Sigmoid", {"bx"}, "s"}, {"Mul", {"x", "s"}}};
}

/// NAME.onnx and NAME.safetensors with inputs x_1 and x_7, of one row and of seven, and what the model makes of them,
/// y_1 and y_7. `scaler` and `image` of the options are done here as well, in double, as the library does it.
template <class Model, class T = typename Model::Scalar>
void write(const std::string& path, const Model& net, const Matrix<T>& x, const OnnxOptions& options = {}) {
  export_onnx(net, path + ".onnx", options);
  Matrix<T> z = x;
  if (const auto& image = options.preprocessing.image)
    z = (x.template cast<double>().array() * image->scale + image->shift).template cast<T>();
  if (const auto& scaler = options.preprocessing.scaler) z = scaler->transform(z);
  const Matrix<T> x_1 = x.topRows(1), x_7 = x.topRows(7);
  const Matrix<T> y_1 = net.predict(view(z).rows(0, 1)), y_7 = net.predict(view(z).rows(0, 7));
  SafeTensorsWriter writer;
  writer.add("x_1", x_1);
  writer.add("x_7", x_7);
  writer.add("y_1", y_1);
  writer.add("y_7", y_7);
  writer.write(path + ".safetensors");
}

template <class T>
Matrix<T> uniform(Index rows, Index columns, Rng& rng) {
  Matrix<T> x(rows, columns);
  uniform_init(view(x), T(-2), T(2), rng);
  return x;
}

/// Into the folder, which ends in a slash: write_onnx_blocks.cpp.
void write_blocks(const std::string& folder);

}  // namespace interop
