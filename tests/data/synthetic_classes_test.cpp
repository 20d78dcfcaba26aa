// SPDX-License-Identifier: MIT
#include <mlp/data/synthetic_classes.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

using namespace mlp;

namespace {

/// How many samples each class has.
std::vector<Index> counts(const ClassSet& set) {
  REQUIRE(static_cast<Index>(set.y.size()) == set.x.rows());
  std::vector<Index> counts;
  for (const int label : set.y) {
    REQUIRE(label >= 0);
    if (static_cast<std::size_t>(label) >= counts.size()) counts.resize(static_cast<std::size_t>(label) + 1);
    ++counts[static_cast<std::size_t>(label)];
  }
  return counts;
}

bool equal(const ClassSet& a, const ClassSet& b) {
  return a.x == b.x && a.y == b.y;
}

double radius(const ClassSet& set, Index i) {
  return set.x.row(i).norm();
}

/// sqrt(mean of squares) of the difference of two sets of points.
double distance(const ClassSet& a, const ClassSet& b) {
  return std::sqrt((a.x - b.x).array().square().mean());
}

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("spirals without noise follow the recipe of CS231n") {
  Rng rng(0);
  const ClassSet set = make_spirals({.points_per_arm = 5, .arms = 3, .noise = 0}, rng);
  CHECK(counts(set) == std::vector<Index>{5, 5, 5});
  CHECK(std::is_sorted(set.y.begin(), set.y.end()));
  for (Index i = 0; i < 15; ++i) {
    CAPTURE(i);
    const double r = 0.25 * static_cast<double>(i % 5);
    const double t = static_cast<double>(4 * (i / 5) + i % 5);  // linspace(4j, 4j + 4, 5)
    CHECK(set.x(i, 0) == doctest::Approx(r * std::sin(t)).epsilon(1e-14));
    CHECK(set.x(i, 1) == doctest::Approx(r * std::cos(t)).epsilon(1e-14));
  }
}

TEST_CASE("noise turns the points of a spiral and keeps their radius") {
  Rng rng(3);
  const ClassSet set = make_spirals({.points_per_arm = 2000, .arms = 2, .noise = 0.2}, rng);
  double sum = 0;
  double squares = 0;
  for (Index i = 1; i < 2000; ++i) {
    const double s = static_cast<double>(i) / 1999;
    CHECK(radius(set, i) == doctest::Approx(s).epsilon(1e-12));
    const double turned = std::remainder(std::atan2(set.x(i, 0), set.x(i, 1)) - 4 * s, 2 * std::numbers::pi);
    sum += turned;
    squares += turned * turned;
  }
  CHECK(std::abs(sum / 1999) < 0.02);
  CHECK(std::sqrt(squares / 1999) == doctest::Approx(0.2).epsilon(0.06));
}

TEST_CASE("spirals have as many arms, as long and as far apart as asked") {
  Rng rng(0);
  const double offset = 2 * std::numbers::pi / 5;
  const ClassSet set =
      make_spirals({.points_per_arm = 3, .arms = 5, .noise = 0, .arm_length = 1, .arm_offset = offset}, rng);
  CHECK(counts(set) == std::vector<Index>(5, 3));
  for (Index arm = 0; arm < 5; ++arm) {
    const double t = static_cast<double>(arm) * offset + 1;
    CHECK(set.x(3 * arm + 2, 0) == doctest::Approx(std::sin(t)));
    CHECK(set.x(3 * arm + 2, 1) == doctest::Approx(std::cos(t)));
  }
  CHECK(make_spirals({.points_per_arm = 1, .arms = 1}, rng).x.norm() == 0);  // linspace(0, 1, 1) is 0
}

TEST_CASE("moons without noise lie on two half circles") {
  Rng rng(0);
  const ClassSet set = make_moons({.samples = 11}, rng);
  CHECK(counts(set) == std::vector<Index>{5, 6});
  for (Index i = 0; i < 5; ++i) {
    CHECK(radius(set, i) == doctest::Approx(1));
    CHECK(set.x(i, 1) >= 0);
  }
  for (Index i = 5; i < 11; ++i) {
    CHECK(std::hypot(set.x(i, 0) - 1, set.x(i, 1) - 0.5) == doctest::Approx(1));
    CHECK(set.x(i, 1) <= 0.5);
  }
  CHECK(set.x(0, 0) == 1);
  CHECK(set.x(2, 1) == doctest::Approx(1));  // the top of the outer one
  CHECK(set.x(5, 0) == 0);
  CHECK(set.x(10, 0) == doctest::Approx(2));
}

TEST_CASE("circles without noise have their radii") {
  Rng rng(0);
  const ClassSet set = make_circles({.samples = 41, .factor = 0.3}, rng);
  CHECK(counts(set) == std::vector<Index>{20, 21});
  for (Index i = 0; i < 41; ++i) CHECK(radius(set, i) == doctest::Approx(i < 20 ? 1 : 0.3));
  CHECK((set.x.row(1) - set.x.row(0)).norm() == doctest::Approx((set.x.row(19) - set.x.row(0)).norm()));
  CHECK(set.x.topRows(20).colwise().sum().norm() < 1e-12);
  CHECK(set.x.bottomRows(21).colwise().sum().norm() < 1e-12);
}

TEST_CASE("the class of XOR is whether the signs differ") {
  Rng rng(5);
  const ClassSet set = make_xor({.samples = 2000}, rng);
  CHECK(counts(set) == std::vector<Index>{1000, 1000});
  int quadrants[4] = {};
  for (Index i = 0; i < 2000; ++i) {
    const bool left = set.x(i, 0) < 0;
    const bool below = set.x(i, 1) < 0;
    CHECK(set.y[static_cast<std::size_t>(i)] == (left != below ? 1 : 0));
    ++quadrants[2 * left + below];
  }
  for (const int count : quadrants) CHECK(count == 500);
  CHECK(set.x.minCoeff() < -0.99);
  CHECK(set.x.maxCoeff() > 0.99);
  CHECK(set.x.array().abs().maxCoeff() <= 1);
}

TEST_CASE("the class of a checkerboard is the parity of row and column") {
  for (const Index cells : {1, 3, 4}) {
    CAPTURE(cells);
    Rng rng(6);
    const ClassSet set = make_checkerboard({.samples = 40 * cells * cells, .cells = cells}, rng);
    std::vector<int> fields(static_cast<std::size_t>(cells * cells));
    for (Index i = 0; i < set.size(); ++i) {
      const auto column = static_cast<Index>(std::floor((set.x(i, 0) + 1) / 2 * static_cast<double>(cells)));
      const auto row = static_cast<Index>(std::floor((set.x(i, 1) + 1) / 2 * static_cast<double>(cells)));
      CHECK(set.y[static_cast<std::size_t>(i)] == (row + column) % 2);
      ++fields[static_cast<std::size_t>(row * cells + column)];
    }
    for (const int count : fields) CHECK(count == 40);
  }
}

TEST_CASE("blobs are normal clouds around their centers") {
  Rng rng(8);
  const ClassSet set =
      make_blobs({.samples = 6002, .features = 3, .centers = 3, .cluster_std = 0.5, .center_box = 4}, rng);
  CHECK(counts(set) == std::vector<Index>{2001, 2001, 2000});
  CHECK(set.x.cols() == 3);
  Rng same(8);
  const ClassSet centers = make_blobs({.samples = 3, .features = 3, .cluster_std = 0, .center_box = 4}, same);
  CHECK(centers.x.array().abs().maxCoeff() <= 4);
  Index first = 0;
  for (Index label = 0; label < 3; ++label) {
    const Index count = label < 2 ? 2001 : 2000;
    const Matrix<double> off = set.x.middleRows(first, count).rowwise() - centers.x.row(label);
    CHECK(off.colwise().mean().array().abs().maxCoeff() < 0.06);
    CHECK(std::sqrt(off.array().square().mean()) == doctest::Approx(0.5).epsilon(0.04));
    first += count;
  }
  CHECK((centers.x.row(0) - centers.x.row(1)).norm() > 0.1);
}

TEST_CASE("noise moves points by its standard deviation and keeps the classes") {
  const auto check = [](const auto& make, auto options) {
    Rng rng(4);
    const ClassSet clean = make(options, rng);
    options.noise = 0.25;
    Rng again(4);
    const ClassSet noisy = make(options, again);
    CHECK(clean.y == noisy.y);
    CHECK(distance(clean, noisy) == doctest::Approx(0.25).epsilon(0.03));
  };
  check(make_moons, MoonsOptions{.samples = 3000});
  check(make_circles, CirclesOptions{.samples = 3000});
  check(make_checkerboard, CheckerboardOptions{.samples = 3000});
  check(make_xor, XorOptions{.samples = 3000});
}

TEST_CASE("the same seed gives the same set, another seed another") {
  const auto check = [](const auto& make, const auto& options) {
    Rng a(1);
    Rng b(1);
    Rng c(2);
    const ClassSet set = make(options, a);
    CHECK(equal(set, make(options, b)));
    CHECK(!equal(set, make(options, c)));
    CHECK(!equal(set, make(options, a)));  // the stream has moved on
  };
  check(make_spirals, SpiralsOptions{});
  check(make_moons, MoonsOptions{.noise = 0.1});
  check(make_circles, CirclesOptions{.noise = 0.1});
  check(make_checkerboard, CheckerboardOptions{});
  check(make_xor, XorOptions{});
  check(make_blobs, BlobsOptions{});
}

TEST_CASE("the defaults are 100 points an arm, class or set") {
  Rng rng(0);
  CHECK(counts(make_spirals({}, rng)) == std::vector<Index>{100, 100, 100});
  CHECK(counts(make_moons({}, rng)) == std::vector<Index>{50, 50});
  CHECK(counts(make_circles({}, rng)) == std::vector<Index>{50, 50});
  CHECK(counts(make_xor({}, rng)) == std::vector<Index>{100, 100});
  CHECK(counts(make_checkerboard({}, rng)) == std::vector<Index>{200, 200});
  CHECK(counts(make_blobs({}, rng)) == std::vector<Index>{34, 33, 33});
}

TEST_CASE("sets that cannot be made say why") {
  Rng rng(0);
  CHECK_THROWS_WITH_AS(make_spirals({.points_per_arm = 0}, rng),
                       "mlp::make_spirals: points_per_arm must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(make_spirals({.arms = 0}, rng), "mlp::make_spirals: arms must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(make_spirals({.noise = -0.5}, rng),
                       "mlp::make_spirals: noise must be at least 0 and finite, got -0.5", ValueError);
  CHECK_THROWS_WITH_AS(make_spirals({.arm_length = 0}, rng),
                       "mlp::make_spirals: arm_length must be above 0 and finite, got 0", ValueError);
  CHECK_THROWS_WITH_AS(make_spirals({.arm_offset = infinity}, rng),
                       "mlp::make_spirals: arm_offset must be above 0 and finite, got inf", ValueError);
  CHECK_THROWS_WITH_AS(make_moons({.samples = 1}, rng), "mlp::make_moons: samples must be at least 2, got 1",
                       ValueError);
  CHECK_THROWS_WITH_AS(make_moons({.noise = -1}, rng), "mlp::make_moons: noise must be at least 0 and finite, got -1",
                       ValueError);
  CHECK_THROWS_WITH_AS(make_circles({.samples = 1}, rng), "mlp::make_circles: samples must be at least 2, got 1",
                       ValueError);
  CHECK_THROWS_WITH_AS(make_circles({.noise = -1}, rng),
                       "mlp::make_circles: noise must be at least 0 and finite, got -1", ValueError);
  CHECK_THROWS_WITH_AS(make_circles({.factor = 1}, rng),
                       "mlp::make_circles: factor must be at least 0 and below 1, got 1", ValueError);
  CHECK_THROWS_WITH_AS(make_checkerboard({.samples = 0}, rng),
                       "mlp::make_checkerboard: samples must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(make_checkerboard({.cells = -2}, rng),
                       "mlp::make_checkerboard: cells must be at least 1, got -2", ValueError);
  CHECK_THROWS_WITH_AS(make_checkerboard({.noise = -1}, rng),
                       "mlp::make_checkerboard: noise must be at least 0 and finite, got -1", ValueError);
  CHECK_THROWS_WITH_AS(make_xor({.samples = 0}, rng), "mlp::make_xor: samples must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(make_xor({.noise = -1}, rng), "mlp::make_xor: noise must be at least 0 and finite, got -1",
                       ValueError);
  CHECK_THROWS_WITH_AS(make_blobs({.centers = 0}, rng), "mlp::make_blobs: centers must be at least 1, got 0",
                       ValueError);
  CHECK_THROWS_WITH_AS(make_blobs({.samples = 2}, rng), "mlp::make_blobs: samples must be at least 3, got 2",
                       ValueError);
  CHECK_THROWS_WITH_AS(make_blobs({.features = 0}, rng), "mlp::make_blobs: features must be at least 1, got 0",
                       ValueError);
  CHECK_THROWS_WITH_AS(make_blobs({.cluster_std = -1}, rng),
                       "mlp::make_blobs: cluster_std must be at least 0 and finite, got -1", ValueError);
  CHECK_THROWS_WITH_AS(make_blobs({.center_box = -1}, rng),
                       "mlp::make_blobs: center_box must be at least 0 and finite, got -1", ValueError);
}
