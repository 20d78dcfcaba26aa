// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <limits>
#include <string>

#include <mlp/layers/elu.hpp>
#include <mlp/layers/flatten.hpp>
#include <mlp/layers/gelu.hpp>
#include <mlp/layers/identity.hpp>
#include <mlp/layers/layer_norm.hpp>
#include <mlp/layers/leaky_relu.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/log_softmax.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/layers/reshape.hpp>
#include <mlp/layers/sigmoid.hpp>
#include <mlp/layers/silu.hpp>
#include <mlp/layers/softmax.hpp>
#include <mlp/layers/softplus.hpp>
#include <mlp/layers/tanh.hpp>

#include "support/reference.hpp"

using namespace mlp;
using mlp::testing::max_relative_error;
using mlp::testing::to_matrix;

namespace {

template <class T>
Matrix<T> nan_matrix(Index rows, Index cols) {
  return Matrix<T>::Constant(rows, cols, std::numeric_limits<T>::quiet_NaN());
}

template <class T, class L>
void check(const L& layer, const nlohmann::json& c) {
  const nlohmann::json& expected = c[sizeof(T) == sizeof(float) ? "float32" : "float64"];
  const double tolerance = sizeof(T) == sizeof(float) ? 1e-6 : 1e-12;
  const Matrix<T> x = to_matrix<T>(c["x"]), dy = to_matrix<T>(c["dy"]);
  Matrix<T> y = nan_matrix<T>(dy.rows(), dy.cols()), dx = nan_matrix<T>(x.rows(), x.cols());
  typename L::Cache cache;
  L grad = layer;
  L::visit_parameters([](const ParameterName&, MatrixView<T> g) { g.array() = std::numeric_limits<T>::quiet_NaN(); },
                      grad);
  layer.forward(ConstMatrixView<T>(x), view(y), cache);
  layer.backward(ConstMatrixView<T>(x), ConstMatrixView<T>(y), ConstMatrixView<T>(dy), cache, grad, view(dx));
  CHECK(max_relative_error(y, to_matrix<T>(expected["y"])) <= tolerance);
  CHECK(max_relative_error(dx, to_matrix<T>(expected["dx"])) <= tolerance);
  int parameters = 0;
  L::visit_parameters(
      [&](const ParameterName& name, ConstMatrixView<T> g) {
        CAPTURE(name.str());
        CHECK(max_relative_error(g, to_matrix<T>(expected["d" + name.str()])) <= tolerance);
        ++parameters;
      },
      grad);
  CHECK(expected.size() == static_cast<std::size_t>(2 + parameters));
}

template <class T>
void check_case(const nlohmann::json& c) {
  const std::string name = c["layer"];
  if (name == "Linear") {
    const Matrix<T> weight = to_matrix<T>(c["weight"]);
    Linear<T> layer(weight.cols(), weight.rows());
    layer.weight().matrix() = weight;
    layer.bias().matrix() = to_matrix<T>(c["bias"]);
    return check<T>(layer, c);
  }
  if (name == "LayerNorm") {
    const Matrix<T> weight = to_matrix<T>(c["weight"]);
    LayerNorm<T> layer(weight.cols(), c["eps"].get<double>());
    layer.weight().matrix() = weight;
    layer.bias().matrix() = to_matrix<T>(c["bias"]);
    return check<T>(layer, c);
  }
  if (name == "GELU") return check<T>(GELU(), c);
  if (name == "GELU(tanh)") return check<T>(GELU(GELU::tanh), c);
  if (name == "SiLU") return check<T>(SiLU(), c);
  if (name == "LeakyReLU") return check<T>(LeakyReLU(), c);
  if (name == "LeakyReLU(0.2)") return check<T>(LeakyReLU(0.2), c);
  if (name == "ELU") return check<T>(ELU(), c);
  if (name == "ELU(0.5)") return check<T>(ELU(0.5), c);
  if (name == "Softplus") return check<T>(Softplus(), c);
  if (name == "Softplus(2, 3)") return check<T>(Softplus(2, 3), c);
  if (name == "ReLU") return check<T>(ReLU(), c);
  if (name == "Tanh") return check<T>(Tanh(), c);
  if (name == "Sigmoid") return check<T>(Sigmoid(), c);
  if (name == "Softmax") return check<T>(Softmax(), c);
  if (name == "LogSoftmax") return check<T>(LogSoftmax(), c);
  REQUIRE(name == "Identity");
  check<T>(Identity(), c);
}

}  // namespace

TEST_CASE("every layer gives PyTorch's outputs and gradients, in float32 and in float64") {
  const nlohmann::json cases = testing::reference("layers.json");
  REQUIRE(cases.size() == 68);
  for (const nlohmann::json& c : cases) {
    CAPTURE(c["layer"].get<std::string>());
    CAPTURE(std::to_string(c["x"].size()) + " x " + std::to_string(c["x"].front().size()));
    check_case<double>(c);
    check_case<float>(c);
  }
}
