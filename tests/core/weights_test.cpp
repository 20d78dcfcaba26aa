// SPDX-License-Identifier: MIT
#include <cstdint>
#include <utility>

#include <doctest/doctest.h>

#include <mlp/core/weights.hpp>

using namespace mlp;

TEST_CASE("weights are zeros at first, at a line of the cache, and are copied as values") {
  Weights<float> w(3, 5);
  CHECK(w.view().shape() == Shape{3, 5});
  CHECK(reinterpret_cast<std::uintptr_t>(w.view().data()) % 64 == 0);
  CHECK(w.view().matrix().isZero(0));

  w.view()(1, 2) = 7;
  const Weights<float> copy = w;
  CHECK(copy.view().data() != w.view().data());
  w.view()(1, 2) = 8;
  CHECK(copy.view()(1, 2) == 7);

  const float* const before = w.view().data();
  w = copy;
  CHECK(w.view().data() == before);
  CHECK(w.view()(1, 2) == 7);
  const Weights<float>& same = w;
  w = same;
  CHECK(w.view()(1, 2) == 7);

  const Weights<float> moved = std::move(w);
  CHECK(moved.view().data() == before);
  CHECK(moved.view().shape() == Shape{3, 5});
  w = Weights<float>(1, 20);
  CHECK(w.view().shape() == Shape{1, 20});
}
