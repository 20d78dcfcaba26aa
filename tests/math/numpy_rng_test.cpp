// SPDX-License-Identifier: MIT
#include <mlp/math/numpy_rng.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "support/reference.hpp"

using mlp::Index;
using mlp::NumpyRng;

TEST_CASE("permutations are those of NumPy's RandomState") {
  const auto reference = mlp::testing::reference("split.json");
  for (const auto& item : reference["permutations"]) {
    CAPTURE(item["seed"].get<std::uint32_t>());
    CAPTURE(item["n"].get<Index>());
    CHECK(NumpyRng(item["seed"].get<std::uint32_t>()).permutation(item["n"].get<Index>()) ==
          item["order"].get<std::vector<Index>>());
  }
}

TEST_CASE("long permutations are those of NumPy's RandomState") {
  const auto reference = mlp::testing::reference("split.json");
  for (const auto& item : reference["long_permutations"]) {
    const std::vector<Index> order = NumpyRng(item["seed"].get<std::uint32_t>()).permutation(item["n"].get<Index>());
    CAPTURE(order.size());
    REQUIRE(order.size() == item["n"].get<std::size_t>());
    CHECK(std::vector<Index>(order.begin(), order.begin() + 10) == item["first"].get<std::vector<Index>>());
    std::int64_t weighted_sum = 0;
    for (std::size_t i = 0; i < order.size(); ++i) weighted_sum += static_cast<std::int64_t>(i) * order[i];
    CHECK(weighted_sum == item["weighted_sum"].get<std::int64_t>());
  }
}

TEST_CASE("whole numbers in a range are those of NumPy's RandomState, of up to 64 bits") {
  const auto reference = mlp::testing::reference("split.json");
  for (const auto& item : reference["draws"]) {
    const std::uint64_t most = std::stoull(item["most"].get<std::string>());
    CAPTURE(most);
    NumpyRng rng(item["seed"].get<std::uint32_t>());
    for (const auto& value : item["values"]) CHECK(rng.interval(most) == std::stoull(value.get<std::string>()));
  }
}

TEST_CASE("a second permutation goes on where the first one stopped") {
  // rng = np.random.RandomState(0); rng.permutation(5); rng.permutation(5)
  NumpyRng rng(0);
  CHECK(rng.permutation(5) == std::vector<Index>{2, 0, 1, 3, 4});
  CHECK(rng != NumpyRng(0));
  CHECK(rng.permutation(5) == std::vector<Index>{0, 2, 1, 4, 3});
}

TEST_CASE("a shuffle moves values as a permutation moves numbers") {
  // values = np.array([10, 11, 12, 13, 14]); np.random.RandomState(0).shuffle(values)
  std::vector<int> values = {10, 11, 12, 13, 14};
  NumpyRng(0).shuffle(std::span(values));
  CHECK(values == std::vector<int>{12, 10, 11, 13, 14});
}
