// SPDX-License-Identifier: MIT
#include <mlp/optim/clip_grad.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <mlp/layers/linear.hpp>
#include <mlp/layers/tanh.hpp>
#include <mlp/math/threads.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/models/tape.hpp>

#include "support/bits.hpp"
#include "support/model_values.hpp"
#include "support/not_a_number.hpp"
#include "support/reference.hpp"

using namespace mlp;
using mlp::testing::not_a_number;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

void assign(Linear<float>& gradient, float a, float b) {
  gradient.weight()(0, 0) = a;
  gradient.weight()(0, 1) = b;
}
/// The gradient (3, 4) of a weight [1, 2], and 0 of its bias.
Linear<float> three_four() {
  Linear<float> gradient(2, 1);
  assign(gradient, 3, 4);
  return gradient;
}

}  // namespace

TEST_CASE("gradients are clipped as PyTorch does") {
  const nlohmann::json reference = testing::reference("optimizers.json");
  for (const nlohmann::json& c : reference["clip"]) {
    CAPTURE(c["max_norm"].get<double>());
    Sequential gradient{Linear<double>(2, 3), Tanh(), Linear<double>(3, 2)};
    testing::assign_values(gradient, reference["gradients"][0]);
    CHECK(clip_grad_norm(gradient, c["max_norm"]) == doctest::Approx(c["norm"].get<double>()).epsilon(1e-15));
    CHECK(testing::largest_difference(gradient, c["after_norm"]) <= 1e-15);
    clip_grad_value(gradient, c["value"]);
    CHECK(testing::largest_difference(gradient, c["after_value"]) <= 1e-15);
  }
}

TEST_CASE("a gradient of 3 and 4 has the norm 5") {
  Linear<float> gradient = three_four();
  CHECK(clip_grad_norm(gradient, infinity) == 5);
  CHECK(clip_grad_norm(gradient, 5.1) == 5);
  CHECK(testing::bitwise_equal(gradient.weight(), three_four().weight()));  // short enough
  CHECK(clip_grad_norm(gradient, 1) == 5);
  CHECK(gradient.weight()(0, 0) == doctest::Approx(0.6).epsilon(1e-6));
  CHECK(gradient.weight()(0, 1) == doctest::Approx(0.8).epsilon(1e-6));
  CHECK(clip_grad_norm(gradient, 1) <= 1);
}

TEST_CASE("the norm of floats whose squares are no floats is right") {
  Linear<float> gradient(2, 1);
  assign(gradient, 3e30f, 4e30f);
  CHECK(clip_grad_norm(gradient, infinity) == doctest::Approx(5e30).epsilon(1e-6));
  assign(gradient, 3e-30f, 4e-30f);
  CHECK(clip_grad_norm(gradient, infinity) == doctest::Approx(5e-30).epsilon(1e-6));
}

TEST_CASE("a NaN in a gradient is not hidden by clipping") {
  Linear<float> gradient = three_four();
  gradient.weight()(0, 0) = static_cast<float>(not_a_number);
  clip_grad_value(gradient, 1);
  CHECK(std::isnan(gradient.weight()(0, 0)));
  CHECK(gradient.weight()(0, 1) == 1);
  CHECK(std::isnan(clip_grad_norm(gradient, 1)));
  CHECK(std::isnan(gradient.weight()(0, 1)));
  assign(gradient, static_cast<float>(-infinity), -4);
  clip_grad_value(gradient, 2);
  CHECK(gradient.weight()(0, 0) == -2);
  CHECK(gradient.weight()(0, 1) == -2);
}

TEST_CASE("threads change no bit of a norm") {
  Rng rng(3);
  Linear<float> gradient(701, 503, rng);
  set_num_threads(1);
  const double alone = clip_grad_norm(gradient, infinity);
  for (const int threads : {2, 3, 7}) {
    set_num_threads(threads);
    CHECK(clip_grad_norm(gradient, infinity) == alone);
  }
  set_num_threads(0);
  double sum = 0;
  Linear<float>::visit_parameters(
      [&](const ParameterName&, auto g) { sum += g.matrix().template cast<double>().squaredNorm(); }, gradient);
  CHECK(alone == doctest::Approx(std::sqrt(sum)).epsilon(1e-12));
}

TEST_CASE("the gradient of a tape can be clipped in place") {
  Rng rng(4);
  const Linear<float> layer(3, 2, rng);
  Tape tape(layer);
  const Matrix<float> x = Matrix<float>::Random(5, 3);
  tape.forward(x);
  tape.output_gradient().array() = 1;
  tape.backward();
  clip_grad_value(tape.gradient(), 0.01);
  CHECK(tape.gradient().bias()(0, 0) == 0.01f);
}

TEST_CASE("bounds out of range are named") {
  Linear<float> gradient = three_four();
  CHECK_THROWS_WITH_AS(clip_grad_norm(gradient, 0), "mlp::clip_grad_norm: max_norm must be above 0, got 0", ValueError);
  CHECK_THROWS_WITH_AS(clip_grad_norm(gradient, not_a_number), "mlp::clip_grad_norm: max_norm must be above 0, got nan",
                       ValueError);
  CHECK_THROWS_WITH_AS(clip_grad_value(gradient, -1), "mlp::clip_grad_value: value must be above 0, got -1",
                       ValueError);
}
