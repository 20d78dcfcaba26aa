// SPDX-License-Identifier: MIT
#include <mlp/data/dataset.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <type_traits>
#include <vector>

using mlp::Dataset;
using mlp::Index;
using mlp::Labels;
using mlp::Matrix;

namespace {

/// m(i, j) = 10 i + j
template <class T>
Matrix<T> counting(Index rows, Index cols) {
  Matrix<T> m(rows, cols);
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < cols; ++j) m(i, j) = static_cast<T>(10 * i + j);
  return m;
}

const std::vector<Index> some_rows = {2, 0, 2};

}  // namespace

TEST_CASE("blocks and vectors of Eigen become matrices of a data set, row by row") {
  const Matrix<float> table = counting<float>(3, 4);
  const Dataset cars{table.leftCols(3), table.rightCols(1)};
  static_assert(std::is_same_v<decltype(cars), const Dataset<Matrix<float>, Matrix<float>>>);
  Matrix<float> x(3, 3);
  x << 0, 1, 2, 10, 11, 12, 20, 21, 22;
  Matrix<float> y(3, 1);
  y << 3, 13, 23;
  CHECK(cars.x == x);
  CHECK(cars.y == y);

  const Eigen::MatrixXf by_columns = x;
  const Eigen::VectorXf target = y;
  const Dataset others{by_columns, target, std::vector<double>{1, 1, 2}};
  static_assert(std::is_same_v<decltype(others), const Dataset<Matrix<float>, Matrix<float>>>);
  CHECK(others.x == x);
  CHECK(others.y == y);

  const Dataset images{mlp::ByteMatrix{counting<std::uint8_t>(3, 2)}, Labels{0, 1, 0}};
  static_assert(std::is_same_v<decltype(images), const Dataset<mlp::ByteMatrix, Labels>>);
}

TEST_CASE("a subset holds the samples asked for, in that order, with their targets and weights") {
  const Dataset cars{counting<float>(3, 2), counting<float>(3, 1), {0.5, 1.0, 2.0}};
  static_assert(std::is_same_v<decltype(cars), const Dataset<Matrix<float>, Matrix<float>>>);
  const auto some = mlp::subset(cars, some_rows);
  Matrix<float> x(3, 2);
  x << 20, 21, 0, 1, 20, 21;
  Matrix<float> y(3, 1);
  y << 20, 0, 20;
  CHECK(some.size() == 3);
  CHECK(some.x == x);
  CHECK(some.y == y);
  CHECK(some.weights == std::vector<double>{2.0, 0.5, 2.0});
}

TEST_CASE("a subset of bytes and classes stays bytes and classes, with its scale and shift") {
  const Dataset faces{mlp::ByteMatrix{counting<std::uint8_t>(3, 2), 1 / 127.5, -1}, Labels{7, 8, 9}};
  const auto some = mlp::subset(faces, some_rows);
  Matrix<std::uint8_t> bytes(3, 2);
  bytes << 20, 21, 0, 1, 20, 21;
  CHECK(some.x.bytes == bytes);
  CHECK(some.x.scale == 1 / 127.5);
  CHECK(some.x.shift == -1);
  CHECK(some.y == Labels{9, 7, 9});
  CHECK(some.weights.empty());
}

TEST_CASE("a subset of no rows is an empty set of as many features") {
  const auto none = mlp::subset(Dataset{counting<double>(3, 2), Labels{0, 1, 2}}, {});
  CHECK(none.size() == 0);
  CHECK(none.x.cols() == 2);
  CHECK(none.y.empty());
}

TEST_CASE("gathered bytes become scale * byte + shift") {
  const Index cols = 37;  // blocks, and a rest
  const mlp::ByteMatrix bytes{counting<std::uint8_t>(3, cols), 0.5, -1};
  Matrix<float> batch(3, cols);
  mlp::gather(bytes, some_rows, mlp::MatrixView<float>(batch));
  Matrix<float> expected(3, cols);
  for (Index j = 0; j < cols; ++j) {
    const float half = 0.5f * static_cast<float>(j);
    expected.col(j) << 9 + half, -1 + half, 9 + half;
  }
  CHECK(batch == expected);
}

TEST_CASE("a subset says which row is none and which part has another length") {
  const Dataset data{counting<double>(3, 2), Labels{0, 1, 2}};
  CHECK_THROWS_WITH_AS(mlp::subset(data, std::vector<Index>{0, 3}), "mlp::subset: expected rows in [0, 3), got 3",
                       mlp::ValueError);
  CHECK_THROWS_WITH_AS(mlp::subset(data, std::vector<Index>{-1}), "mlp::subset: expected rows in [0, 3), got -1",
                       mlp::ValueError);
  CHECK_THROWS_WITH_AS(mlp::subset(Dataset{counting<double>(3, 2), Labels{0, 1}}, some_rows),
                       "mlp::subset: expected 3 targets, one a sample, got 2", mlp::ShapeError);
  CHECK_THROWS_WITH_AS(mlp::subset(Dataset{counting<double>(3, 2), counting<double>(4, 1), {1, 1}}, some_rows),
                       "mlp::subset: expected 3 targets, one a sample, got 4", mlp::ShapeError);
  CHECK_THROWS_WITH_AS(mlp::subset(Dataset{counting<double>(3, 2), counting<double>(3, 1), {1, 1}}, some_rows),
                       "mlp::subset: expected 3 weights, one a sample or none, got 2", mlp::ShapeError);
}
