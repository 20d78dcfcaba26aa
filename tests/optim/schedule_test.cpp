// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include <mlp/optim/schedule.hpp>

#include "support/not_a_number.hpp"
#include "support/reference.hpp"

using namespace mlp;
using mlp::testing::not_a_number;

namespace {

Schedule make_schedule(const std::string& name, const nlohmann::json& o) {
  if (name == "StepLR")
    return StepLR({.step_size = o.at("step_size"), .gamma = o.value("gamma", StepLROptions{}.gamma)});
  if (name == "ExponentialLR") return ExponentialLR({.gamma = o.at("gamma")});
  if (name == "CosineAnnealingLR")
    return CosineAnnealingLR(
        {.T_max = o.at("T_max"), .eta_min = o.value("eta_min", CosineAnnealingLROptions{}.eta_min)});
  if (name == "LinearLR") {
    LinearLROptions options;
    options.start_factor = o.value("start_factor", options.start_factor);
    options.end_factor = o.value("end_factor", options.end_factor);
    options.total_iters = o.value("total_iters", options.total_iters);
    return LinearLR(options);
  }
  if (name == "WarmupCosineLR")
    return WarmupCosineLR({.warmup = o.at("warmup"),
                           .T_max = o.at("T_max"),
                           .start_factor = o.value("start_factor", 1.0 / 3),
                           .eta_min = o.value("eta_min", 0.0)});
  REQUIRE(name == "ReduceLROnPlateau");
  ReduceLROnPlateauOptions options;
  if (o.contains("mode")) options.mode = o["mode"] == "max" ? PlateauMode::max : PlateauMode::min;
  if (o.contains("threshold_mode"))
    options.threshold_mode = o["threshold_mode"] == "abs" ? ThresholdMode::abs : ThresholdMode::rel;
  options.factor = o.value("factor", options.factor);
  options.patience = o.value("patience", options.patience);
  options.threshold = o.value("threshold", options.threshold);
  options.cooldown = o.value("cooldown", options.cooldown);
  options.min_lr = o.value("min_lr", options.min_lr);
  options.eps = o.value("eps", options.eps);
  return ReduceLROnPlateau(options);
}

/// Each case of the reference against PyTorch's rates; `before_epoch(schedule, case)` may change the schedule.
template <class F>
void check_rates(const F& before_epoch) {
  const nlohmann::json reference = testing::reference("schedules.json");
  const nlohmann::json& metrics = reference["metrics"];
  for (const nlohmann::json& c : reference["cases"]) {
    CAPTURE(c["name"].get<std::string>());
    CAPTURE(c["options"].dump());
    Schedule schedule = make_schedule(c["name"], c["options"]);
    const double sign = c["options"].value("mode", "min") == "max" ? -1 : 1;
    double lr = first_lr(schedule, c["lr"]);
    const double first = c.value("first", c["lr"].get<double>());
    CHECK(std::abs(lr - first) <= 1e-15 * first);
    for (std::size_t epoch = 0; epoch < metrics.size(); ++epoch) {
      CAPTURE(epoch);
      before_epoch(schedule, c);
      lr = next_lr(schedule, lr, metrics[epoch].is_null() ? not_a_number : sign * metrics[epoch].get<double>());
      const double expected = c["rates"][epoch];
      CHECK(std::abs(lr - expected) <= 1e-15 * expected);
    }
  }
}

}  // namespace

TEST_CASE("every schedule gives PyTorch's learning rates for 60 epochs") {
  check_rates([](Schedule&, const nlohmann::json&) {});
}

TEST_CASE("a schedule goes on from its visited state as if nothing had happened") {
  check_rates([](Schedule& schedule, const nlohmann::json& c) {
    std::vector<double> state;
    visit_state([&](const char*, auto& value) { state.push_back(static_cast<double>(value)); }, schedule);
    schedule = make_schedule(c["name"], c["options"]);
    first_lr(schedule, c["lr"]);
    auto next = state.begin();
    visit_state([&]<class N>(const char*, N& value) { value = static_cast<N>(*next++); }, schedule);
  });
}

TEST_CASE("a rate that ends at 0 is never below it") {
  for (Index iters = 1; iters <= 40; ++iters)
    for (const double start : {0.01, 0.1, 1.0 / 3, 0.77, 1.0}) {
      CAPTURE(iters);
      CAPTURE(start);
      LinearLR schedule({.start_factor = start, .end_factor = 0, .total_iters = iters});
      double lr = schedule.first(0.1);
      for (Index epoch = 0; epoch < iters; ++epoch) {
        CHECK(lr > 0);
        lr = schedule.next(lr);
      }
      CHECK(lr >= 0);
      CHECK(lr < 1e-15);
    }
}

TEST_CASE("a warm-up wants to be asked for the first rate first") {
  CHECK_THROWS_WITH_AS(LinearLR().next(0.1), "mlp::LinearLR: next needs first before it", ValueError);
  CHECK_THROWS_WITH_AS(WarmupCosineLR({.warmup = 2, .T_max = 3}).next(0.1),
                       "mlp::WarmupCosineLR: next needs first before it", ValueError);
}

TEST_CASE("a warm-up in four epochs and a cosine in two, by hand") {
  WarmupCosineLR schedule({.warmup = 4, .T_max = 2, .start_factor = 0.25, .eta_min = 0.5});
  double lr = schedule.first(8);
  for (const double expected : {2.0, 3.5, 5.0, 6.5, 8.0, 4.25, 0.5}) {
    CHECK(lr == doctest::Approx(expected).epsilon(1e-14));
    lr = schedule.next(lr);
  }
}

TEST_CASE("schedules say what they are") {
  CHECK(describe(LinearLR({.start_factor = 0.5})) == "LinearLR(start_factor 0.5, end_factor 1, total_iters 5)");
  CHECK(describe(WarmupCosineLR({.warmup = 5, .T_max = 95, .start_factor = 0.01})) ==
        "WarmupCosineLR(warmup 5, T_max 95, start_factor 0.01, eta_min 0)");
}

TEST_CASE("without a schedule the learning rate stays") {
  Schedule schedule;
  CHECK(first_lr(schedule, 0.3) == 0.3);
  CHECK(next_lr(schedule, 0.3, 1.0) == 0.3);
}

TEST_CASE("a schedule goes on from a rate that was changed by hand") {
  StepLR schedule({.step_size = 2, .gamma = 0.5});
  CHECK(schedule.next(1.0) == 1.0);
  CHECK(schedule.next(8.0) == 4.0);
}

TEST_CASE("copies of a schedule go their own ways") {
  StepLR a({.step_size = 2, .gamma = 0.5});
  a.next(1.0);
  StepLR b = a;
  CHECK(a.next(1.0) == 0.5);
  CHECK(a.next(0.5) == 0.5);
  CHECK(b.next(1.0) == 0.5);
}

TEST_CASE("schedules refuse numbers out of range") {
  CHECK_THROWS_WITH_AS(StepLR({}), "mlp::StepLR: step_size must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(StepLR({.step_size = 3, .gamma = 0}), "mlp::StepLR: gamma must be above 0 and finite, got 0",
                       ValueError);
  CHECK_THROWS_WITH_AS(ExponentialLR({}), "mlp::ExponentialLR: gamma must be above 0 and finite, got 0", ValueError);
  CHECK_THROWS_WITH_AS(ExponentialLR({.gamma = not_a_number}),
                       "mlp::ExponentialLR: gamma must be above 0 and finite, got nan", ValueError);
  CHECK_THROWS_WITH_AS(ExponentialLR({.gamma = HUGE_VAL}),
                       "mlp::ExponentialLR: gamma must be above 0 and finite, got inf", ValueError);
  CHECK_THROWS_WITH_AS(CosineAnnealingLR({}), "mlp::CosineAnnealingLR: T_max must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(CosineAnnealingLR({.T_max = 5, .eta_min = -1e-9}),
                       "mlp::CosineAnnealingLR: eta_min must be at least 0 and finite, got -1e-09", ValueError);
  CHECK_THROWS_WITH_AS(ReduceLROnPlateau({.factor = 1}), "mlp::ReduceLROnPlateau: factor must be in [0, 1), got 1",
                       ValueError);
  CHECK_THROWS_WITH_AS(ReduceLROnPlateau({.factor = -0.5}),
                       "mlp::ReduceLROnPlateau: factor must be in [0, 1), got -0.5", ValueError);
  CHECK_THROWS_WITH_AS(ReduceLROnPlateau({.patience = -1}),
                       "mlp::ReduceLROnPlateau: patience must be at least 0, got -1", ValueError);
  CHECK_THROWS_WITH_AS(ReduceLROnPlateau({.threshold = -1}),
                       "mlp::ReduceLROnPlateau: threshold must be at least 0 and finite, got -1", ValueError);
  CHECK_THROWS_WITH_AS(ReduceLROnPlateau({.cooldown = -2}),
                       "mlp::ReduceLROnPlateau: cooldown must be at least 0, got -2", ValueError);
  CHECK_THROWS_WITH_AS(ReduceLROnPlateau({.min_lr = -1}),
                       "mlp::ReduceLROnPlateau: min_lr must be at least 0 and finite, got -1", ValueError);
  CHECK_THROWS_WITH_AS(ReduceLROnPlateau({.eps = not_a_number}),
                       "mlp::ReduceLROnPlateau: eps must be at least 0 and finite, got nan", ValueError);
  CHECK_THROWS_WITH_AS(LinearLR({.start_factor = 0}),
                       "mlp::LinearLR: start_factor must be above 0 and at most 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(LinearLR({.start_factor = 1.5}),
                       "mlp::LinearLR: start_factor must be above 0 and at most 1, got 1.5", ValueError);
  CHECK_THROWS_WITH_AS(LinearLR({.end_factor = not_a_number}), "mlp::LinearLR: end_factor must be in [0, 1], got nan",
                       ValueError);
  CHECK_THROWS_WITH_AS(LinearLR({.end_factor = 2}), "mlp::LinearLR: end_factor must be in [0, 1], got 2", ValueError);
  CHECK_THROWS_WITH_AS(LinearLR({.total_iters = 0}), "mlp::LinearLR: total_iters must be at least 1, got 0",
                       ValueError);
  CHECK_THROWS_WITH_AS(WarmupCosineLR({.T_max = 3}), "mlp::WarmupCosineLR: warmup must be at least 1, got 0",
                       ValueError);
  CHECK_THROWS_WITH_AS(WarmupCosineLR({.warmup = 3}), "mlp::WarmupCosineLR: T_max must be at least 1, got 0",
                       ValueError);
  CHECK_THROWS_WITH_AS(WarmupCosineLR({.warmup = 1, .T_max = 1, .start_factor = -1}),
                       "mlp::WarmupCosineLR: start_factor must be above 0 and at most 1, got -1", ValueError);
  CHECK_THROWS_WITH_AS(WarmupCosineLR({.warmup = 1, .T_max = 1, .eta_min = -1}),
                       "mlp::WarmupCosineLR: eta_min must be at least 0 and finite, got -1", ValueError);
}
