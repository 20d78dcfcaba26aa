// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <mlp/losses/loss.hpp>

#include "support/not_a_number.hpp"
#include "support/reference.hpp"

// What the tests of all losses do: tests/losses/*_test.cpp.

namespace mlp::testing {

/// A stored number; null is what is not finite.
inline double stored_number(const nlohmann::json& value) {
  return value.is_null() ? not_a_number : value.get<double>();
}

template <class T>
Matrix<T> stored_matrix(const nlohmann::json& rows) {
  Matrix<T> m(static_cast<Index>(rows.size()), static_cast<Index>(rows.at(0).size()));
  for (Index i = 0; i < m.rows(); ++i)
    for (Index j = 0; j < m.cols(); ++j)
      m(i, j) = static_cast<T>(stored_number(rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)]));
  return m;
}

/// The largest |a - b| over the largest |b|: small elements of a gradient count as much as their part in it. NaN in
/// both is equal.
template <class T>
double gradient_error(const Matrix<T>& a, const Matrix<double>& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return std::numeric_limits<double>::infinity();
  double largest = 0;
  double error = 0;
  for (Index i = 0; i < b.size(); ++i) {
    const double x = static_cast<double>(a.data()[i]);
    const double y = b.data()[i];
    if (std::isnan(x) && std::isnan(y)) continue;
    if (!(std::abs(x - y) <= error)) error = std::abs(x - y);  // a NaN is kept
    largest = std::max(largest, std::abs(y));
  }
  return error == 0 ? 0 : error / largest;
}

/// A loss meets the value and the gradient stored in a case of losses.json, in T. The gradient is poisoned first, and
/// the value does not depend on whether it is asked for.
template <class T, class Loss, class Target>
void check_stored(const Loss& loss, const nlohmann::json& c, const Target& target, double tolerance) {
  const nlohmann::json& expected = c.at(sizeof(T) == sizeof(float) ? "float32" : "float64");
  const Matrix<T> y = stored_matrix<T>(c.at("y"));
  const std::vector<double> weights = c.value("weights", std::vector<double>{});
  Matrix<T> dy = Matrix<T>::Constant(y.rows(), y.cols(), std::numeric_limits<T>::quiet_NaN());

  const double value = loss(y, target, dy, weights);
  const double stored = stored_number(expected.at("loss"));
  if (std::isnan(stored))
    CHECK(std::isnan(value));
  else
    CHECK(std::abs(value - stored) <= tolerance * std::abs(stored));
  CHECK(gradient_error(dy, stored_matrix<double>(expected.at("dy"))) <= tolerance);

  const double without_gradient = loss(y, target, {}, weights);
  CHECK((without_gradient == value || std::isnan(value)));
}

/// Calls `check(case)` for the stored cases of a loss, at least `least` of them.
template <class F>
void for_each_stored(const std::string& name, int least, F&& check) {
  int count = 0;
  for (const nlohmann::json& c : reference("losses.json")) {
    if (c.at("loss") != name) continue;
    ++count;
    CAPTURE(c.dump());
    check(c);
  }
  CHECK(count >= least);
}

/// The stored cases of a loss whose targets are numbers; `make(options)` is the loss.
template <class Make>
void check_all_stored(const std::string& name, int least, Make&& make) {
  for_each_stored(name, least, [&](const nlohmann::json& c) {
    const auto loss = make(c.at("options"));
    check_stored<double>(loss, c, stored_matrix<double>(c.at("target")), 1e-12);
    check_stored<float>(loss, c, stored_matrix<float>(c.at("target")), 1e-6);
  });
}

/// dL/dy by central differences of fourth order, in double: error 1e-7.
template <class Loss, class Target>
void check_numerical_gradient(const Loss& loss, Matrix<double> y, const Target& target, SampleWeights weights = {}) {
  Matrix<double> dy = Matrix<double>::Constant(y.rows(), y.cols(), not_a_number);
  loss(y, target, dy, weights);
  Matrix<double> expected(y.rows(), y.cols());
  const double h = 1e-3;
  for (Index i = 0; i < y.size(); ++i) {
    const double at = y.data()[i];
    const auto moved = [&](double by) {
      y.data()[i] = at + by;
      return loss(y, target, {}, weights);
    };
    expected.data()[i] = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
    y.data()[i] = at;
  }
  CHECK(gradient_error(dy, expected) <= 1e-7);
}

/// A loss on a block of a larger matrix, its gradient into a block of another: as on plain matrices, and nothing around
/// the block is written.
template <class Loss, class Target>
void check_blocks(const Loss& loss, const Matrix<double>& y, const Target& target) {
  Matrix<double> dy(y.rows(), y.cols());
  const double value = loss(y, target, dy);
  Matrix<double> large_y = Matrix<double>::Constant(y.rows() + 2, y.cols() + 3, not_a_number);
  Matrix<double> large_dy = Matrix<double>::Constant(y.rows() + 2, y.cols() + 3, 5);
  large_y.block(1, 2, y.rows(), y.cols()) = y;
  CHECK(loss(large_y.block(1, 2, y.rows(), y.cols()), target, large_dy.block(1, 2, y.rows(), y.cols())) == value);
  CHECK(large_dy.block(1, 2, y.rows(), y.cols()) == dy);
  large_dy.block(1, 2, y.rows(), y.cols()).setConstant(5);
  CHECK((large_dy.array() == 5).all());
}

/// The text of what `f` throws as an E; empty if it throws nothing.
template <class E, class F>
std::string text_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "";
}

/// The errors that all losses have in common, for a loss named `name` and a target that fits y [2, 3]. Nothing is
/// written to the gradient where one is thrown.
template <class Loss, class Target>
void check_common_errors(const std::string& name, const Loss& loss, const Target& target) {
  const Matrix<double> y = Matrix<double>::Constant(2, 3, 0.5);
  Matrix<double> dy = Matrix<double>::Constant(2, 3, 7);
  const auto error_with = [&]<class E>(E*, std::vector<double> weights) {
    return text_of<E>([&] { loss(y, target, dy, weights); });
  };
  constexpr ShapeError* shape_error = nullptr;
  constexpr ValueError* value_error = nullptr;

  Matrix<double> wide_dy(2, 4);
  CHECK(text_of<ShapeError>([&] { loss(y, target, wide_dy); }) == "mlp::" + name + ": expected dy [2, 3], got [2, 4]");
  CHECK(error_with(shape_error, {1}) == "mlp::" + name + ": expected 2 sample weights, got 1");
  CHECK(error_with(shape_error, {1, 1, 1}) == "mlp::" + name + ": expected 2 sample weights, got 3");
  CHECK(error_with(value_error, {1, -0.5}) ==
        "mlp::" + name + ": weight of sample 1 must be at least 0 and finite, got -0.5");
  CHECK(error_with(value_error, {not_a_number, 1}) ==
        "mlp::" + name + ": weight of sample 0 must be at least 0 and finite, got nan");
  CHECK(error_with(value_error, {std::numeric_limits<double>::infinity(), 1}) ==
        "mlp::" + name + ": weight of sample 0 must be at least 0 and finite, got inf");
  CHECK(text_of<ShapeError>([&] { loss(y.topRows(0), target, dy.topRows(0)); }) ==
        "mlp::" + name + ": expected at least one sample and one output, got [0, 3]");
  CHECK(text_of<ShapeError>([&] { loss(y.leftCols(0), target); }) ==
        "mlp::" + name + ": expected at least one sample and one output, got [2, 0]");
  CHECK((dy.array() == 7).all());
}

/// The same for a target that is a matrix.
template <class Loss>
void check_target_errors(const std::string& name, const Loss& loss) {
  const Matrix<double> y = Matrix<double>::Constant(2, 3, 0.5);
  Matrix<double> dy = Matrix<double>::Constant(2, 3, 7);
  check_common_errors(name, loss, y);
  for (const Shape shape : {Shape{2, 2}, Shape{1, 3}, Shape{3, 2}, Shape{0, 0}}) {
    const Matrix<double> target = Matrix<double>::Constant(shape.rows, shape.cols, 0.5);
    CHECK(text_of<ShapeError>([&] { loss(y, target, dy); }) ==
          "mlp::" + name + ": expected target [2, 3], got " + to_string(shape));
  }
  CHECK((dy.array() == 7).all());
}

/// The error of a target that is no probability.
template <class Loss>
void check_probability_errors(const std::string& name, const Loss& loss) {
  const Matrix<double> y = Matrix<double>::Constant(2, 3, 0.5);
  Matrix<double> dy = Matrix<double>::Constant(2, 3, 7);
  Matrix<double> target = Matrix<double>::Constant(2, 3, 0.5);
  const auto error = [&](double value) {
    target(1, 2) = value;
    return text_of<ValueError>([&] { loss(y, target, dy); });
  };
  const std::string rule = "mlp::" + name + ": target of sample 1, output 2 must be in [0, 1], got ";
  CHECK(error(1.5) == rule + "1.5");
  CHECK(error(-1e-9) == rule + "-1e-09");
  CHECK(error(not_a_number) == rule + "nan");
  CHECK((dy.array() == 7).all());
  CHECK(error(0) == "");
  CHECK(error(1) == "");
}

/// Weights that are whole numbers count samples: {2, 0, 3} is the first sample twice and the last three times.
template <class Loss>
void check_weights_count_samples(const Loss& loss, const Matrix<double>& y, const Matrix<double>& target) {
  REQUIRE(y.rows() == 3);
  const std::vector<int> rows{0, 0, 2, 2, 2};
  const Matrix<double> repeated_y = y(rows, Eigen::all);
  const Matrix<double> repeated_target = target(rows, Eigen::all);
  Matrix<double> repeated_dy(5, y.cols());
  Matrix<double> dy(3, y.cols());
  const double expected = loss(repeated_y, repeated_target, repeated_dy);
  CHECK(loss(y, target, dy, std::vector<double>{2, 0, 3}) == doctest::Approx(expected).epsilon(1e-14));
  CHECK((dy.row(0) - 2 * repeated_dy.row(0)).norm() <= 1e-15);
  CHECK(dy.row(1).norm() == 0);
  CHECK((dy.row(2) - 3 * repeated_dy.row(2)).norm() <= 1e-15);
}

}  // namespace mlp::testing
