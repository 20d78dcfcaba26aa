// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include <mlp/core/check.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/data/synthetic_regression.hpp>
#include <mlp/math/rng.hpp>

namespace mlp {

/// The columns of x in `make_cars`, named as those of the Auto MPG data.
inline constexpr std::array<const char*, 9> car_feature_names = {
    "Cylinders", "Displacement", "Horsepower", "Weight", "Acceleration", "Model Year", "Europe", "Japan", "USA"};

struct CarsOptions {
  Index samples = 392;
  double noise = 0.08;  ///< relative standard deviation of what the features do not say about the consumption
};

namespace detail {

/// A sort of cars: how frequent it is and what it is like on the average.
struct CarKind {
  double share;
  Index origin;  ///< 0 Europe, 1 Japan, 2 USA
  double cylinders;
  double displacement;  ///< cubic inches
  double horsepower;
  double weight;  ///< pounds
};

inline constexpr std::array<CarKind, 10> car_kinds = {{{0.26, 2, 8, 340, 156, 4080},
                                                       {0.19, 2, 6, 230, 100, 3250},
                                                       {0.175, 2, 4, 135, 82, 2480},
                                                       {0.14, 0, 4, 108, 78, 2350},
                                                       {0.02, 0, 4, 88, 56, 1950},
                                                       {0.008, 0, 5, 145, 83, 3100},
                                                       {0.012, 0, 6, 160, 118, 3300},
                                                       {0.168, 1, 4, 100, 76, 2170},
                                                       {0.01, 1, 3, 72, 98, 2400},
                                                       {0.017, 1, 6, 156, 116, 2880}}};

inline const CarKind& draw_car_kind(Rng& rng) {
  double left = rng.uniform(0.0, 1.0);
  for (const CarKind& kind : car_kinds)
    if ((left -= kind.share) < 0) return kind;
  return car_kinds.front();
}

}  // namespace detail

/// Cars that never were, in the shape of the Auto MPG data: x [samples, 9], `car_feature_names`, y [samples, 1] miles
/// per gallon. Displacement (cubic inches), power (hp) and weight (pounds) belong to the kind of car and go together;
/// the seconds to 60 mph follow from weight and power; years are 70 .. 82; the origin is one-hot. What the car burns,
///
///     gallons per 100 miles = (0.3 + 1.1 weight / 1000 + horsepower / 100) (1.12 - 0.36 ((year - 70) / 12)^2) ...,
///
/// makes y a product and a quotient of the features: a linear model explains about 0.87 of its variance, a network
/// 0.93.
///
///     Dataset cars = make_cars({.samples = 392}, rng);
///
/// @throws ValueError `mlp::make_cars: samples must be at least 1, got 0`, `mlp::make_cars: noise must be at least 0
/// and finite, got -1`
inline RegressionSet make_cars(const CarsOptions& options, Rng& rng) {
  detail::check_at_least("make_cars", "samples", options.samples, 1);
  detail::check_not_negative("make_cars", "noise", options.noise);
  // Tails are cut, so that no seed makes an engine of negative size.
  const auto about = [&](double mean, double spread) {
    return mean * (1 + spread * std::clamp(rng.normal(), -2.5, 2.5));
  };
  RegressionSet set;
  set.x.resize(options.samples, static_cast<Index>(car_feature_names.size()));
  set.y.resize(options.samples, 1);
  for (Index i = 0; i < options.samples; ++i) {
    const detail::CarKind& kind = detail::draw_car_kind(rng);
    const double year = 70 + std::floor(13 * std::pow(rng.uniform(0.0, 1.0), kind.cylinders / 5));  // engines shrank
    const double displacement = std::round(about(kind.displacement, 0.13));
    const double size = displacement / kind.displacement;
    const double weight = std::round(about(kind.weight * (0.4 + 0.6 * size), 0.07));
    const double horsepower = std::round(about(kind.horsepower * (0.2 + 0.8 * size), 0.13));
    const double pounds_per_horse = weight / horsepower;
    const double acceleration =
        about(16 * std::pow(pounds_per_horse / 30, 0.7) * std::pow(100 / horsepower, 0.25), 0.07);
    std::array<double, car_feature_names.size()> features = {
        kind.cylinders, displacement, horsepower, weight, std::round(10 * acceleration) / 10, year};
    features[static_cast<std::size_t>(6 + kind.origin)] = 1;
    std::copy(features.begin(), features.end(), &set.x(i, 0));

    const double progress = 1.12 - 0.36 * std::pow((year - 70) / 12, 2);
    const double origin = kind.origin == 1 ? 0.95 : 1;
    const double gallons =
        (0.3 + 1.1e-3 * weight + 1e-2 * horsepower) * progress * origin * std::exp(rng.normal(0, options.noise));
    set.y(i, 0) = std::round(10 * 100 / gallons) / 10;
  }
  return set;
}

}  // namespace mlp
