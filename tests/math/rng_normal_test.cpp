// SPDX-License-Identifier: MIT
#include <mlp/math/rng.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "support/reference.hpp"

using mlp::Rng;

namespace {

/// The doubles that tests/reference/make_rng_normal.py wrote in hexadecimal.
std::vector<double> doubles(const nlohmann::json& texts) {
  std::vector<double> values;
  for (const auto& text : texts) values.push_back(std::stod(text.get<std::string>()));
  return values;
}

/// Equal but for the last bits, which belong to the sine and the logarithm of the C library.
void check_close(const std::vector<double>& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(got[i] - expected[i]) <= 1e-15 * std::max(1.0, std::abs(expected[i])));
  }
}

std::vector<double> normals(Rng& rng, std::size_t count, double mean = 0, double stddev = 1) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(rng.normal(mean, stddev));
  return values;
}

}  // namespace

TEST_CASE("normal deviates are those of PyTorch's small tensors") {
  const auto cases = mlp::testing::reference("rng_normal.json");
  REQUIRE(cases.size() == 3);
  for (const auto& stored : cases) {
    const auto seed = stored["seed"].get<std::uint64_t>();
    CAPTURE(seed);
    Rng rng(seed);
    check_close(normals(rng, 15), doubles(stored["double15"]));
    check_close(normals(rng, 3), doubles(stored["then3"]));

    Rng scaled(seed);
    check_close(normals(scaled, 15, 3, 0.7), doubles(stored["mean3_std0.7"]));

    Rng floats(seed);
    for (const double expected : doubles(stored["float15"]))
      CHECK(static_cast<float>(floats.normal()) == static_cast<float>(expected));
  }
}

TEST_CASE("the second deviate of a pair waits while others draw") {
  const auto cases = mlp::testing::reference("rng_normal.json");
  for (const auto& stored : cases) {
    Rng rng(stored["seed"].get<std::uint64_t>());
    const double first = rng.normal();
    const double uniform = rng.uniform(0.0, 1.0);
    const std::vector<double> next = normals(rng, 2);
    check_close({first, uniform, next[0], next[1]}, doubles(stored["mixed"]));
  }
}

TEST_CASE("from 16 elements on PyTorch draws otherwise, as the comment says") {
  const auto stored = mlp::testing::reference("rng_normal.json")[0];
  Rng rng(stored["seed"].get<std::uint64_t>());
  CHECK(std::abs(rng.normal() - doubles(stored["size16"])[0]) > 0.1);
}

TEST_CASE("the waiting deviate is part of the state") {
  Rng rng(5);
  rng.normal();
  Rng copy = rng;
  CHECK(copy == rng);
  CHECK(copy.normal() == rng.normal());
  rng.normal();
  CHECK(!(copy == rng));

  Rng fresh(5);
  fresh.random64();
  fresh.random64();  // the same engine, without a deviate
  Rng used(5);
  used.normal();
  CHECK(!(fresh == used));
  used.normal();
  CHECK(fresh == used);
}

TEST_CASE("normal deviates have the moments of the normal distribution") {
  Rng rng(1);
  constexpr int n = 100000;
  double moments[5] = {};
  int beyond = 0;
  for (int i = 0; i < n; ++i) {
    const double z = (rng.normal(-2, 3) + 2) / 3;
    for (int k = 1; k <= 4; ++k) moments[k] += std::pow(z, k) / n;
    if (std::abs(z) > 1.959964) ++beyond;
  }
  CHECK(std::abs(moments[1]) < 0.016);  // five standard errors each: 1, sqrt(2), sqrt(15), sqrt(96) over sqrt(n)
  CHECK(std::abs(moments[2] - 1) < 0.023);
  CHECK(std::abs(moments[3]) < 0.062);
  CHECK(std::abs(moments[4] - 3) < 0.16);
  CHECK(std::abs(beyond - 0.05 * n) < 350);
}

TEST_CASE("a standard deviation below 0 is refused, 0 gives the mean") {
  Rng rng(1);
  CHECK(rng.normal(4, 0) == 4);
  CHECK_THROWS_WITH_AS(rng.normal(0, -1), "mlp::Rng::normal: std must be at least 0 and finite, got -1",
                       mlp::ValueError);
}
