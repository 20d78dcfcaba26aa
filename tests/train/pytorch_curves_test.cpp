// SPDX-License-Identifier: MIT
// Same seed, same curve as PyTorch. tests/reference/make_curves.py trained the small models of the exercises with
// PyTorch 1.13; here the library trains them from the same seeds.
//
// How near two curves can be is a question to PyTorch itself. With every initial weight moved by one unit in the last
// place, its own float64 curves stay within 4e-15 to the last epoch, its float32 curves within 2e-6 or, where meanwhile
// the ReLU of one sample falls on the other side of 0, within 3e-3: `moved_by_one_ulp` of each stored run. So 1e-2 is
// what float32 can promise. The MPG network at lr 0.01 is chaotic and not among them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <mlp/data/data_loader.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/data/scaler.hpp>
#include <mlp/data/split.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/losses/cross_entropy.hpp>
#include <mlp/losses/mse.hpp>
#include <mlp/metrics/classification.hpp>
#include <mlp/metrics/regression.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/optim/sgd.hpp>
#include <mlp/train/fit.hpp>

#include "support/exercise_data.hpp"
#include "support/reference.hpp"

using mlp::Dataset;
using mlp::Index;
using mlp::Labels;
using mlp::Linear;
using mlp::Matrix;
using mlp::ReLU;
using mlp::Rng;
using mlp::Sequential;
using mlp::testing::ExerciseData;
using mlp::testing::generated_data;
using mlp::testing::real_data;
using nlohmann::json;

namespace {

/// Training, validation and test set; the last two may have no rows.
template <class T, class Y>
struct Sets {
  Dataset<Matrix<T>, Y> train, val, test;
};

template <class T>
Matrix<T> cast(const Matrix<double>& m) {
  return m.cast<T>();
}
template <class T>
Labels cast(const Labels& labels) {
  return labels;
}

template <class T>
Sets<T, Matrix<T>> sets_of(const mlp::testing::Numbers& cars) {
  const auto split = mlp::testing::standardized_split(cars);
  return {{cast<T>(split.train.x), cast<T>(split.train.y), {}}, {cast<T>(split.val.x), cast<T>(split.val.y), {}}, {}};
}
/// All points, as they are.
template <class T>
Sets<T, Labels> sets_of(const mlp::testing::Classes& spiral) {
  return {{cast<T>(spiral.x), spiral.y, {}}, {}, {}};
}
/// The 2024 edition: 210 / 60 / 30 points, mean and standard deviation (n).
Sets<float, Labels> sets_of_2024(const mlp::testing::Classes& spiral) {
  const auto outer = mlp::train_test_split(spiral, {.test_size = 0.2, .seed = 59});
  const auto inner = mlp::train_test_split(outer.train, {.test_size = 0.125, .seed = 59});
  const auto scaler = mlp::StandardScaler::fit(inner.train.x, {.ddof = 0});
  return {{cast<float>(scaler.transform(inner.train.x)), inner.train.y, {}},
          {cast<float>(scaler.transform(outer.test.x)), outer.test.y, {}},
          {cast<float>(scaler.transform(inner.test.x)), inner.test.y, {}}};
}

/// Calls `f(model, loss, sets)` with the model of a stored run as it is before its first step.
template <class T, class F>
void with_run(const json& run, const ExerciseData& data, Rng& rng, F&& f) {
  const auto name = run["model"].get<std::string>();
  if (name == "cars_linear_regression")
    f(Sequential{Linear<T>(9, 1, rng)}, mlp::MSELoss(), sets_of<T>(data.cars));
  else if (name == "cars_mlp")
    f(Sequential{Linear<T>(9, 64, rng), ReLU(), Linear<T>(64, 64, rng), ReLU(), Linear<T>(64, 1, rng)}, mlp::MSELoss(),
      sets_of<T>(data.cars));
  else if (name == "spiral_softmax_regression")
    f(Sequential{Linear<T>(2, 3, rng)}, mlp::CrossEntropyLoss(), sets_of<T>(data.spiral));
  else if (name == "spiral_mlp")
    f(Sequential{Linear<T>(2, 128, rng), ReLU(), Linear<T>(128, 3, rng)}, mlp::CrossEntropyLoss(),
      sets_of<T>(data.spiral));
  else
    FAIL("no model ", name);
}
template <class F>
void with_run(const json& run, const ExerciseData& data, F&& f) {
  CAPTURE(run["model"].get<std::string>());
  CAPTURE(run["dtype"].get<std::string>());
  CAPTURE(run["seed"].get<int>());
  Rng rng(run["seed"].get<std::uint64_t>());
  const auto call = [&](auto model, auto loss, const auto& sets) { f(model, loss, sets, rng); };
  if (run["dtype"] == "float32")
    with_run<float>(run, data, rng, call);
  else
    with_run<double>(run, data, rng, call);
}

std::uint32_t crc32(const void* data, std::size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  std::uint32_t crc = 0xFFFFFFFF;
  for (std::size_t i = 0; i < size; ++i) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

/// R2, or how many are right.
template <class Model, class T>
double score(const Model& model, const Dataset<Matrix<T>, Matrix<T>>& data) {
  return mlp::r2_score(data.y, model.predict(data.x));
}
template <class Model, class T>
double score(const Model& model, const Dataset<Matrix<T>, Labels>& data) {
  return std::round(mlp::accuracy_score(data.y, mlp::argmax_rows(model.predict(data.x))) *
                    static_cast<double>(data.size()));
}

/// The largest |a / b - 1| of epochs [0, count).
double apart(const std::vector<double>& a, const std::vector<double>& b, std::size_t count) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < std::min(count, a.size()); ++i) {
    const double difference = std::abs(a[i] / b[i] - 1);
    if (!(difference <= worst)) worst = difference;  // a NaN is kept
  }
  return worst;
}

/// The stored runs of a file.
json runs_of(const char* file) {
  return mlp::testing::reference(file)["runs"];
}

struct LossCurve {
  std::vector<double> train, val;
};

template <class Model, class Loss, class T, class Y>
LossCurve train(const json& run, Model& model, const Loss& loss, const Sets<T, Y>& sets, Rng& rng,
                mlp::LossAverage average = mlp::LossAverage::samples) {
  const mlp::SGD sgd({.lr = run["lr"].get<double>()});
  const mlp::FitOptions options{.epochs = run["epochs"].get<Index>(),
                                .batch_size = 32,
                                .loss_average = average,
                                .progress = mlp::Progress::silent};
  const mlp::History history = sets.val.size() > 0 ? mlp::fit(model, loss, sgd, sets.train, sets.val, options, rng)
                                                   : mlp::fit(model, loss, sgd, sets.train, options, rng);
  LossCurve curve;
  for (const mlp::EpochRecord& record : history.epochs) {
    curve.train.push_back(record.train_loss);
    if (sets.val.size() > 0) curve.val.push_back(record.val_loss);
  }
  return curve;
}

void check_curves(const char* file, const ExerciseData& data, const char* dtype) {
  const bool is_double = std::string(dtype) == "float64";
  const double first_epochs = is_double ? 1e-9 : 1e-2;
  const double to_the_last = is_double ? 1e-7 : 1e-2;
  int runs = 0;
  for (const json& run : runs_of(file)) {
    if (run["dtype"] != dtype || run["model"] == "spiral_mlp_2024") continue;
    ++runs;
    with_run(run, data, [&](auto& model, const auto& loss, const auto& sets, Rng& rng) {
      const LossCurve curve = train(run, model, loss, sets, rng);
      const auto train_loss = run["train_loss"].get<std::vector<double>>();
      CHECK(apart(curve.train, train_loss, 20) <= first_epochs);
      CHECK(apart(curve.train, train_loss, train_loss.size()) <= to_the_last);
      // Of class labels a count is stored: in float32 one point may lie on the border.
      const double score_error = loss.describe() == "MSELoss()" ? to_the_last : is_double ? 0 : 1;
      CHECK(std::abs(score(model, sets.train) - run["train_score"].get<double>()) <= score_error);
      REQUIRE(run.contains("val_score") == (sets.val.size() > 0));
      if (sets.val.size() == 0) return;
      const auto val_loss = run["val_loss"].get<std::vector<double>>();
      CHECK(apart(curve.val, val_loss, 20) <= first_epochs);
      CHECK(apart(curve.val, val_loss, val_loss.size()) <= to_the_last);
      CHECK(std::abs(score(model, sets.val) - run["val_score"].get<double>()) <= score_error);
    });
  }
  CHECK(runs == 12);  // four models from three seeds
}

}  // namespace

TEST_CASE("the initial weights are PyTorch's, to the last bit") {
  const json runs = runs_of("curves/generated.json");
  REQUIRE(runs.size() == 24);  // four models, three seeds, float and double
  for (const json& run : runs)
    with_run(run, generated_data(), [&](const auto& model, const auto&, const auto&, Rng&) {
      std::size_t parameters = 0;
      model.visit_parameters(
          [&](const mlp::ParameterName& name, auto w) {
            using T = typename decltype(w)::Scalar;
            CAPTURE(name.str());
            ++parameters;
            const auto first = run["first_weights"][name.str()].template get<std::vector<T>>();
            for (std::size_t i = 0; i < first.size(); ++i) CHECK(w.data()[i] == first[i]);
            CHECK(crc32(w.data(), static_cast<std::size_t>(w.size()) * sizeof(T)) ==
                  run["weights_crc32"][name.str()].template get<std::uint32_t>());
          },
          model);
      CHECK(parameters == run["weights_crc32"].size());
    });
}

TEST_CASE("the order of the batches is PyTorch's, with a validation set between the epochs and without") {
  const json runs = runs_of("curves/generated.json");
  REQUIRE(runs.size() == 24);  // four models, three seeds, float and double
  for (const json& run : runs)
    with_run(run, generated_data(), [&](const auto&, const auto&, const auto& sets, Rng& rng) {
      mlp::DataLoader train(sets.train, {.batch_size = 32, .shuffle = true});
      const auto first_batch = run["first_batch"].template get<std::vector<Index>>();
      bool first = true;
      for (const json& crc : run["order_crc32"]) {
        train.epoch(rng);
        if (first) CHECK(std::equal(first_batch.begin(), first_batch.end(), train.order().begin()));
        first = false;
        const std::vector<std::int32_t> order(train.order().begin(), train.order().end());
        CHECK(crc32(order.data(), order.size() * sizeof(order[0])) == crc.template get<std::uint32_t>());
        if (sets.val.size() == 0) continue;
        mlp::DataLoader val(sets.val, {.batch_size = 32});
        val.epoch(rng);
      }
    });
}

TEST_CASE("in double every epoch's loss is PyTorch's") {
  check_curves("curves/generated.json", generated_data(), "float64");
}

TEST_CASE("in float every epoch's loss is PyTorch's, as near as PyTorch is to itself") {
  check_curves("curves/generated.json", generated_data(), "float32");
}

TEST_CASE("in double every epoch's loss on the real files is PyTorch's" * doctest::test_suite("real data")) {
  if (mlp::testing::real_data_is_missing()) return;
  check_curves("curves/real.json", real_data(), "float64");
}

TEST_CASE("in float every epoch's loss on the real files is PyTorch's, as near as PyTorch is to itself" *
          doctest::test_suite("real data")) {
  if (mlp::testing::real_data_is_missing()) return;
  check_curves("curves/real.json", real_data(), "float32");
}

TEST_CASE("the spiral of the 2024 edition comes out digit for digit" * doctest::test_suite("real data")) {
  if (mlp::testing::real_data_is_missing()) return;
  const json runs = runs_of("curves/real.json");
  const json& run = runs.back();
  REQUIRE(run["model"] == "spiral_mlp_2024");
  const auto sets = sets_of_2024(real_data().spiral);
  REQUIRE(sets.train.size() == 210);
  REQUIRE(sets.val.size() == 60);
  REQUIRE(sets.test.size() == 30);
  Rng rng(59);
  Sequential model{Linear(2, 128, rng), ReLU(), Linear(128, 3, rng)};
  const LossCurve curve = train(run, model, mlp::CrossEntropyLoss(), sets, rng, mlp::LossAverage::batches);

  const auto printed = [](double loss) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", loss);
    return std::string(text);
  };
  const auto train_loss = run["train_loss"].get<std::vector<double>>();
  const auto val_loss = run["val_loss"].get<std::vector<double>>();
  REQUIRE(curve.train.size() == 100);
  for (std::size_t epoch = 0; epoch < 100; ++epoch) {
    CHECK(printed(curve.train[epoch]) == printed(train_loss[epoch]));
    CHECK(printed(curve.val[epoch]) == printed(val_loss[epoch]));
  }
  // As printed in the published notebook.
  CHECK(printed(curve.train.back()) == "0.162");
  CHECK(printed(curve.val.back()) == "0.190");
  CHECK(score(model, sets.test) == 28);
}
