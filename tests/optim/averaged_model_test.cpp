// SPDX-License-Identifier: MIT
#include <mlp/optim/averaged_model.hpp>

#include <doctest/doctest.h>

#include <concepts>
#include <cstddef>

#include <mlp/layers/linear.hpp>
#include <mlp/layers/tanh.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>

#include "support/bits.hpp"
#include "support/model_values.hpp"
#include "support/reference.hpp"

using namespace mlp;

namespace {

template <class Model>
void check_against_pytorch(Model net) {
  const nlohmann::json reference = testing::reference("optimizers.json");
  for (const nlohmann::json& c : reference["average"]) {
    CAPTURE(c["decay"].get<double>());
    testing::assign_values(net, reference["start"]);
    AveragedModel ema(net, {.decay = c["decay"]});
    std::size_t next = 0;
    for (std::size_t i = 0; i < 10; ++i) {
      testing::assign_values(net, reference["gradients"][i]);
      ema.update(net);
      if (i == 0 || i == 1 || i == 9) CHECK(testing::largest_difference(ema.model(), c["steps"][next++]) <= 1e-15);
    }
    CHECK(next == c["steps"].size());
  }
}

}  // namespace

TEST_CASE("averages are PyTorch's") {
  check_against_pytorch(Sequential{Linear<double>(2, 3), Tanh(), Linear<double>(3, 2)});
  check_against_pytorch(Network<double>(Linear<double>(2, 3), Tanh(), Linear<double>(3, 2)));
}

TEST_CASE("the first update copies, later ones go a part of the way") {
  Linear<float> layer(1, 1);
  layer.weight()(0, 0) = 8;
  AveragedModel ema(layer, {.decay = 0.75});
  CHECK(testing::bitwise_equal(ema.model().weight(), layer.weight()));  // before any update
  layer.weight()(0, 0) = 4;
  ema.update(layer);
  CHECK(ema.model().weight()(0, 0) == 4);
  layer.weight()(0, 0) = 16;
  ema.update(layer);
  CHECK(ema.model().weight()(0, 0) == 7);
  CHECK(layer.weight()(0, 0) == 16);
}

TEST_CASE("another model or a decay out of range is refused") {
  Sequential net{Linear(9, 64), Tanh(), Linear(64, 1)};
  const decltype(net) other{Linear(9, 64), Tanh(), Linear(64, 2)};
  AveragedModel ema(net);
  CHECK(ema.options().decay == 0.999);
  CHECK_THROWS_WITH_AS(ema.update(other), "mlp::AveragedModel: expected parameter 2.weight [1, 64], got [2, 64]",
                       ShapeError);
  CHECK(ema.model().get<0>().weight().array().isZero(0));
  CHECK_THROWS_WITH_AS(AveragedModel(net, {.decay = 1}), "mlp::AveragedModel: decay must be in [0, 1), got 1",
                       ValueError);
  CHECK_THROWS_WITH_AS(AveragedModel(net, {.decay = -0.5}), "mlp::AveragedModel: decay must be in [0, 1), got -0.5",
                       ValueError);
}

TEST_CASE("an average goes on from its visited state, the count of its updates included") {
  const auto layer = [](float weight) {
    Linear<float> made(1, 1);
    made.weight()(0, 0) = weight;
    return made;
  };
  AveragedModel ema(layer(8), {.decay = 0.75});
  ema.update(layer(4));
  AveragedModel other(layer(0), {.decay = 0.75});
  Index updates = 0;
  Linear<float> average(1, 1);
  ema.visit_state([&]<class Part>(const char*, Part& part) {
    if constexpr (std::same_as<Part, Index>)
      updates = part;
    else
      average = part;
  });
  other.visit_state([&]<class Part>(const char*, Part& part) {
    if constexpr (std::same_as<Part, Index>)
      part = updates;
    else
      part = average;
  });
  other.update(layer(16));
  CHECK(other.model().weight()(0, 0) == 7);  // 0.75 4 + 0.25 16; the first update would copy 16
}
