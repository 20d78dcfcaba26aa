// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include <mlp/losses/bce.hpp>
#include <mlp/losses/bce_with_logits.hpp>
#include <mlp/losses/cross_entropy.hpp>
#include <mlp/losses/l1.hpp>
#include <mlp/losses/mse.hpp>

#include "support/allocation_count.hpp"

using namespace mlp;

namespace {

/// From the first call on, with gradient and weights and without.
template <class T, class Loss, class Target>
void check_allocates_nothing(const Loss& loss, const Target& target, Index outputs = 3) {
  const Matrix<T> y = Matrix<T>::Constant(7, outputs, T(0.25));
  Matrix<T> dy(7, outputs);
  const std::vector<double> weights{1, 2, 0, 0.5, 3, 1, 1};
  double sum = 0;
  const auto count = testing::allocations_of([&] { sum = loss(y, target) + loss(y, target, dy, weights); });
  CHECK(count.by_new == 0);
  CHECK(count.by_malloc == 0);
  CHECK(sum > 0);
}

}  // namespace

TEST_CASE_TEMPLATE("a loss allocates nothing" * doctest::skip(!testing::counts_new), T, float, double) {
  const Matrix<T> target = Matrix<T>::Constant(7, 3, T(0.75));
  const Labels labels{0, 1, 2, 0, -100, 1, 2};
  check_allocates_nothing<T>(MSELoss(), target);
  check_allocates_nothing<T>(L1Loss(), target);
  check_allocates_nothing<T>(BCELoss(), target);
  check_allocates_nothing<T>(BCEWithLogitsLoss(), target);
  check_allocates_nothing<T>(BCEWithLogitsLoss({.pos_weight = {1, 2, 3}}), target);
  for (const auto& loss : {CrossEntropyLoss(), CrossEntropyLoss({.weight = {1, 2, 3}, .label_smoothing = 0.1})}) {
    check_allocates_nothing<T>(loss, labels);
    check_allocates_nothing<T>(loss, target);
  }
  check_allocates_nothing<T>(CrossEntropyLoss(), labels, 40);  // row by row
}
