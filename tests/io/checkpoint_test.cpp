// SPDX-License-Identifier: MIT
#include <mlp/io/checkpoint.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <mlp/core/file.hpp>
#include <mlp/layers/batch_norm_1d.hpp>
#include <mlp/layers/dropout.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/losses/cross_entropy.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/optim/adamw.hpp>
#include <mlp/optim/rmsprop.hpp>
#include <mlp/optim/sgd.hpp>
#include <mlp/train/fit.hpp>

#include "support/bits.hpp"
#include "support/is_bias.hpp"
#include "support/temporary_folder.hpp"

using namespace mlp;
using mlp::testing::is_bias;

namespace {

Dataset<Matrix<float>, Labels> make_data(std::uint64_t seed, Index n) {
  Rng rng(seed);
  Dataset<Matrix<float>, Labels> data{Matrix<float>(n, 3), {}};
  for (float& value : data.x.reshaped()) value = rng.uniform(-1.0f, 1.0f);
  for (Index i = 0; i < n; ++i) data.y.push_back(data.x(i, 0) * data.x(i, 1) > data.x(i, 2) ? 1 : 0);
  return data;
}
const auto train = make_data(1, 50), validation = make_data(2, 20);

struct Outcome {
  std::vector<Matrix<float>> weights;
  History history;
  Rng rng{0};
};

/// Trains for `epochs`; `stop_after` ends the first go after so many, and a second one goes on from the file.
template <class Make, class Rule = SGD>
Outcome run(const Make& make, FitOptions options, std::optional<Index> stop_after = {}, Index every = 1,
            const Rule& rule = SGD({.lr = 0.2, .momentum = 0.9, .weight_decay = 1e-3, .nesterov = true})) {
  const testing::TemporaryFolder folder;
  const Checkpoint checkpoint({.path = folder / "net.ckpt", .every = every});
  options.batch_size = 8;
  options.progress = Progress::silent;
  Outcome out;
  const auto go = [&](Index epochs) {
    Rng rng(7);
    auto net = make(rng);
    options.epochs = epochs;
    out.history = stop_after ? fit(net, CrossEntropyLoss(), rule, train, validation, options, rng, checkpoint)
                             : fit(net, CrossEntropyLoss(), rule, train, validation, options, rng);
    out.weights.clear();
    net.visit_parameters([&](const ParameterName&, auto w) { out.weights.push_back(w.matrix()); }, net);
    out.rng = rng;
  };
  const Index epochs = options.epochs;
  if (stop_after) go(*stop_after);
  go(epochs);
  return out;
}

bool same(const Outcome& a, const Outcome& b) {
  bool same = a.rng == b.rng && a.weights.size() == b.weights.size() &&
              a.history.epochs.size() == b.history.epochs.size() && a.history.best_epoch == b.history.best_epoch &&
              a.history.stopped_early == b.history.stopped_early;
  for (std::size_t i = 0; same && i < a.weights.size(); ++i) same = testing::bitwise_equal(a.weights[i], b.weights[i]);
  for (std::size_t i = 0; same && i < a.history.epochs.size(); ++i) {
    const EpochRecord &r = a.history.epochs[i], &s = b.history.epochs[i];
    same = r.epoch == s.epoch && r.lr == s.lr && r.train_loss == s.train_loss && r.val_loss == s.val_loss &&
           r.val_metric == s.val_metric;
  }
  return same;
}

const auto sequential = [](Rng& rng) { return Sequential{Linear(3, 8, rng), ReLU(), Linear(8, 2, rng)}; };
const auto network = [](Rng& rng) { return Network<float>(Linear(3, 8, rng), ReLU(), Linear(8, 2, rng)); };

/// A training of one epoch, or what is left of it, with its checkpoint.
void train_one_epoch(const std::string& path) {
  Rng rng(7);
  auto net = sequential(rng);
  fit(net, CrossEntropyLoss(), SGD(), train, {.epochs = 1, .progress = Progress::silent}, rng,
      Checkpoint({.path = path}));
}

}  // namespace

TEST_CASE("a training that was stopped goes on to the same bits, whatever the schedule") {
  const std::vector<Schedule> schedules{ConstantLR(),
                                        StepLR({.step_size = 3}),
                                        ExponentialLR({.gamma = 0.9}),
                                        CosineAnnealingLR({.T_max = 10}),
                                        LinearLR({.total_iters = 6}),
                                        WarmupCosineLR({.warmup = 4, .T_max = 8}),
                                        ReduceLROnPlateau({.factor = 0.5, .patience = 1, .cooldown = 1})};
  for (const Schedule& schedule : schedules)
    for (const Index stop : {1, 4, 11}) {
      CAPTURE(schedule.index());
      CAPTURE(stop);
      const FitOptions options{.epochs = 12, .schedule = schedule};
      CHECK(same(run(sequential, options), run(sequential, options, stop)));
      CHECK(same(run(network, options), run(network, options, stop)));
    }
}

TEST_CASE("a training whose checkpoint is not taken into memory as a whole goes on to the same bits") {
  const auto large = [](Rng& rng) { return Sequential{Linear(3, 100'000, rng), ReLU(), Linear(100'000, 2, rng)}; };
  CHECK(same(run(large, {.epochs = 3}, 2), run(large, {.epochs = 3})));
}

TEST_CASE("a training with dropout and running statistics goes on to the same bits") {
  const auto dropping = [](Rng& rng) {
    return Sequential{Linear(3, 8, rng), BatchNorm1d(8), ReLU(), Dropout(0.3), Linear(8, 2, rng)};
  };
  const Outcome whole = run(dropping, {.epochs = 7, .drop_last = true});
  CHECK(same(run(dropping, {.epochs = 7, .drop_last = true}, 3), whole));
  CHECK(whole.weights.size() == 8);  // the statistics among them
}

TEST_CASE("a training with any rule, with groups of parameters and with clipped gradients goes on to the same bits") {
  const auto is_first = [](const std::string& name) { return name.starts_with("0."); };
  const auto check = [](const auto& rule) {
    for (const Schedule& schedule : {Schedule(WarmupCosineLR({.warmup = 4, .T_max = 8})),
                                     Schedule(ReduceLROnPlateau({.factor = 0.5, .patience = 0}))})
      for (const Index stop : {1, 5}) {
        CAPTURE(stop);
        const FitOptions options{.epochs = 9, .schedule = schedule, .clip_grad_norm = 0.5, .clip_grad_value = 0.25};
        const Outcome whole = run(network, options, {}, 1, rule);
        CHECK(same(whole, run(network, options, stop, 1, rule)));
        CHECK_FALSE(same(whole, run(network, {.epochs = 9, .schedule = schedule}, {}, 1, rule)));
      }
  };
  check(Adam({.lr = 0.02}));
  check(Adam({.lr = 0.02, .weight_decay = 0.01, .amsgrad = true}));
  check(AdamW({.lr = 0.02, .betas = {0.8, 0.9}}));
  check(RMSprop({.lr = 0.02}));
  check(RMSprop({.lr = 0.02, .momentum = 0.5, .centered = true}));
  check(RuleWithGroups(AdamW({.lr = 0.02}), {{.of = is_bias, .rule = AdamW({.lr = 0.2, .amsgrad = true})},
                                             {.of = is_first, .rule = AdamW({.lr = 0.01, .weight_decay = 0})}}));
  check(RuleWithGroups(SGD({.lr = 0.2}), {{.of = is_bias, .rule = SGD({.lr = 0.1, .momentum = 0.9})}}));
}

TEST_CASE("a training with other groups of parameters, or other bounds of its gradients, is another one") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.ckpt";
  const auto go = [&](const char* end, std::optional<double> norm, std::optional<double> value) -> std::string {
    Rng rng(7);
    auto net = sequential(rng);
    const auto claims = [end](const std::string& name) { return name.ends_with(end); };
    try {
      fit(net, CrossEntropyLoss(), RuleWithGroups(RMSprop(), {{.of = claims, .rule = RMSprop({.momentum = 0.5})}}),
          train, {.epochs = 1, .clip_grad_norm = norm, .clip_grad_value = value, .progress = Progress::silent}, rng,
          Checkpoint({.path = path}));
    } catch (const FormatError& error) {
      return error.what();
    }
    return "no error";
  };
  const std::string rules =
      ", CrossEntropyLoss(), RMSprop(alpha 0.99, eps 1e-08, weight_decay 0, momentum 0), "
      "RMSprop(alpha 0.99, eps 1e-08, weight_decay 0, momentum 0.5) of ";
  const std::string end = ", ConstantLR(), 50 samples in batches of 32, shuffled";
  CHECK(go("bias", {}, {}) == "no error");
  CHECK(go("bias", {}, {}) == "no error");
  CHECK(go("weight", {}, {}).ends_with(rules + "0.weight 2.weight" + end));
  CHECK(go("bias", 0.5, {}).ends_with(rules + "0.bias 2.bias, gradients of norm 0.5" + end));
  CHECK(go("bias", {}, 0.25).ends_with(rules + "0.bias 2.bias, gradients within 0.25" + end));
}

TEST_CASE("early stopping goes on: the best weights, and when to stop") {
  for (const Index stop : {1, 3, 6, 20, 40}) {
    CAPTURE(stop);
    const FitOptions options{.epochs = 40, .early_stopping = EarlyStopping{.patience = 5}};
    const Outcome whole = run(sequential, options);
    CHECK(whole.history.stopped_early);
    CHECK(same(whole, run(sequential, options, stop)));
  }
}

TEST_CASE("a file of some epochs ago costs these epochs and no more") {
  const FitOptions options{.epochs = 10};
  CHECK(same(run(sequential, options), run(sequential, options, 7, 3)));
}

TEST_CASE("a training that stops early leaves its checkpoint, whatever the epochs between two") {
  const testing::TemporaryFolder folder;
  const auto go = [&] {
    Index epochs = 0;
    FitOptions options{.epochs = 40, .batch_size = 8, .early_stopping = EarlyStopping{.patience = 5}};
    options.progress = Progress::silent;
    options.on_epoch = [&](const EpochRecord&) { ++epochs; };
    Rng rng(7);
    auto net = sequential(rng);
    const History history = fit(net, CrossEntropyLoss(), SGD({.lr = 0.2, .momentum = 0.9}), train, validation, options,
                                rng, Checkpoint({.path = folder / "net.ckpt", .every = 1000}));
    CHECK(history.stopped_early);
    return epochs;
  };
  CHECK(go() > 5);
  CHECK(go() == 0);  // the file has all of it
}

TEST_CASE("numbers of the caller are kept with the training") {
  const testing::TemporaryFolder folder;
  std::vector<double> kept;
  const auto go = [&](Index epochs) {
    const Checkpoint checkpoint({.path = folder / "net.ckpt", .also_keep = &kept});
    Rng rng(7);
    auto net = sequential(rng);
    fit(net, CrossEntropyLoss(), SGD(), train,
        {.epochs = epochs,
         .progress = Progress::silent,
         .on_epoch = [&](const EpochRecord& record) { kept.push_back(static_cast<double>(record.epoch)); }},
        rng, checkpoint);
  };
  go(2);
  kept = {99};
  go(4);
  CHECK(kept == std::vector<double>{1, 2, 3, 4});
}

TEST_CASE("a file of another training, of a newer version or of no training is refused by name") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.ckpt";
  const auto go = [&](Index width, bool resume = true, const Schedule& schedule = ConstantLR(),
                      const CrossEntropyLoss& loss = CrossEntropyLoss()) {
    Rng rng(7);
    Sequential net{Linear(3, width, rng), ReLU(), Linear(width, 2, rng)};
    fit(net, loss, SGD(), train, {.epochs = 1, .schedule = schedule, .progress = Progress::silent}, rng,
        Checkpoint({.path = path, .resume = resume}));
  };
  go(8);
  CHECK_THROWS_AS(go(8, true, ConstantLR(), CrossEntropyLoss({.label_smoothing = 0.5})), FormatError);
  const std::string start = path + ": of another training: Sequential(Linear(3 -> 8), ReLU(), Linear(8 -> 2)), ";
  const std::string rule = ", CrossEntropyLoss(), SGD(momentum 0, dampening 0, weight_decay 0), ";
  const std::string end = ", 50 samples in batches of 32, shuffled";
  const auto error_of = [&](Index width, const Schedule& schedule) -> std::string {
    try {
      go(width, true, schedule);
    } catch (const FormatError& error) {
      return error.what();
    }
    return "no error";
  };
  const std::string other_width = error_of(9, ConstantLR());
  CHECK(other_width.starts_with(start));
  CHECK(other_width.ends_with("; this one is Sequential(Linear(3 -> 9), ReLU(), Linear(9 -> 2))" + rule +
                              "ConstantLR()" + end));
  const std::string other_schedule = error_of(8, StepLR({.step_size = 3}));
  CHECK(other_schedule.starts_with(start));
  CHECK(other_schedule.ends_with(rule + "StepLR(step_size 3, gamma 0.1)" + end));
  CHECK_NOTHROW(go(9, false));
  CHECK_NOTHROW(go(9));

  const Matrix<float> one = Matrix<float>::Ones(1, 1);
  SafeTensorsWriter writer;
  writer.add("x", one);
  writer.write(path, {{"mlp.checkpoint", "2"}});
  CHECK_THROWS_WITH_AS(go(9), (path + ": checkpoint of version 2, this library reads up to 1").c_str(), FormatError);
  writer.write(path);
  CHECK_THROWS_WITH_AS(go(9), (path + ": not a checkpoint: has no mlp.checkpoint").c_str(), FormatError);
}

TEST_CASE("a damaged checkpoint is refused") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.ckpt";
  train_one_epoch(path);
  std::string bytes = read_file(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  write_file_atomically(path, bytes);
  CHECK_THROWS_AS(train_one_epoch(path), FormatError);
  write_file_atomically(path, std::string_view());
  CHECK_THROWS_AS(train_one_epoch(path), FormatError);
}

TEST_CASE("numbers that no training counts to are refused") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.ckpt";
  train_one_epoch(path);
  const SafeTensors file = SafeTensors::read(path);
  for (const std::int64_t steps : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
    SafeTensorsWriter writer;
    std::deque<Matrix<double>> doubles;
    std::deque<Matrix<std::int64_t>> integers;
    std::deque<Matrix<std::uint64_t>> words;
    std::deque<Matrix<float>> floats;
    const auto copy = [&]<class T>(std::deque<Matrix<T>>& kept, const SafeTensors::Tensor& tensor) {
      kept.push_back(file.matrix<T>(tensor.name));
      writer.add(tensor.name, kept.back(), tensor.shape);
    };
    for (const SafeTensors::Tensor& tensor : file.tensors()) {
      if (tensor.dtype == "F64") copy(doubles, tensor);
      if (tensor.dtype == "I64") copy(integers, tensor);
      if (tensor.dtype == "U64") copy(words, tensor);
      if (tensor.dtype == "F32") copy(floats, tensor);
      if (tensor.name == "optimizer.steps") integers.back()(0, 0) = steps;
    }
    Metadata metadata = file.metadata();
    metadata.erase("mlp.checksum");
    writer.write(path, metadata);
    CHECK_THROWS_WITH_AS(train_one_epoch(path), (path + ": optimizer.steps is no count").c_str(), FormatError);
  }
}

TEST_CASE("options out of range are named") {
  CHECK_THROWS_WITH_AS(Checkpoint({.path = ""}), "mlp::Checkpoint: expected a path, got none", ValueError);
  CHECK_THROWS_WITH_AS(Checkpoint({.path = "x", .every = 0}), "mlp::Checkpoint: every must be at least 1, got 0",
                       ValueError);
}
