// SPDX-License-Identifier: MIT
#include <mlp/math/init.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <numbers>
#include <string>

#include <mlp/layers/linear.hpp>

#include "support/bits.hpp"
#include "support/reference.hpp"

using namespace mlp;

namespace {

template <class T>
void check_stored(ConstMatrixView<T> values, const nlohmann::json& expected) {
  const auto& first = expected["first"];
  REQUIRE(first.size() == static_cast<std::size_t>(std::min<Index>(values.size(), 12)));
  for (std::size_t i = 0; i < first.size(); ++i)
    CHECK(testing::bits(values.data()[i]) == first[i].get<decltype(testing::bits(T()))>());
  const auto bytes = static_cast<std::size_t>(values.size()) * sizeof(T);
  CHECK(testing::crc32(values.data(), bytes) == expected["crc32"].get<std::uint32_t>());
}

template <class T>
void check_case(const nlohmann::json& expected) {
  Rng rng(expected["seed"].get<std::uint64_t>());
  Linear<T> layer(expected["in"], expected["out"], rng);
  const MatrixView<T> w = layer.weight();
  check_stored<T>(w, expected["linear"]["weight"]);
  check_stored<T>(layer.bias(), expected["linear"]["bias"]);
  kaiming_uniform_init(w, rng);
  check_stored<T>(w, expected["kaiming"]);
  kaiming_uniform_init(w, rng, 5.0 / 3, FanMode::fan_out);
  check_stored<T>(w, expected["kaiming_tanh_fan_out"]);
  xavier_uniform_init(w, rng);
  check_stored<T>(w, expected["xavier"]);
  xavier_uniform_init(w, rng, std::numbers::sqrt2);
  check_stored<T>(w, expected["xavier_relu"]);
  uniform_init(w, -0.1, 0.2, rng);
  check_stored<T>(w, expected["uniform"]);
}

}  // namespace

TEST_CASE("initial values have the bits of torch.nn.Linear and torch.nn.init, in float and in double") {
  const nlohmann::json reference = testing::reference("init.json");
  REQUIRE(reference.size() == 14);
  for (const auto& expected : reference) {
    CAPTURE(expected["dtype"].get<std::string>());
    CAPTURE(expected["in"].dump() + " -> " + expected["out"].dump());
    if (expected["dtype"] == "float")
      check_case<float>(expected);
    else
      check_case<double>(expected);
  }
}

TEST_CASE("a view with a stride is filled row by row, and nothing beside it") {
  Matrix<float> whole = Matrix<float>::Constant(4, 5, 9.0f);
  Matrix<float> alone(4, 3);
  Rng a(1), b(1);
  uniform_init(MatrixView<float>(whole.data() + 1, 4, 3, 5), -1, 1, a);
  uniform_init(view(alone), -1, 1, b);
  CHECK(testing::bitwise_equal(whole.middleCols(1, 3), alone));
  CHECK((whole.col(0).array() == 9.0f).all());
  CHECK((whole.col(4).array() == 9.0f).all());
  zeros_init(MatrixView<float>(whole.data() + 1, 4, 3, 5));
  CHECK((whole.middleCols(1, 3).array() == 0.0f).all());
  CHECK((whole.col(4).array() == 9.0f).all());
}
