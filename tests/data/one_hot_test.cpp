// SPDX-License-Identifier: MIT
#include <mlp/data/one_hot.hpp>

#include <doctest/doctest.h>

using mlp::Labels;
using mlp::Matrix;

TEST_CASE("a label becomes a row with a 1 in the column of its class") {
  Matrix<float> expected(4, 3);
  expected << 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1;
  CHECK(mlp::one_hot<float>(Labels{2, 0, 1, 2}, 3) == expected);
  CHECK(mlp::one_hot<double>(Labels{2, 0, 1, 2}, 3) == expected.cast<double>());
}

TEST_CASE("a class without a sample keeps its column, and no labels make no rows") {
  CHECK(mlp::one_hot<float>(Labels{0}, 4).cols() == 4);
  const Matrix<float> none = mlp::one_hot<float>(Labels{}, 4);
  CHECK(none.rows() == 0);
  CHECK(none.cols() == 4);
}

TEST_CASE("a label that is no class is refused") {
  CHECK_THROWS_WITH_AS(mlp::one_hot<float>(Labels{0, 2, 3}, 3),
                       "mlp::one_hot: expected labels in [0, 3), got labels[2] = 3", mlp::ValueError);
  CHECK_THROWS_WITH_AS(mlp::one_hot<float>(Labels{-1}, 3),
                       "mlp::one_hot: expected labels in [0, 3), got labels[0] = -1", mlp::ValueError);
  CHECK_THROWS_WITH_AS(mlp::one_hot<float>(Labels{}, 0), "mlp::one_hot: classes must be at least 1, got 0",
                       mlp::ValueError);
}
