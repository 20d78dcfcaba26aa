// SPDX-License-Identifier: MIT
#include <mlp/math/rng.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/bits.hpp"
#include "support/reference.hpp"

using mlp::Index;
using mlp::Rng;
using mlp::testing::bits;

namespace {

template <class T>
void check_uniform(Rng& rng, T low, T high, const nlohmann::json& expected) {
  REQUIRE(expected.size() == 7);
  for (const auto& value : expected) CHECK(bits(rng.uniform(low, high)) == value.get<decltype(bits(T()))>());
}

}  // namespace

TEST_CASE("every draw has the bits of PyTorch's generator, one after the other from one stream") {
  const nlohmann::json reference = mlp::testing::reference("rng.json");
  REQUIRE(reference["cases"].size() == 5);
  for (const auto& expected : reference["cases"]) {
    CAPTURE(expected["seed"].dump());
    Rng rng(expected["seed"].get<std::uint64_t>());
    check_uniform(rng, 0.0f, 1.0f, expected["float"]);
    check_uniform(rng, -0.3f, 0.6f, expected["float_range"]);
    check_uniform(rng, 0.0, 1.0, expected["double"]);
    check_uniform(rng, -0.1, 0.3, expected["double_range"]);
    for (const auto& integers : expected["randint"]) {
      CAPTURE(integers["range"].dump());
      for (const auto& value : integers["values"])
        CHECK(rng.randint(integers["range"][0], integers["range"][1]) == value.get<std::int64_t>());
    }
    for (const auto& permutation : expected["randperm"]) {
      CAPTURE(permutation["n"].dump());
      const std::vector<Index> order = rng.randperm(permutation["n"].get<Index>());
      CHECK(order.size() == permutation["n"].get<std::size_t>());
      CHECK(mlp::testing::crc32(order.data(), order.size() * sizeof(Index)) ==
            permutation["crc32"].get<std::uint32_t>());
      std::vector<Index> first = order;
      first.resize(permutation["first"].size());
      CHECK(first == permutation["first"].get<std::vector<Index>>());
    }
    CHECK(bits(rng.uniform(0.0f, 1.0f)) == expected["after"][0].get<std::uint32_t>());
    check_uniform(rng, -0.3f, 0.3f, expected["float_around_0"]);
    check_uniform(rng, -0.1, 0.1, expected["double_around_0"]);
    REQUIRE(expected["bernoulli"].size() == 40);
    for (const auto& one : expected["bernoulli"]) CHECK(rng.bernoulli(0.3) == (one.get<int>() == 1));
  }
}

TEST_CASE_TEMPLATE("a range from 0 or around 0 has the bits of a fused multiply-add", T, float, double) {
  Rng rng(8), same(8);
  for (const double size : {1.0, 0.3, 1 / 28.0, 5e-3, 7e30, 3e-38})
    for (const T low : {T(0), static_cast<T>(-size)})
      for (int i = 0; i < 500; ++i) {
        const T high = static_cast<T>(size), x = same.uniform(T(0), T(1));
        CHECK(bits(rng.uniform(low, high)) == bits(std::fma(x, high - low, low)));
      }
}

#if defined(__GNUC__) && defined(__x86_64__)
namespace {
// g++ fuses a product and a sum wherever it sees both, which it does where low and high are constants.
[[gnu::target("fma"), gnu::flatten]] float one_and_from_0(Rng& rng) {
  return rng.uniform(0.0f, 0.3f) + 1;
}
[[gnu::target("fma"), gnu::flatten]] float one_and_around_0(Rng& rng) {
  return rng.uniform(-0.3f, 0.3f) + 1;
}
}  // namespace

TEST_CASE("a draw is rounded before anything is added to it") {
  if (!__builtin_cpu_supports("fma")) return;
  Rng rng(9), same(9);
  for (int i = 0; i < 500; ++i) {
    volatile float alone = same.uniform(0.0f, 0.3f);
    CHECK(bits(one_and_from_0(rng)) == bits(alone + 1));
    alone = same.uniform(-0.3f, 0.3f);
    CHECK(bits(one_and_around_0(rng)) == bits(alone + 1));
  }
}
#endif

TEST_CASE("the stream stays PyTorch's after the engine has refilled its state three times") {
  const nlohmann::json expected = mlp::testing::reference("rng.json")["long"];
  Rng rng(expected["seed"].get<std::uint64_t>());
  std::vector<float> values(expected["count"].get<std::size_t>());
  for (float& value : values) value = rng.uniform(0.0f, 1.0f);
  CHECK(mlp::testing::crc32(values.data(), values.size() * sizeof(float)) == expected["crc32"].get<std::uint32_t>());
}

TEST_CASE("a permutation into memory of the caller is the same one") {
  Rng a(5), b(5);
  std::vector<Index> order(100, -1);
  a.randperm(order);
  CHECK(order == b.randperm(100));
  CHECK(a == b);
}

TEST_CASE("the Mersenne Twister is the standard library's") {
  // [rand.predef]: the 10000th value of a default-constructed std::mt19937 is 4123659995.
  mlp::Mt19937 engine;
  for (int i = 1; i < 10000; ++i) engine();
  CHECK(engine() == 4123659995u);
}

TEST_CASE("a copy of a stream draws the same numbers, and draws move it") {
  Rng a(7);
  Rng b = a;
  CHECK(a == b);
  const auto first = a.random64();
  CHECK_FALSE(a == b);
  CHECK(b.random64() == first);
  CHECK(a == b);
}

TEST_CASE("a stream goes on from its state, the deviate that it keeps included, and takes no state that is none") {
  Rng a(7);
  a.normal();
  a.random();
  Rng b(0);
  b.set_state(a.state());
  CHECK(a == b);
  for (int i = 0; i < 2; ++i) CHECK(bits(b.normal()) == bits(a.normal()));
  b.set_state(Rng(7).state());  // which keeps none
  CHECK(b == Rng(7));
  struct Wrong {
    std::size_t place;
    std::uint64_t value;
  };
  for (const Wrong& wrong : {Wrong{0, 0x100000000}, Wrong{623, 0x100000000}, Wrong{624, 625}, Wrong{625, 2}}) {
    CAPTURE(wrong.place);
    Rng::State state = a.state();
    state[wrong.place] = wrong.value;
    CHECK_THROWS_WITH_AS(b.set_state(state), "mlp::Rng: no state of a random stream", mlp::ValueError);
    CHECK(b == Rng(7));
  }
}

TEST_CASE("randint refuses an empty range") {
  Rng rng(0);
  CHECK_THROWS_WITH_AS(rng.randint(3, 3), "mlp::Rng::randint: expected low < high, got [3, 3)", mlp::ValueError);
  CHECK_THROWS_WITH_AS(rng.randint(2, -2), "mlp::Rng::randint: expected low < high, got [2, -2)", mlp::ValueError);
}
