// SPDX-License-Identifier: MIT
// Linear, logistic and softmax regression are the library with no hidden layer. Each is trained to its optimum and
// meets an independent answer: least squares in closed form, and what NumPy, SciPy, scikit-learn and PyTorch found
// (tests/reference/make_regressions.py).
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include <Eigen/QR>

#include <mlp/data/dataset.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/losses/bce_with_logits.hpp>
#include <mlp/losses/cross_entropy.hpp>
#include <mlp/losses/mse.hpp>
#include <mlp/metrics/classification.hpp>
#include <mlp/metrics/regression.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/optim/sgd.hpp>
#include <mlp/train/evaluate.hpp>
#include <mlp/train/fit.hpp>

#include "support/exercise_data.hpp"
#include "support/reference.hpp"

using mlp::Index;
using mlp::Linear;
using mlp::Matrix;
using mlp::Sequential;
using mlp::testing::Classes;
using mlp::testing::max_relative_error;
using mlp::testing::Numbers;
using mlp::testing::to_matrix;
using nlohmann::json;

namespace {

using Regression = Sequential<Linear<double>>;

json answers() {
  return mlp::testing::reference("regressions.json");
}

/// A model without hidden layer after `steps` of gradient descent on all samples, from zero.
template <class Loss, class Data>
Regression trained(Index outputs, const Loss& loss, const Data& data, const mlp::SGDOptions& sgd, Index steps) {
  Regression model{Linear<double>(data.x.cols(), outputs)};
  mlp::Rng rng(0);
  mlp::fit(model, loss, mlp::SGD(sgd), data,
           {.epochs = steps, .batch_size = data.size(), .shuffle = false, .progress = mlp::Progress::silent}, rng);
  return model;
}

/// [outputs, inputs + 1]: W and, as its last column, b.
Matrix<double> weights_and_bias(const Regression& model) {
  const auto& linear = model.get<0>();
  Matrix<double> both(linear.out_features(), linear.in_features() + 1);
  both << linear.weight().matrix(), linear.bias().matrix().transpose();
  return both;
}
Matrix<double> weights_and_bias(const json& weight, const json& bias) {
  const auto w = to_matrix<double>(weight);
  Matrix<double> both(w.rows(), w.cols() + 1);
  both << w, to_matrix<double>(bias).transpose();
  return both;
}

Numbers numbers(const json& set) {
  const auto y = to_matrix<double>(set["y"]);
  return {to_matrix<double>(set["x"]), set["y"].front().is_array() ? y : Matrix<double>(y.transpose()), {}};
}

/// The three columns of the one-hot code sum to a constant, so the solution is not unique: of all, gradient descent
/// from zero finds the one of least norm, as the closed form does.
void check_least_squares(const Numbers& cars, const json& numpy) {
  const auto split = mlp::testing::standardized_split(cars);
  const Regression model =
      trained(1, mlp::MSELoss(), split.train, {.lr = 0.1, .momentum = 0.9, .nesterov = true}, 3000);

  Matrix<double> with_ones(split.train.size(), 10);
  with_ones << split.train.x, Matrix<double>::Ones(split.train.size(), 1);
  Eigen::CompleteOrthogonalDecomposition<Matrix<double>> qr;
  qr.setThreshold(1e-10);
  qr.compute(with_ones);
  REQUIRE(qr.rank() == 9);
  const Matrix<double> closed = qr.solve(split.train.y);
  CHECK(max_relative_error(weights_and_bias(model), Matrix<double>(closed.transpose())) < 1e-9);
  CHECK(max_relative_error(weights_and_bias(model), to_matrix<double>(numpy["weights"])) < 1e-9);

  CHECK(mlp::evaluate(model, mlp::MSELoss(), split.train) == doctest::Approx(numpy["train_mse"]).epsilon(1e-10));
  CHECK(mlp::evaluate(model, mlp::MSELoss(), split.val) == doctest::Approx(numpy["val_mse"]).epsilon(1e-9));
  CHECK(mlp::r2_score(split.val.y, model.predict(split.val.x)) == doctest::Approx(numpy["val_r2"]).epsilon(1e-9));
}

/// A constant added to the weights of all classes changes nothing; from zero they stay centered.
double check_softmax_optimum(const Classes& spiral, const json& scipy) {
  const Regression model =
      trained(3, mlp::CrossEntropyLoss(), spiral, {.lr = 1, .momentum = 0.9, .nesterov = true}, 2000);
  CHECK(max_relative_error(weights_and_bias(model), to_matrix<double>(scipy["weights"])) < 1e-8);
  const double loss = mlp::evaluate(model, mlp::CrossEntropyLoss(), spiral);
  CHECK(loss == doctest::Approx(scipy["loss"]).epsilon(1e-12));
  const double accuracy = mlp::accuracy_score(spiral.y, mlp::argmax_rows(model.predict(spiral.x)));
  CHECK(std::round(accuracy * 300) == scipy["right"].get<double>());
  return loss;
}

}  // namespace

TEST_CASE("linear regression finds the least squares of the closed form") {
  check_least_squares(mlp::testing::generated_data().cars, answers()["least_squares"]);
}

TEST_CASE("linear regression finds the least squares of the real cars" * doctest::test_suite("real data")) {
  if (mlp::testing::real_data_is_missing()) return;
  check_least_squares(mlp::testing::real_data().cars, answers()["real"]["least_squares"]);
}

TEST_CASE("softmax regression finds the optimum of Newton's method") {
  check_softmax_optimum(mlp::testing::generated_data().spiral, answers()["softmax"]);
}

TEST_CASE("softmax regression finds the optimum of the real spiral, 0.74124" * doctest::test_suite("real data")) {
  if (mlp::testing::real_data_is_missing()) return;
  const double loss = check_softmax_optimum(mlp::testing::real_data().spiral, answers()["real"]["softmax"]);
  CHECK(std::abs(loss - 0.74124) < 5e-6);
}

TEST_CASE("binary logistic regression finds scikit-learn's coefficients") {
  const json set = answers()["binary"];
  const Numbers data = numbers(set);
  const mlp::BCEWithLogitsLoss loss;
  const Regression model = trained(1, loss, data, {.lr = 1, .momentum = 0.9, .nesterov = true}, 1000);
  CHECK(max_relative_error(weights_and_bias(model), weights_and_bias(set["weight"], set["bias"])) < 1e-9);
  CHECK(mlp::evaluate(model, loss, data) == doctest::Approx(set["loss"]).epsilon(1e-12));
}

TEST_CASE("multi-label logistic regression finds scikit-learn's coefficients, label by label") {
  const json set = answers()["multi_label"];
  const Numbers data = numbers(set);
  REQUIRE(data.y.cols() == 3);
  const mlp::BCEWithLogitsLoss loss;
  const Regression model = trained(3, loss, data, {.lr = 3, .momentum = 0.9, .nesterov = true}, 1000);
  CHECK(max_relative_error(weights_and_bias(model), weights_and_bias(set["weight"], set["bias"])) < 1e-9);
  CHECK(mlp::evaluate(model, loss, data) == doctest::Approx(set["loss"]).epsilon(1e-12));
}

TEST_CASE("on separable classes logistic regression grows as PyTorch's, step by step") {
  const json set = answers()["separable"];
  const Numbers data = numbers(set);
  for (const json& stored : set["gradient_descent"]) {
    CAPTURE(stored["steps"].get<int>());
    const Regression model =
        trained(1, mlp::BCEWithLogitsLoss(), data, {.lr = set["lr"]}, stored["steps"].get<Index>());
    CHECK(max_relative_error(weights_and_bias(model), weights_and_bias(stored["weight"], stored["bias"])) < 1e-12);
    const Matrix<double> logits = model.predict(data.x);
    CHECK(((logits.array() > 0) == (data.y.array() > 0.5)).all());
  }
}

TEST_CASE("on separable classes weight decay gives logistic regression scikit-learn's optimum") {
  const json set = answers()["separable"];
  const Numbers data = numbers(set);
  const mlp::BCEWithLogitsLoss loss;
  const mlp::SGDOptions sgd{.lr = 0.2, .momentum = 0.9, .weight_decay = set["weight_decay"], .nesterov = true};
  const Regression model = trained(1, loss, data, sgd, 2000);
  CHECK(max_relative_error(weights_and_bias(model), to_matrix<double>(set["ridge"])) < 1e-9);
  CHECK(mlp::evaluate(model, loss, data) == doctest::Approx(set["ridge_loss"]).epsilon(1e-9));
}
