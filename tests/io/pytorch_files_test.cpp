// SPDX-License-Identifier: MIT
// Files of PyTorch: tests/reference/make_safetensors.py.
#include <doctest/doctest.h>

#include <string>

#include <mlp/io/state_dict.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/tanh.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>

#include "support/reference.hpp"

using namespace mlp;

TEST_CASE("weights of PyTorch in every float type give PyTorch's outputs") {
  for (const std::string type : {"f32", "f64", "f16", "bf16"}) {
    CAPTURE(type);
    const std::string path = testing::stored("io/torch_" + type);
    const auto expected = SafeTensors::read(path + "_output.safetensors");
    const auto x = expected.matrix<double>("x"), y = expected.matrix<double>("y");
    CHECK(expected.matrix<int>("count")(0, 0) == x.rows());

    Sequential in_double{Linear<double>(5, 7), Tanh(), Linear<double>(7, 3)};
    CHECK(load(in_double, path + ".safetensors").empty());
    CHECK((in_double.predict(x) - y).cwiseAbs().maxCoeff() < 1e-14);

    Network<float> in_float(Linear(5, 7), Tanh(), Linear(7, 3));
    load(in_float, SafeTensors::map(path + ".safetensors"));
    const Matrix<float> x_float = x.cast<float>();
    CHECK((in_float.predict(x_float).cast<double>() - y).cwiseAbs().maxCoeff() < 1e-6);
  }
}
