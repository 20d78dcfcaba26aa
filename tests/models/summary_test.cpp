// SPDX-License-Identifier: MIT
#include <mlp/models/summary.hpp>

#include <doctest/doctest.h>

#include <string>

#include <mlp/layers/linear.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/layers/softmax.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>

using namespace mlp;

TEST_CASE("a summary lists layers, output shapes and parameters, the same for both kinds of model") {
  const Linear a(9, 64), b(64, 1000);
  const std::string expected =
      "layer                  output         parameters\n"
      "------------------------------------------------\n"
      "input                  [batch, 9]\n"
      "0  Linear(9 -> 64)     [batch, 64]           640\n"
      "1  ReLU()              [batch, 64]             0\n"
      "2  Linear(64 -> 1000)  [batch, 1000]       65000\n"
      "------------------------------------------------\n"
      "total                                      65640\n";
  CHECK(summary(Sequential{a, ReLU(), b}) == expected);
  CHECK(summary(Network(a, ReLU(), b)) == expected);
}

TEST_CASE("a summary shows a nested block with its parts, and widths that nothing fixes") {
  CHECK(summary(Sequential{Sequential{Linear(2, 3), ReLU()}, Softmax()}) ==
        "layer                output      parameters\n"
        "-------------------------------------------\n"
        "input                [batch, 2]\n"
        "0  Sequential        [batch, 3]           9\n"
        "     Linear(2 -> 3)\n"
        "     ReLU()\n"
        "1  Softmax()         [batch, 3]           0\n"
        "-------------------------------------------\n"
        "total                                     9\n");
  CHECK(summary(Sequential{ReLU(), Softmax()}) ==
        "layer         output        parameters\n"
        "--------------------------------------\n"
        "input         [batch, any]\n"
        "0  ReLU()     [batch, any]           0\n"
        "1  Softmax()  [batch, any]           0\n"
        "--------------------------------------\n"
        "total                                0\n");
}
