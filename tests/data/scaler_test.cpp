// SPDX-License-Identifier: MIT
#include <mlp/data/scaler.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "support/not_a_number.hpp"
#include "support/reference.hpp"

using mlp::Index;
using mlp::Matrix;
using mlp::MinMaxScaler;
using mlp::RowVector;
using mlp::StandardScaler;
using mlp::testing::max_relative_error;
using mlp::testing::not_a_number;
using mlp::testing::to_matrix;

namespace {

Matrix<float> one(float value) {
  return Matrix<float>::Constant(1, 1, value);
}

}  // namespace

TEST_CASE("StandardScaler scales as scikit-learn does, dividing by n") {
  const auto reference = mlp::testing::reference("scaler.json");
  const auto x = to_matrix<double>(reference["x"]);
  const auto scaler = StandardScaler::fit(x);
  const auto& expected = reference["standard"];
  CHECK(max_relative_error(scaler.mean(), to_matrix<double>(expected["mean"])) < 1e-14);
  CHECK(max_relative_error(scaler.scale(), to_matrix<double>(expected["scale"])) < 1e-14);
  CHECK(max_relative_error(scaler.transform(x), to_matrix<double>(expected["x"])) < 1e-9);
  const auto fresh = to_matrix<double>(reference["new"]);
  CHECK(max_relative_error(scaler.transform(fresh), to_matrix<double>(expected["new"])) < 1e-9);
  CHECK(max_relative_error(scaler.inverse_transform(scaler.transform(fresh)), fresh) < 1e-14);
}

TEST_CASE("StandardScaler with ddof 1 scales as pandas does, dividing by n - 1") {
  const auto reference = mlp::testing::reference("scaler.json");
  const auto scaler = StandardScaler::fit(to_matrix<double>(reference["x"]), {.ddof = 1});
  const auto& expected = reference["pandas"];
  CHECK(max_relative_error(scaler.scale(), to_matrix<double>(expected["scale"])) < 1e-14);
  const auto fresh = to_matrix<double>(reference["new"]);
  CHECK(max_relative_error(scaler.transform(fresh), to_matrix<double>(expected["new"])) < 1e-9);
}

TEST_CASE("StandardScaler by hand: 1, 2, 6 has mean 3, variance 14/3 or 7") {
  Matrix<float> x(3, 1);
  x << 1, 2, 6;
  const auto by_n = StandardScaler::fit(x);
  CHECK(by_n.mean()(0) == 3);
  CHECK(by_n.scale()(0) == doctest::Approx(std::sqrt(14.0 / 3)).epsilon(1e-15));
  const auto by_n_less_1 = StandardScaler::fit(x, {.ddof = 1});
  CHECK(by_n_less_1.scale()(0) == doctest::Approx(std::sqrt(7.0)).epsilon(1e-15));
  CHECK(by_n_less_1.transform(x)(2, 0) == static_cast<float>(3 / std::sqrt(7.0)));
  CHECK(by_n_less_1.inverse_transform(by_n_less_1.transform(x)) == x);
}

TEST_CASE("sums of many floats are kept in double") {
  // The sum is beyond 2^24, where a float no longer holds every whole number.
  constexpr Index n = 200'000;
  Matrix<float> x(n, 1);
  for (Index i = 0; i < n; ++i) x(i, 0) = i % 2 == 0 ? 1000.0f : 1001.0f;
  const auto scaler = StandardScaler::fit(x);
  CHECK(scaler.mean()(0) == 1000.5);
  CHECK(scaler.scale()(0) == 0.5);
  CHECK(scaler.transform(x)(1, 0) == 1);
}

TEST_CASE("a constant column is scaled by 1, also where its mean is rounded") {
  Matrix<double> x(7, 3);
  for (Index i = 0; i < x.rows(); ++i) x.row(i) << 0.1, 1e9 / 3, 0;
  const auto standard = StandardScaler::fit(x, {.ddof = 1});
  CHECK(standard.scale() == RowVector<double>::Ones(3));
  CHECK(max_relative_error(standard.transform(x), Matrix<double>::Zero(7, 3)) < 1e-6);
  const auto minmax = MinMaxScaler::fit(x, {.low = -1, .high = 3});
  CHECK(minmax.transform(x) == Matrix<double>::Constant(7, 3, -1));
  CHECK(minmax.inverse_transform(minmax.transform(x)) == x);
  // One row is constant, whatever it holds.
  CHECK(StandardScaler::fit(x.topRows(1)).scale() == RowVector<double>::Ones(3));
}

TEST_CASE("a column that differs by nothing but rounding counts as constant, as in scikit-learn") {
  Matrix<double> x = Matrix<double>::Constant(4, 1, 1e9 / 3);
  x(2, 0) = std::nextafter(x(2, 0), 1e10);
  CHECK(StandardScaler::fit(x).scale()(0) == 1);
  x(2, 0) = x(0, 0) + 1e-5;
  CHECK(StandardScaler::fit(x).scale()(0) < 1e-5);
}

TEST_CASE("the deviation of a column far from 0 does not suffer from its rounded mean") {
  // The numbers 2 k^2, k = 0 .. 8, have mean 136/3 and variance 16592/9; beside 2^53 the mean rounds to 44 or 46.
  Matrix<double> x(9, 1);
  for (Index k = 0; k < 9; ++k) x(k, 0) = 0x1p53 + static_cast<double>(2 * k * k);
  CHECK(StandardScaler::fit(x).scale()(0) == doctest::Approx(std::sqrt(16592.0 / 9)).epsilon(1e-14));
}

TEST_CASE("a column of small numbers is not taken for a constant") {
  Matrix<double> x(2, 1);
  x << 1e-20, 3e-20;
  CHECK(StandardScaler::fit(x).scale()(0) == doctest::Approx(1e-20).epsilon(1e-15));
  CHECK(MinMaxScaler::fit(x).transform(x)(1, 0) == doctest::Approx(1).epsilon(1e-15));
}

TEST_CASE("MinMaxScaler scales as scikit-learn does") {
  const auto reference = mlp::testing::reference("scaler.json");
  const auto x = to_matrix<double>(reference["x"]);
  const auto fresh = to_matrix<double>(reference["new"]);
  const auto unit = MinMaxScaler::fit(x);
  CHECK(unit.data_min() == to_matrix<double>(reference["minmax"]["data_min"]));
  CHECK(unit.data_max() == to_matrix<double>(reference["minmax"]["data_max"]));
  CHECK(max_relative_error(unit.scale(), to_matrix<double>(reference["minmax"]["scale"])) < 1e-14);
  CHECK(max_relative_error(unit.transform(x), to_matrix<double>(reference["minmax"]["x"])) < 1e-9);
  CHECK(max_relative_error(unit.transform(fresh), to_matrix<double>(reference["minmax"]["new"])) < 1e-9);
  CHECK(max_relative_error(unit.inverse_transform(unit.transform(fresh)), fresh) < 1e-14);
  const auto symmetric = MinMaxScaler::fit(x, {.low = -1, .high = 3});
  CHECK(max_relative_error(symmetric.transform(x), to_matrix<double>(reference["symmetric"]["x"])) < 1e-9);
  CHECK(max_relative_error(symmetric.transform(fresh), to_matrix<double>(reference["symmetric"]["new"])) < 1e-9);
}

TEST_CASE("MinMaxScaler reaches both ends exactly and goes beyond them for values outside") {
  Matrix<float> x(3, 1);
  x << 2, 5, 10;
  Matrix<float> expected(3, 1);
  expected << -1, -0.25, 1;
  const auto scaler = MinMaxScaler::fit(x, {.low = -1, .high = 1});
  CHECK(scaler.transform(x) == expected);
  CHECK(scaler.transform(one(18.0f))(0, 0) == 3);
  CHECK(scaler.inverse_transform(expected) == x);
}

TEST_CASE("a block of a matrix is scaled without its surroundings, and no rows stay no rows") {
  Matrix<double> x = Matrix<double>::Constant(4, 3, 1e6);
  x.block(1, 1, 2, 2) << 1, 10, 3, 30;
  Matrix<double> z(2, 2);
  z << -1, -1, 1, 1;
  const auto scaler = StandardScaler::fit(x.block(1, 1, 2, 2));
  CHECK(scaler.transform(mlp::view(x.block(1, 1, 2, 2))) == z);
  CHECK(scaler.transform(Matrix<double>(0, 2)).rows() == 0);
}

TEST_CASE("scalers are made of known statistics") {
  const StandardScaler standard(RowVector<double>::Constant(1, 3.0), RowVector<double>::Constant(1, 2.0));
  CHECK(standard.transform(one(7.0f))(0, 0) == 2);
  const MinMaxScaler minmax(RowVector<double>::Constant(1, 0.0), RowVector<double>::Constant(1, 255.0),
                            {.low = -1, .high = 1});
  CHECK(minmax.transform(one(255.0f))(0, 0) == 1);
  CHECK(minmax.transform(one(0.0f))(0, 0) == -1);
}

TEST_CASE("an empty set, NaN and a ddof without rows to divide by are refused") {
  Matrix<double> x = Matrix<double>::Ones(4, 3);
  CHECK_THROWS_WITH_AS(StandardScaler::fit(Matrix<double>(0, 3)), "mlp::StandardScaler: expected at least 1 row, got 0",
                       mlp::ValueError);
  CHECK_THROWS_WITH_AS(StandardScaler::fit(x.topRows(1), {.ddof = 1}),
                       "mlp::StandardScaler: expected at least 2 rows, got 1", mlp::ValueError);
  CHECK_THROWS_WITH_AS(StandardScaler::fit(x, {.ddof = -1}), "mlp::StandardScaler: ddof must be at least 0, got -1",
                       mlp::ValueError);
  CHECK_THROWS_WITH_AS(MinMaxScaler::fit(Matrix<double>(0, 3)), "mlp::MinMaxScaler: expected at least 1 row, got 0",
                       mlp::ValueError);
  x(3, 2) = not_a_number;
  CHECK_THROWS_WITH_AS(StandardScaler::fit(x),
                       "mlp::StandardScaler: expected finite numbers, got nan in row 3, column 2", mlp::ValueError);
  CHECK_THROWS_WITH_AS(MinMaxScaler::fit(x), "mlp::MinMaxScaler: expected finite numbers, got nan in row 3, column 2",
                       mlp::ValueError);
  x(1, 0) = -std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH_AS(StandardScaler::fit(x),
                       "mlp::StandardScaler: expected finite numbers, got -inf in row 1, column 0", mlp::ValueError);
}

TEST_CASE("another number of columns is refused") {
  const Matrix<double> x = Matrix<double>::Random(4, 3);
  const Matrix<float> wide(32, 4);
  const auto standard = StandardScaler::fit(x);
  const auto minmax = MinMaxScaler::fit(x);
  CHECK_THROWS_WITH_AS(standard.transform(wide), "mlp::StandardScaler: expected input [batch, 3], got [32, 4]",
                       mlp::ShapeError);
  CHECK_THROWS_WITH_AS(standard.inverse_transform(wide), "mlp::StandardScaler: expected input [batch, 3], got [32, 4]",
                       mlp::ShapeError);
  CHECK_THROWS_WITH_AS(minmax.transform(wide), "mlp::MinMaxScaler: expected input [batch, 3], got [32, 4]",
                       mlp::ShapeError);
  CHECK_THROWS_WITH_AS(minmax.inverse_transform(wide), "mlp::MinMaxScaler: expected input [batch, 3], got [32, 4]",
                       mlp::ShapeError);
}

TEST_CASE("statistics that cannot be are refused") {
  const RowVector<double> two = RowVector<double>::Ones(2);
  const RowVector<double> three = RowVector<double>::Ones(3);
  const RowVector<double> bad = RowVector<double>::Constant(2, not_a_number);
  CHECK_THROWS_WITH_AS(StandardScaler(three, two), "mlp::StandardScaler: expected scale [1, 3], got [1, 2]",
                       mlp::ShapeError);
  CHECK_THROWS_WITH_AS(StandardScaler(bad, two), "mlp::StandardScaler: mean of column 0 must be finite, got nan",
                       mlp::ValueError);
  CHECK_THROWS_WITH_AS(StandardScaler(two, 0 * two),
                       "mlp::StandardScaler: scale of column 0 must be above 0 and finite, got 0", mlp::ValueError);
  CHECK_THROWS_WITH_AS(MinMaxScaler(three, two), "mlp::MinMaxScaler: expected data_max [1, 3], got [1, 2]",
                       mlp::ShapeError);
  CHECK_THROWS_WITH_AS(MinMaxScaler(two, -two),
                       "mlp::MinMaxScaler: range of column 0 must be at least 0 and finite, got -2", mlp::ValueError);
  CHECK_THROWS_WITH_AS(MinMaxScaler(two, two, {.low = 1, .high = 1}),
                       "mlp::MinMaxScaler: expected low below high, got 1 and 1", mlp::ValueError);
  CHECK_THROWS_WITH_AS(MinMaxScaler(two, two, {.low = not_a_number}),
                       "mlp::MinMaxScaler: expected low below high, got nan and 1", mlp::ValueError);
}
