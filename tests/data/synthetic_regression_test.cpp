// SPDX-License-Identifier: MIT
#include <mlp/data/synthetic_cars.hpp>
#include <mlp/data/synthetic_regression.hpp>

#include <doctest/doctest.h>

#include <Eigen/QR>
#include <cmath>
#include <set>
#include <string>

using namespace mlp;

namespace {

/// Least squares with a constant: the coefficients [features + 1, targets], the constant last.
Matrix<double> least_squares(const Matrix<double>& x, const Matrix<double>& y) {
  Eigen::MatrixXd a(x.rows(), x.cols() + 1);
  a << x, Eigen::VectorXd::Ones(x.rows());
  return a.completeOrthogonalDecomposition().solve(Eigen::MatrixXd(y));
}

/// The share of the variance of y that a linear model of x explains.
double explained(const Matrix<double>& x, const Matrix<double>& y) {
  const Matrix<double> w = least_squares(x, y);
  const Matrix<double> residual = y - (x * w.topRows(x.cols())).rowwise().operator+(w.row(x.cols()));
  return 1 - residual.squaredNorm() / (y.rowwise() - y.colwise().mean()).squaredNorm();
}

/// x beside all products of two of its columns.
Matrix<double> with_products(const Matrix<double>& x) {
  Matrix<double> all(x.rows(), x.cols() + x.cols() * (x.cols() + 1) / 2);
  all.leftCols(x.cols()) = x;
  Index column = x.cols();
  for (Index i = 0; i < x.cols(); ++i)
    for (Index j = 0; j <= i; ++j) all.col(column++) = x.col(i).cwiseProduct(x.col(j));
  return all;
}

double correlation(const Matrix<double>& a, const Matrix<double>& b) {
  const Eigen::ArrayXd x = a.array() - a.mean();
  const Eigen::ArrayXd y = b.array() - b.mean();
  return (x * y).sum() / std::sqrt(x.square().sum() * y.square().sum());
}

}  // namespace

TEST_CASE("least squares finds the weights and the bias of a regression set without noise") {
  Matrix<double> weight(2, 3);
  weight << 1, -2, 0.5, 0, 3, -1;
  Rng rng(1);
  const RegressionSet set =
      make_regression({.samples = 50, .features = 3, .targets = 2, .bias = 4, .weight = weight}, rng);
  REQUIRE(set.x.rows() == 50);
  REQUIRE(set.y.cols() == 2);
  Matrix<double> expected(4, 2);
  expected << 1, 0, -2, 3, 0.5, -1, 4, 4;
  CHECK((least_squares(set.x, set.y) - expected).cwiseAbs().maxCoeff() < 1e-12);
}

TEST_CASE("weights that are not given are drawn, and the law stays linear") {
  Rng rng(1);
  const RegressionSet set = make_regression({}, rng);
  CHECK(set.x.rows() == 100);
  CHECK(set.x.cols() == 10);
  CHECK(set.y.rows() == 100);
  CHECK(set.y.cols() == 1);
  CHECK(explained(set.x, set.y) == doctest::Approx(1).epsilon(1e-12));
  const Matrix<double> w = least_squares(set.x, set.y);
  for (Index i = 0; i < 10; ++i) CHECK(std::abs(w(i, 0)) > 1e-3);
  CHECK(std::abs(w(10, 0)) < 1e-12);
}

TEST_CASE("the noise of a regression set has its standard deviation, its features are standard normal") {
  Rng clean_rng(2);
  Rng noisy_rng(2);
  const RegressionSet clean = make_regression({.samples = 4000, .features = 2, .bias = 1}, clean_rng);
  const RegressionSet noisy = make_regression({.samples = 4000, .features = 2, .bias = 1, .noise = 0.5}, noisy_rng);
  CHECK(clean.x == noisy.x);
  CHECK(std::sqrt((noisy.y - clean.y).squaredNorm() / 4000) == doctest::Approx(0.5).epsilon(0.05));
  CHECK(std::abs(clean.x.mean()) < 0.05);
  CHECK(std::sqrt(clean.x.squaredNorm() / 8000) == doctest::Approx(1).epsilon(0.04));
}

TEST_CASE("the same seed gives the same regression and the same cars") {
  Rng a(1);
  Rng b(1);
  Rng c(2);
  const RegressionSet set = make_regression({.noise = 1}, a);
  const RegressionSet same = make_regression({.noise = 1}, b);
  const RegressionSet other = make_regression({.noise = 1}, c);
  CHECK((set.x == same.x && set.y == same.y));
  CHECK((set.x != other.x && set.y != other.y));
  const RegressionSet cars = make_cars({}, a);
  const RegressionSet same_cars = make_cars({}, b);
  const RegressionSet other_cars = make_cars({}, c);
  CHECK((cars.x == same_cars.x && cars.y == same_cars.y));
  CHECK((cars.x != other_cars.x && cars.y != other_cars.y));
}

TEST_CASE("cars have the shape and the ranges of Auto MPG") {
  CHECK(std::string(car_feature_names[0]) == "Cylinders");
  CHECK(std::string(car_feature_names[5]) == "Model Year");
  CHECK(std::string(car_feature_names[8]) == "USA");
  for (const unsigned seed : {0u, 1u, 2u}) {
    CAPTURE(seed);
    Rng rng(seed);
    const RegressionSet cars = make_cars({}, rng);
    REQUIRE(cars.x.rows() == 392);
    REQUIRE(cars.x.cols() == 9);
    REQUIRE(cars.y.rows() == 392);
    REQUIRE(cars.y.cols() == 1);
    const auto within = [&](Index column, double low, double high) {
      CAPTURE(column);
      CHECK(cars.x.col(column).minCoeff() >= low);
      CHECK(cars.x.col(column).maxCoeff() <= high);
    };
    within(1, 40, 500);
    within(2, 30, 280);
    within(3, 1300, 6000);
    within(4, 6, 32);
    within(5, 70, 82);
    CHECK(cars.y.minCoeff() > 7);
    CHECK(cars.y.maxCoeff() < 70);
    std::set<double> cylinders, years;
    for (Index i = 0; i < 392; ++i) {
      cylinders.insert(cars.x(i, 0));
      years.insert(cars.x(i, 5));
      CHECK(cars.x.row(i).tail(3).sum() == 1);
      CHECK(cars.x.row(i).tail(3).maxCoeff() == 1);
      CHECK(cars.y(i, 0) == doctest::Approx(std::round(10 * cars.y(i, 0)) / 10).epsilon(1e-14));
    }
    CHECK(cylinders.count(4) + cylinders.count(6) + cylinders.count(8) == 3);
    for (const double count : cylinders) CHECK((count == 3 || count == 4 || count == 5 || count == 6 || count == 8));
    CHECK(years.size() == 13);
    const double american = cars.x.col(8).mean();
    CHECK(american > 0.5);
    CHECK(american < 0.75);
  }
}

TEST_CASE("features of cars go together, and miles per gallon with them") {
  Rng rng(0);
  const RegressionSet cars = make_cars({.samples = 2000}, rng);
  CHECK(correlation(cars.x.col(1), cars.x.col(3)) > 0.85);  // displacement, weight
  CHECK(correlation(cars.x.col(1), cars.x.col(0)) > 0.9);   // displacement, cylinders
  CHECK(correlation(cars.x.col(2), cars.x.col(4)) < -0.4);  // power, seconds to 60 mph
  CHECK(correlation(cars.x.col(3), cars.y) < -0.75);        // weight
  CHECK(correlation(cars.x.col(5), cars.y) > 0.4);          // year
}

TEST_CASE("miles per gallon follow no straight line") {
  for (const unsigned seed : {0u, 1u, 2u}) {
    CAPTURE(seed);
    Rng rng(seed);
    const RegressionSet cars = make_cars({.samples = 2000}, rng);
    const double linear = explained(cars.x, cars.y);
    const double quadratic = explained(with_products(cars.x), cars.y);
    CHECK(linear > 0.8);
    CHECK(linear < 0.9);
    CHECK(quadratic > linear + 0.04);
  }
}

TEST_CASE("regression sets that cannot be made say why") {
  Rng rng(0);
  CHECK_THROWS_WITH_AS(make_regression({.samples = 0}, rng), "mlp::make_regression: samples must be at least 1, got 0",
                       ValueError);
  CHECK_THROWS_WITH_AS(make_regression({.features = 0}, rng),
                       "mlp::make_regression: features must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(make_regression({.targets = 0}, rng), "mlp::make_regression: targets must be at least 1, got 0",
                       ValueError);
  CHECK_THROWS_WITH_AS(make_regression({.noise = -1}, rng),
                       "mlp::make_regression: noise must be at least 0 and finite, got -1", ValueError);
  CHECK_THROWS_WITH_AS(make_regression({.features = 3, .weight = Matrix<double>(3, 1)}, rng),
                       "mlp::make_regression: expected weight [1, 3], got [3, 1]", ShapeError);
  CHECK_THROWS_WITH_AS(make_cars({.samples = 0}, rng), "mlp::make_cars: samples must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(make_cars({.noise = -1}, rng), "mlp::make_cars: noise must be at least 0 and finite, got -1",
                       ValueError);
}
