// SPDX-License-Identifier: MIT
#include <mlp/train/fit.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <mlp/core/file.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/losses/bce.hpp>
#include <mlp/losses/bce_with_logits.hpp>
#include <mlp/losses/cross_entropy.hpp>
#include <mlp/losses/l1.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/optim/adamw.hpp>
#include <mlp/optim/sgd.hpp>

#include "support/is_bias.hpp"
#include "support/temporary_folder.hpp"

using namespace mlp;
using mlp::testing::is_bias;

namespace {

using Numbers = Dataset<Matrix<double>, Matrix<double>>;

/// y = 3 x0 - 2 x1 + 1 on a grid of points.
Numbers plane(Index n) {
  Numbers data{Matrix<double>(n, 2), Matrix<double>(n, 1)};
  for (Index i = 0; i < n; ++i) {
    const double a = static_cast<double>(i % 5) - 2;
    const double b = static_cast<double>(i / 5) / static_cast<double>(n) * 5 - 0.5;
    data.x.row(i) << a, b;
    data.y(i, 0) = 3 * a - 2 * b + 1;
  }
  return data;
}

Sequential<Linear<double>> linear_model() {
  Rng rng(1);
  return Sequential{Linear<double>(2, 1, rng)};
}

FitOptions quiet(Index epochs) {
  return {.epochs = epochs, .batch_size = 8, .progress = Progress::silent};
}

/// A loss as a user would write it, with nothing but what the concept asks: 1/N sum_i (1 - y_it)^2, t the label of i.
struct OwnLoss {
  std::string describe() const { return "OwnLoss()"; }
  template <class T>
  double operator()(ConstMatrixView<T> y, std::span<const int> labels, MatrixView<T> dy = {},
                    SampleWeights = {}) const {
    const T n = static_cast<T>(y.rows());
    double sum = 0;
    if (dy) dy.array() = 0;
    for (Index i = 0; i < y.rows(); ++i) {
      const Index label = labels[static_cast<std::size_t>(i)];
      const T d = 1 - y(i, label);
      sum += static_cast<double>(d * d);
      if (dy) dy(i, label) = -2 * d / n;
    }
    return sum / static_cast<double>(n);
  }
};
static_assert(Loss<OwnLoss, double, std::span<const int>>);

/// The message of what `f` throws; "" if it throws nothing.
template <class E, class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("fit finds the plane that the data lie on") {
  auto net = linear_model();
  const Numbers data = plane(40);
  Rng rng(2);
  const History history = fit(net, MSELoss(), SGD({.lr = 0.1}), data, data, quiet(300), rng);
  CHECK(history.epochs.size() == 300);
  CHECK(history.epochs.back().val_loss < 1e-9);
  CHECK(history.epochs.back().val_metric > 1 - 1e-9);
  CHECK(history.metric_name == "r2");
  CHECK(history.best_epoch == 300);
  CHECK(std::abs(net.get<0>().weight()(0, 0) - 3) < 1e-4);
  CHECK(std::abs(net.get<0>().weight()(0, 1) + 2) < 1e-4);
  CHECK(std::abs(net.get<0>().bias()(0, 0) - 1) < 1e-4);
}

TEST_CASE("fit does what the loop written out does, bit for bit") {
  const Numbers data = plane(21);
  auto by_fit = linear_model();
  auto by_hand = linear_model();
  Rng rng(7);
  const History history = fit(by_fit, MSELoss(), SGD({.lr = 0.05, .momentum = 0.9}), data, data, quiet(3), rng);

  Rng same(7);
  Optimizer sgd(by_hand, SGD({.lr = 0.05, .momentum = 0.9}));
  Tape tape(by_hand);
  DataLoader loader(data, {.batch_size = 8, .shuffle = true});
  const MSELoss loss;
  for (int epoch = 0; epoch < 3; ++epoch) {
    double sum = 0;
    for (const auto& batch : loader.epoch(same)) {
      const auto y = tape.forward(batch.x);
      sum += static_cast<double>(batch.size()) * loss(y, batch.y, tape.output_gradient());
      tape.backward();
      sgd.step(by_hand, tape.gradient());
    }
    same.random64();  // what a validation loader draws
    const EpochRecord& record = history.epochs[static_cast<std::size_t>(epoch)];
    CHECK(record.epoch == epoch + 1);
    CHECK(record.train_loss == doctest::Approx(sum / 21).epsilon(1e-14));
  }
  CHECK(by_fit.get<0>().weight().matrix() == by_hand.get<0>().weight().matrix());
  CHECK(by_fit.get<0>().bias().matrix() == by_hand.get<0>().bias().matrix());
  CHECK(rng == same);
  CHECK(history.epochs.back().val_loss == doctest::Approx(loss(by_hand.predict(data.x), data.y)).epsilon(1e-13));
}

TEST_CASE("the loss of an epoch is the mean over samples, or the plain mean of batch means") {
  // A model whose weights stay as they are: lr 0, all weights 0, so the loss of a sample is y^2.
  Sequential net{Linear<double>(1, 1)};
  const Numbers data{Matrix<double>::Zero(3, 1), (Matrix<double>(3, 1) << 1, 2, 4).finished()};
  Rng rng(0);
  FitOptions options{.epochs = 1, .batch_size = 2, .shuffle = false, .progress = Progress::silent};
  const auto run = [&](const Numbers& train) {
    return fit(net, MSELoss(), SGD({.lr = 0}), train, train, options, rng).epochs[0];
  };
  CHECK(run(data).train_loss == doctest::Approx((1.0 + 4 + 16) / 3));
  CHECK(run(data).val_loss == doctest::Approx((1.0 + 4 + 16) / 3));
  Numbers weighted = data;
  weighted.weights = {1, 0, 3};
  CHECK(run(weighted).train_loss == doctest::Approx((1.0 + 3 * 16) / 4));
  weighted.weights = {1, 1, 0};  // the second batch has nothing that counts
  CHECK(run(weighted).train_loss == doctest::Approx((1.0 + 4) / 2));
  CHECK(run(weighted).val_loss == doctest::Approx((1.0 + 4) / 2));
  options.loss_average = LossAverage::batches;
  CHECK(run(weighted).train_loss == doctest::Approx((1.0 + 4) / 2));
  CHECK(run(data).train_loss == doctest::Approx(((1.0 + 4) / 2 + 16) / 2));
  CHECK(run(data).val_loss == doctest::Approx(((1.0 + 4) / 2 + 16) / 2));
  CHECK(evaluate(net, MSELoss(), data, 2) == doctest::Approx((1.0 + 4 + 16) / 3));
  CHECK(evaluate(net, MSELoss(), data, 2, LossAverage::batches) == doctest::Approx(((1.0 + 4) / 2 + 16) / 2));
}

TEST_CASE("class weights and ignored labels count in the mean over samples whatever the batches are") {
  // A model whose output is its input and stays so (lr 0).
  Sequential net{Linear<double>(2, 2)};
  net.get<0>().weight().matrix() << 1, 0, 0, 1;
  const auto l = [](double of, double other) { return std::log(1 + std::exp(other - of)); };  // -log softmax
  using Classes = Dataset<Matrix<double>, Labels>;
  const Classes data{(Matrix<double>(5, 2) << 1, 0, 2, 0, 0, 3, 4, 0, 0, 5).finished(), {0, 1, 1, -100, -100}};
  const CrossEntropyLoss loss({.weight = {1, 3}});
  const double first = l(1, 0), second = l(0, 2), third = l(3, 0);
  const double mean = (first + 3 * second + 3 * third) / (1 + 3 + 3);
  Rng rng(0);
  FitOptions options{.epochs = 1, .shuffle = false, .progress = Progress::silent};
  const auto run = [&](Index batch_size, const Classes& set) {
    options.batch_size = batch_size;
    return fit(net, loss, SGD({.lr = 0}), set, set, options, rng).epochs[0];
  };
  for (const Index batch_size : {1, 2, 3, 5}) {  // the batches of 1 and of 3 have some of ignored labels alone
    CAPTURE(batch_size);
    const EpochRecord record = run(batch_size, data);
    CHECK(record.train_loss == doctest::Approx(mean).epsilon(1e-14));
    CHECK(record.val_loss == doctest::Approx(mean).epsilon(1e-14));
    CHECK(record.val_metric == doctest::Approx(2.0 / 3).epsilon(1e-15));
    CHECK(evaluate(net, loss, data, batch_size) == doctest::Approx(mean).epsilon(1e-14));
    const Classes weighted{data.x, data.y, {5, 0, 1, 7, 7}};
    CHECK(run(batch_size, weighted).val_loss == doctest::Approx((5 * first + 3 * third) / (5 + 3)).epsilon(1e-14));
    CHECK(run(batch_size, weighted).val_metric == 1);
  }
  // PyTorch's mean of batch means, of the batches that have one.
  options.loss_average = LossAverage::batches;
  const double batches = ((first + 3 * second) / 4 + third) / 2;
  CHECK(run(2, data).train_loss == doctest::Approx(batches).epsilon(1e-14));
  CHECK(run(2, data).val_loss == doctest::Approx(batches).epsilon(1e-14));
}

TEST_CASE("an epoch without a sample that counts is an error, not a loss of nan") {
  Sequential net{Linear<double>(1, 1)};
  const Numbers data{Matrix<double>::Ones(3, 1), Matrix<double>::Ones(3, 1), {0, 0, 1}};
  Rng rng(0);
  FitOptions options{.epochs = 1, .batch_size = 2, .shuffle = false, .progress = Progress::silent};
  CHECK(fit(net, MSELoss(), SGD({.lr = 0}), data, options, rng).epochs[0].train_loss == 1);
  options.drop_last = true;
  CHECK_THROWS_WITH_AS(fit(net, MSELoss(), SGD({.lr = 0}), data, options, rng),
                       "mlp::fit: drop_last leaves no sample that counts in epoch 1", ValueError);
}

TEST_CASE("drop_last leaves the smaller last batch out of training, not of validation") {
  Sequential net{Linear<double>(1, 1)};
  const Numbers data{Matrix<double>::Zero(3, 1), (Matrix<double>(3, 1) << 1, 2, 4).finished()};
  Rng rng(0);
  const FitOptions options{
      .epochs = 1, .batch_size = 2, .shuffle = false, .drop_last = true, .progress = Progress::silent};
  const EpochRecord record = fit(net, MSELoss(), SGD({.lr = 0}), data, data, options, rng).epochs[0];
  CHECK(record.train_loss == doctest::Approx((1.0 + 4) / 2));
  CHECK(record.val_loss == doctest::Approx((1.0 + 4 + 16) / 3));
}

TEST_CASE("without a validation set there is no validation loss and no metric") {
  auto net = linear_model();
  const Numbers data = plane(20);
  Rng rng(2);
  const History history = fit(net, MSELoss(), SGD({.lr = 0.1}), data, quiet(2), rng);
  CHECK(std::isnan(history.epochs[0].val_loss));
  CHECK(std::isnan(history.epochs[0].val_metric));
  CHECK(history.csv_header() == "epoch,lr,train_loss,val_loss,seconds\n");
}

TEST_CASE("R2 is measured with MSELoss and L1Loss, by the weights of the samples, and nothing with another loss") {
  Sequential net{Linear<double>(1, 1)};  // predicts 0 and stays so (lr 0)
  const Numbers data{Matrix<double>::Zero(3, 1), (Matrix<double>(3, 1) << 1, 2, 4).finished(), {1, 0, 3}};
  Rng rng(0);
  const auto run = [&](const auto& loss, const Numbers& set) {
    return fit(net, loss, SGD({.lr = 0}), set, set, quiet(1), rng);
  };
  for (const History& history : {run(MSELoss(), data), run(L1Loss(), data)}) {
    CHECK(history.metric_name == "r2");
    CHECK(history.epochs[0].val_metric == doctest::Approx(-169.0 / 27).epsilon(1e-14));  // 1 - (49/4) / (27/16)
  }
  const Numbers halves{data.x, Matrix<double>::Constant(3, 1, 0.5)};
  const History none = run(BCEWithLogitsLoss(), halves);
  CHECK(none.metric_name.empty());
  CHECK(std::isnan(none.epochs[0].val_metric));
}

TEST_CASE("accuracy is measured where the targets are classes") {
  Rng rng(3);
  Network<float> net(Linear(1, 2, rng), ReLU(), Linear(2, 2, rng));
  const Dataset<Matrix<float>, Labels> data{(Matrix<float>(4, 1) << -2, -1, 1, 2).finished(), {0, 0, 1, 1}};
  const History history = fit(net, CrossEntropyLoss(), SGD({.lr = 0.5}), data, data, quiet(200), rng);
  CHECK(history.metric_name == "accuracy");
  CHECK(history.epochs.back().val_metric == 1);
}

TEST_CASE("a loss of one's own needs no more than the concept asks for") {
  Sequential net{Linear<double>(2, 2)};
  const Dataset<Matrix<double>, Labels> data{Matrix<double>::Identity(2, 2), {0, 1}};
  Rng rng(3);
  // With x the unit vectors, y_it = w_tt + b_t, from 0: each step halves the distance to 1 with lr 1/4 and two
  // parameters, d <- d - 2 lr d = d/2, so the loss of epoch k is 1/4^(k-1), and 1/4^k after it.
  const History history = fit(net, OwnLoss(), SGD({.lr = 0.25}), data, data, quiet(3), rng);
  CHECK(history.epochs[0].train_loss == 1);
  CHECK(history.epochs[2].train_loss == 1.0 / 16);
  CHECK(history.epochs[2].val_loss == 1.0 / 64);
  CHECK(history.epochs[2].val_metric == 1);
  CHECK(evaluate(net, OwnLoss(), data) == 1.0 / 64);
}

TEST_CASE("a schedule sets the rate of the next epoch") {
  auto net = linear_model();
  Rng rng(2);
  FitOptions options = quiet(5);
  options.schedule = StepLR({.step_size = 2, .gamma = 0.1});
  const History history = fit(net, MSELoss(), SGD({.lr = 0.1}), plane(20), options, rng);
  const double expected[] = {0.1, 0.1, 0.01, 0.01, 0.001};
  for (std::size_t i = 0; i < 5; ++i) CHECK(history.epochs[i].lr == doctest::Approx(expected[i]).epsilon(1e-12));
}

TEST_CASE("a warm-up sets the rate of the first epoch, too") {
  auto net = linear_model();
  Rng rng(1);
  FitOptions options = quiet(5);
  options.schedule = WarmupCosineLR({.warmup = 2, .T_max = 2, .start_factor = 0.5});
  const History history = fit(net, MSELoss(), SGD({.lr = 0.08}), plane(20), options, rng);
  const double expected[] = {0.04, 0.06, 0.08, 0.04, 0};
  for (std::size_t i = 0; i < 5; ++i) CHECK(std::abs(history.epochs[i].lr - expected[i]) <= 1e-16);
}

TEST_CASE("a schedule acts on the rate of each group of parameters, as the loop written out does") {
  const Numbers data = plane(20);
  const RuleWithGroups rule(AdamW({.lr = 0.1}), {{.of = is_bias, .rule = AdamW({.lr = 0.4, .weight_decay = 0})}});
  auto by_fit = linear_model(), by_hand = by_fit;
  Rng rng(7), same_rng(7);
  FitOptions options = quiet(4);
  options.schedule = StepLR({.step_size = 1, .gamma = 0.5});
  const History history = fit(by_fit, MSELoss(), rule, data, options, rng);
  CHECK(history.epochs[3].lr == 0.0125);

  Optimizer adamw(by_hand, rule);
  Tape tape(by_hand);
  DataLoader loader(data, {.batch_size = 8, .shuffle = true});
  for (int epoch = 0; epoch < 4; ++epoch) {
    for (const auto& batch : loader.epoch(same_rng)) {
      const auto y = tape.forward(batch.x);
      MSELoss()(y, batch.y, tape.output_gradient());
      adamw.step(by_hand, tape);
    }
    adamw.set_lr(adamw.lr(0) / 2, 0);
    adamw.set_lr(adamw.lr(1) / 2, 1);
  }
  CHECK(by_fit.get<0>().weight().matrix() == by_hand.get<0>().weight().matrix());
  CHECK(by_fit.get<0>().bias().matrix() == by_hand.get<0>().bias().matrix());
}

TEST_CASE("gradients are clipped before each step: first their norm, then their elements") {
  const Numbers data = plane(8);  // one batch: one step
  const auto step_of = [&](std::optional<double> norm, std::optional<double> value) {
    auto net = linear_model();
    const Matrix<double> before = net.get<0>().weight().matrix();
    const double bias = net.get<0>().bias()(0, 0);
    Rng rng(7);
    FitOptions options = quiet(1);
    options.clip_grad_norm = norm;
    options.clip_grad_value = value;
    fit(net, MSELoss(), SGD({.lr = 1}), data, options, rng);
    RowVector<double> step(3);
    step << net.get<0>().weight().matrix() - before, net.get<0>().bias()(0, 0) - bias;
    return step;
  };
  const RowVector<double> whole = step_of({}, {});
  CHECK(whole.norm() > 1);
  CHECK((step_of(0.5, {}) - whole * 0.5 / (whole.norm() + 1e-6)).norm() < 1e-14);
  CHECK((step_of({}, 0.25) - whole.cwiseMax(-0.25).cwiseMin(0.25)).norm() < 1e-14);
  CHECK((step_of(0.5, 0.25) - (whole * 0.5 / (whole.norm() + 1e-6)).cwiseMax(-0.25).cwiseMin(0.25)).norm() < 1e-14);
  CHECK((step_of(1e9, 1e9) - whole).norm() < 1e-14);
}

TEST_CASE("ReduceLROnPlateau looks at the validation loss, and at the training loss without one") {
  FitOptions options = quiet(4);
  options.schedule = ReduceLROnPlateau({.factor = 0.5, .patience = 0});
  const auto rates = [](const History& history) {
    std::vector<double> lr;
    for (const EpochRecord& record : history.epochs) lr.push_back(record.lr);
    return lr;
  };
  // On its way to 1 the bias leaves -1: the training loss falls, the validation loss grows.
  const Numbers one{Matrix<double>::Zero(1, 1), Matrix<double>::Ones(1, 1)};
  const Numbers minus_one{Matrix<double>::Zero(1, 1), -Matrix<double>::Ones(1, 1)};
  const std::vector<double> constant{0.25, 0.25, 0.25, 0.25}, halved{0.25, 0.25, 0.125, 0.0625};
  Rng rng(2);
  Sequential net{Linear<double>(1, 1)};
  CHECK(rates(fit(net, MSELoss(), SGD({.lr = 0.25}), one, minus_one, options, rng)) == halved);
  net = Sequential{Linear<double>(1, 1)};
  CHECK(rates(fit(net, MSELoss(), SGD({.lr = 0.25}), one, one, options, rng)) == constant);
  net = Sequential{Linear<double>(1, 1)};
  CHECK(rates(fit(net, MSELoss(), SGD({.lr = 0.25}), one, options, rng)) == constant);
  const Numbers zero{Matrix<double>::Zero(1, 1), Matrix<double>::Zero(1, 1)};  // the training loss is 0 from the start
  net = Sequential{Linear<double>(1, 1)};
  CHECK(rates(fit(net, MSELoss(), SGD({.lr = 0.25}), zero, options, rng)) == halved);
}

TEST_CASE("early stopping ends training and restores the weights of the best epoch") {
  // A rate beyond the stable one: the loss grows from the first epoch on, so the best weights are those after it.
  const Numbers data = plane(20);
  auto stopped = linear_model();
  Rng rng(4);
  FitOptions options = quiet(50);
  options.early_stopping = EarlyStopping{.patience = 3};
  const History history = fit(stopped, MSELoss(), SGD({.lr = 0.6}), data, data, options, rng);
  CHECK(history.stopped_early);
  REQUIRE(history.epochs.size() == static_cast<std::size_t>(history.best_epoch + 3));
  const double best = history.epochs[static_cast<std::size_t>(history.best_epoch - 1)].val_loss;
  for (const EpochRecord& record : history.epochs) CHECK(record.val_loss >= best);
  CHECK(evaluate(stopped, MSELoss(), data) == doctest::Approx(best).epsilon(1e-12));
}

TEST_CASE("to early stopping an improvement is one by more than min_delta") {
  // Each step halves the distance of the bias to 1, so the loss after epoch k is 1/4^k, and the bias 1 - 1/2^k.
  const Numbers data{Matrix<double>::Zero(1, 1), Matrix<double>::Ones(1, 1)};
  const auto run = [&](double min_delta) {
    Sequential net{Linear<double>(1, 1)};
    FitOptions options = quiet(50);
    options.early_stopping = EarlyStopping{.patience = 2, .min_delta = min_delta};
    Rng rng(2);
    const History history = fit(net, MSELoss(), SGD({.lr = 0.25}), data, data, options, rng);
    CHECK(history.stopped_early);
    CHECK(history.epochs.size() == static_cast<std::size_t>(history.best_epoch + 2));
    CHECK(net.get<0>().bias()(0, 0) == 1 - std::pow(0.5, history.best_epoch));
    return history.best_epoch;
  };
  CHECK(run(0.1) == 2);       // after 1/16 no loss can be less by 0.1
  CHECK(run(3.0 / 64) == 4);  // 1/64 is less by as much, not by more; 1/256 then is less by 15/256
  CHECK(run(0.04) == 3);
}

TEST_CASE("early stopping restores the best weights also where training runs to its end") {
  // Each step doubles the distance of the bias to 1: 1 + 2 after the first epoch, then 1 - 4, 1 + 8.
  const Numbers data{Matrix<double>::Zero(1, 1), Matrix<double>::Ones(1, 1)};
  Sequential net{Linear<double>(1, 1)};
  FitOptions options = quiet(3);
  options.early_stopping = EarlyStopping{.patience = 10};
  Rng rng(2);
  const History history = fit(net, MSELoss(), SGD({.lr = 1.5}), data, data, options, rng);
  CHECK_FALSE(history.stopped_early);
  CHECK(history.epochs.size() == 3);
  CHECK(history.epochs.back().val_loss == 64);
  CHECK(history.best_epoch == 1);
  CHECK(net.get<0>().bias()(0, 0) == 3);
}

TEST_CASE("the log has one line an epoch, in the numbers of the history") {
  const mlp::testing::TemporaryFolder folder;
  auto net = linear_model();
  Rng rng(2);
  FitOptions options = quiet(3);
  options.csv_log = folder / "log.csv";
  const Numbers data = plane(20);
  const History history = fit(net, MSELoss(), SGD({.lr = 0.1}), data, data, options, rng);
  const std::string text = read_file(folder / "log.csv");
  CHECK(text == history.csv());
  CHECK(text.starts_with("epoch,lr,train_loss,val_loss,val_r2,seconds\n1,0.1,"));
  CHECK(history.epochs.front().seconds > 0);
  CHECK(std::count(text.begin(), text.end(), '\n') == 4);
  const History again = fit(net, MSELoss(), SGD({.lr = 0.1}), data, data, options, rng);
  CHECK(read_file(folder / "log.csv") == again.csv());  // of this training alone
}

TEST_CASE("a csv_log that cannot be written says why, before the first step") {
  const mlp::testing::TemporaryFolder folder;
  auto net = linear_model();
  Rng rng(2);
  const Numbers data = plane(20);
  const auto message = [&](const std::string& path) {
    FitOptions options = quiet(1);
    options.csv_log = path;
    return message_of<IoError>([&] { fit(net, MSELoss(), SGD({.lr = 0.1}), data, options, rng); });
  };
  const Matrix<double> weight = net.get<0>().weight().matrix();
  CHECK(message(folder / "missing/log.csv") == folder / "missing/log.csv: cannot write: No such file or directory");
  CHECK(message(folder / "") == folder / ": is a directory");
  if (std::filesystem::exists("/dev/full"))
    CHECK(message("/dev/full") == "/dev/full: cannot write: No space left on device");
  CHECK(net.get<0>().weight().matrix() == weight);
}

TEST_CASE("every epoch is reported to the caller") {
  auto net = linear_model();
  Rng rng(2);
  std::vector<Index> epochs;
  FitOptions options = quiet(4);
  options.on_epoch = [&](const EpochRecord& record) { epochs.push_back(record.epoch); };
  fit(net, MSELoss(), SGD({.lr = 0.1}), plane(20), options, rng);
  CHECK(epochs == std::vector<Index>{1, 2, 3, 4});
}

TEST_CASE("a loss that leaves the finite numbers stops training and names the place") {
  Rng rng(2);
  Sequential net{Linear<double>(2, 4, rng), ReLU(), Linear<double>(4, 1, rng)};
  const Numbers data = plane(20);
  const std::string text =
      message_of<DivergenceError>([&] { fit(net, MSELoss(), SGD({.lr = 1e200}), data, quiet(10), rng); });
  CHECK(text == "mlp::fit: the loss is infinite in epoch 1, batch 2; first not finite: layer 2, Linear(4 -> 1)");

  Sequential bias{Linear<double>(1, 1)};
  bias.get<0>().bias()(0, 0) = 1e200;
  const Numbers one{Matrix<double>::Zero(1, 1), Matrix<double>::Zero(1, 1)};
  CHECK(message_of<DivergenceError>([&] { fit(bias, MSELoss(), SGD({.lr = 0.1}), one, quiet(1), rng); }) ==
        "mlp::fit: the loss is infinite in epoch 1, batch 1; the outputs of all layers are finite");
}

TEST_CASE("a validation loss that leaves the finite numbers stops training, too") {
  const auto after_training = [](Matrix<double> train_x, double target, Matrix<double> x, double lr) {
    Sequential net{Linear<double>(2, 1)};
    net.get<0>().weight().matrix() << 0, -10;
    const Numbers train{std::move(train_x), Matrix<double>::Constant(1, 1, target)};
    const Numbers validation{std::move(x), Matrix<double>::Zero(1, 1)};
    FitOptions options = quiet(10);
    options.metric = Metric::none;
    options.early_stopping = EarlyStopping();
    Rng rng(1);
    return message_of<DivergenceError>([&] { fit(net, MSELoss(), SGD({.lr = lr}), train, validation, options, rng); });
  };
  // Weight 0 and the bias are 1/4 after the first step, 3/8 after the second: then the square of 3/8 4e154 overflows.
  CHECK(after_training(Matrix<double>{{1, 0}}, 1, Matrix<double>{{4e154, 0}}, 0.125) ==
        "mlp::fit: the validation loss is infinite after epoch 2");
  // The step of 1e200 1e150 makes the weights infinity and minus infinity.
  CHECK(after_training(Matrix<double>{{1, -1}}, 1e150, Matrix<double>{{1, 1}}, 1e200) ==
        "mlp::fit: the validation loss is nan after epoch 1");
}

TEST_CASE("bad data is found at the door, before the first step") {
  auto net = linear_model();
  const auto before = net;
  const Numbers good = plane(20);
  Rng rng(2);
  const auto error_of = [&](const Numbers& train, const Numbers& val) {
    return message_of<Error>([&] { fit(net, MSELoss(), SGD({.lr = 0.1}), train, val, quiet(1), rng); });
  };
  Numbers bad = good;
  bad.x(3, 1) = std::nan("");
  CHECK(error_of(bad, good) == "mlp::fit: the training set has nan in row 3, column 1 of x");
  CHECK(error_of(good, bad) == "mlp::fit: the validation set has nan in row 3, column 1 of x");
  bad = good;
  bad.y(19, 0) = -std::numeric_limits<double>::infinity();
  CHECK(error_of(bad, good) == "mlp::fit: the training set has infinity in row 19, column 0 of y");
  CHECK(error_of({Matrix<double>(0, 2), Matrix<double>(0, 1)}, good) == "mlp::fit: the training set is empty");
  CHECK(error_of(good, {Matrix<double>(0, 2), Matrix<double>(0, 1)}) == "mlp::fit: the validation set is empty");
  const Numbers wide{Matrix<double>::Zero(4, 3), Matrix<double>::Zero(4, 1)};
  CHECK(error_of(wide, wide) == "mlp::Linear(2 -> 1): expected input [batch, 2], got [4, 3]");
  const Numbers two_targets{Matrix<double>::Zero(4, 2), Matrix<double>::Zero(4, 2)};
  CHECK(error_of(two_targets, two_targets) == "mlp::fit: the training set: expected targets [4, 1], got [4, 2]");
  CHECK(error_of(good, two_targets) == "mlp::fit: the validation set: expected targets [4, 1], got [4, 2]");
  Numbers short_targets = good;
  short_targets.y.conservativeResize(19, 1);
  CHECK(error_of(short_targets, good) == "mlp::fit: the training set: expected 20 targets, one a sample, got 19");
  bad = good;
  bad.weights.assign(19, 1.0);
  CHECK(error_of(good, bad) == "mlp::fit: the validation set: expected 20 weights, one a sample or none, got 19");
  bad.weights.assign(20, 1.0);
  bad.weights[17] = -1;
  CHECK(error_of(bad, good) == "mlp::fit: the training set: weight of sample 17 must be at least 0 and finite, got -1");
  bad.weights[17] = std::nan("");
  CHECK(error_of(good, bad) ==
        "mlp::fit: the validation set: weight of sample 17 must be at least 0 and finite, got nan");
  bad.weights.assign(20, 0.0);
  CHECK(error_of(bad, good) == "mlp::fit: no sample of the training set counts");
  CHECK(error_of(good, bad) == "mlp::fit: no sample of the validation set counts");
  CHECK(net.get<0>().weight().matrix() == before.get<0>().weight().matrix());

  Sequential classifier{Linear<double>(2, 3, rng)};
  const Dataset<Matrix<double>, Labels> labelled{Matrix<double>::Zero(3, 2), {0, 3, 1}};
  CHECK(message_of<ValueError>([&] {
          fit(classifier, CrossEntropyLoss(), SGD({.lr = 0.1}), labelled, quiet(1), rng);
        }) == "mlp::CrossEntropyLoss: label of sample 1 must be in [0, 3), got 3");
  const Dataset<Matrix<double>, Labels> ignored{Matrix<double>::Zero(2, 2), {-100, -100}};
  CHECK(message_of<ValueError>([&] {
          fit(classifier, CrossEntropyLoss(), SGD({.lr = 0.1}), ignored, quiet(1), rng);
        }) == "mlp::fit: no sample of the training set counts");
  const Dataset<Matrix<double>, Labels> right{Matrix<double>::Zero(3, 2), {0, 2, 1}};
  for (const auto& weight : {std::vector<double>{1, 2}, std::vector<double>{1, 2, 3, 4, 5}})
    CHECK(message_of<ShapeError>([&] {
            fit(classifier, CrossEntropyLoss({.weight = weight}), SGD({.lr = 0.1}), right, quiet(1), rng);
          }) == "mlp::CrossEntropyLoss: expected 3 class weights, got " + std::to_string(weight.size()));
}

TEST_CASE("targets that are no probabilities are found before the first step, in rows of the set") {
  Rng rng(2);
  Sequential net{Linear<double>(2, 1, rng)};
  const auto before = net;
  Numbers good = plane(20);
  good.y.array() = 0.5;
  Numbers bad = good;
  bad.y(19, 0) = -0.5;
  const auto error_of = [&](const auto& loss, const Numbers& train, const Numbers& val) {
    return message_of<ValueError>([&] { fit(net, loss, SGD({.lr = 0.1}), train, val, quiet(1), rng); });
  };
  const std::string text = ": target of sample 19, output 0 must be in [0, 1], got -0.5";
  CHECK(error_of(BCEWithLogitsLoss(), bad, good) == "mlp::BCEWithLogitsLoss" + text);
  CHECK(error_of(BCEWithLogitsLoss(), good, bad) == "mlp::BCEWithLogitsLoss" + text);
  CHECK(error_of(BCELoss(), bad, good) == "mlp::BCELoss" + text);
  CHECK(error_of(CrossEntropyLoss(), good, bad) == "mlp::CrossEntropyLoss" + text);
  CHECK(net.get<0>().weight().matrix() == before.get<0>().weight().matrix());
  CHECK(error_of(BCEWithLogitsLoss(), good, good).empty());
}

TEST_CASE("options out of range say so") {
  auto net = linear_model();
  const Numbers data = plane(20);
  Rng rng(2);
  const auto error_of = [&](const FitOptions& options) {
    return message_of<ValueError>([&] { fit(net, MSELoss(), SGD({.lr = 0.1}), data, data, options, rng); });
  };
  CHECK(error_of({.epochs = -1}) == "mlp::fit: epochs must be at least 0, got -1");
  CHECK(error_of({.batch_size = 0}) == "mlp::fit: batch_size must be at least 1, got 0");
  CHECK(error_of({.clip_grad_norm = 0}) == "mlp::fit: clip_grad_norm must be above 0, got 0");
  CHECK(error_of({.clip_grad_value = -1}) == "mlp::fit: clip_grad_value must be above 0, got -1");
  CHECK(error_of({.early_stopping = EarlyStopping{.patience = 0}}) == "mlp::fit: patience must be at least 1, got 0");
  CHECK(error_of({.batch_size = 21, .drop_last = true}) ==
        "mlp::fit: drop_last leaves no batch of 20 samples in batches of 21");
  const auto before = net;
  CHECK(error_of({.metric = Metric::accuracy}) == "mlp::fit: the metric accuracy does not fit the targets");
  Sequential classifier{Linear<double>(2, 2)};
  const Dataset<Matrix<double>, Labels> classes{Matrix<double>::Zero(2, 2), {0, 1}};
  CHECK(message_of<ValueError>([&] {
          fit(classifier, CrossEntropyLoss(), SGD(), classes, classes, {.metric = Metric::r2}, rng);
        }) == "mlp::fit: the metric r2 does not fit the targets");
  CHECK(net.get<0>().weight().matrix() == before.get<0>().weight().matrix());  // found before the first step
  CHECK(error_of({.early_stopping = EarlyStopping{.min_delta = -1}}) ==
        "mlp::fit: min_delta must be at least 0, got -1");
  CHECK(message_of<ValueError>([&] { SGD({.lr = -0.1}); }) == "mlp::SGD: lr must be at least 0 and finite, got -0.1");
}
