// SPDX-License-Identifier: MIT
#include <mlp/data/data_loader.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <numeric>
#include <vector>

#include <mlp/math/rng.hpp>

#include "support/reference.hpp"

using mlp::DataLoader;
using mlp::Dataset;
using mlp::Index;
using mlp::Labels;
using mlp::Matrix;

namespace {

/// Row i is [i, 10 i], its label i.
Dataset<Matrix<float>, Labels> labelled_rows(Index n) {
  Matrix<float> x(n, 2);
  Labels y;
  for (Index i = 0; i < n; ++i) {
    x.row(i) << static_cast<float>(i), static_cast<float>(10 * i);
    y.push_back(static_cast<int>(i));
  }
  return {x, y};
}

}  // namespace

TEST_CASE("batches come in PyTorch's order, epoch after epoch, a validation loader between them") {
  for (const auto& stored : mlp::testing::reference("data_loader.json")) {
    CAPTURE(stored["n"]);
    const auto data = labelled_rows(stored["n"]);
    const auto validation = labelled_rows(4);
    DataLoader train(
        data, {.batch_size = stored["batch_size"], .shuffle = true, .drop_last = stored["drop_last"].get<bool>()});
    DataLoader val(validation, {.batch_size = stored["batch_size"]});
    CHECK(train.size() == stored["batches"].get<Index>());
    mlp::Rng rng(stored["seed"].get<std::uint64_t>());
    for (const auto& epoch : stored["epochs"]) {
      std::vector<std::vector<int>> batches;
      for (const auto& batch : train.epoch(rng)) {
        batches.emplace_back(batch.y.begin(), batch.y.end());
        for (Index i = 0; i < batch.size(); ++i) {
          CHECK(batch.x(i, 0) == static_cast<float>(batch.y[static_cast<std::size_t>(i)]));
          CHECK(batch.x(i, 1) == 10 * batch.x(i, 0));
        }
      }
      CHECK(batches == epoch.get<std::vector<std::vector<int>>>());
      for (const auto& batch : val.epoch(rng)) CHECK(batch.size() > 0);
    }
    CHECK(rng.randint(0, 1000000) == stored["next"].get<std::int64_t>());  // the stream stands where PyTorch's does
  }
}

TEST_CASE("without shuffling a batch is a view of the data set") {
  const auto data = labelled_rows(5);
  DataLoader loader(data, {.batch_size = 2});
  std::vector<const float*> rows;
  std::vector<const int*> labels;
  std::vector<Index> sizes;
  for (const auto& batch : loader.batches()) {
    rows.push_back(batch.x.data());
    labels.push_back(batch.y.data());
    sizes.push_back(batch.size());
  }
  CHECK(rows == std::vector<const float*>{&data.x(0, 0), &data.x(2, 0), &data.x(4, 0)});
  CHECK(labels == std::vector<const int*>{&data.y[0], &data.y[2], &data.y[4]});
  CHECK(sizes == std::vector<Index>{2, 2, 1});
  CHECK(loader.size() == 3);
}

TEST_CASE("targets and sample weights follow their rows") {
  const Dataset<Matrix<double>, Matrix<double>> data{
      Matrix<double>::Random(7, 3), Matrix<double>::Random(7, 2), {0, 1, 2, 3, 4, 5, 6}};
  DataLoader loader(data, {.batch_size = 3, .shuffle = true});
  mlp::Rng rng(1);
  std::vector<Index> seen;
  for (const auto& batch : loader.epoch(rng)) {
    REQUIRE(batch.weights.size() == static_cast<std::size_t>(batch.size()));
    for (Index i = 0; i < batch.size(); ++i) {
      const auto row = static_cast<Index>(batch.weights[static_cast<std::size_t>(i)]);
      CHECK(batch.x.matrix().row(i) == data.x.row(row));
      CHECK(batch.y.matrix().row(i) == data.y.row(row));
      seen.push_back(row);
    }
  }
  CHECK(std::equal(seen.begin(), seen.end(), loader.order().begin(), loader.order().end()));
  std::sort(seen.begin(), seen.end());
  CHECK(seen == std::vector<Index>{0, 1, 2, 3, 4, 5, 6});

  DataLoader in_order(data, {.batch_size = 4});
  const auto batch = *in_order.batches().begin();
  CHECK(batch.weights.data() == data.weights.data());
}

TEST_CASE("bytes become scaled numbers batch by batch") {
  mlp::ByteMatrix pixels{Matrix<std::uint8_t>(3, 2), 1 / 127.5, -1};
  pixels.bytes << 0, 255, 51, 102, 153, 204;
  const Dataset data{pixels, Labels{0, 1, 2}};
  DataLoader loader(data, {.batch_size = 3});
  const auto batch = *loader.batches().begin();
  Matrix<float> expected(3, 2);
  expected << -1, 1, -0.6f, -0.2f, 0.2f, 0.6f;
  CHECK((batch.x.matrix() - expected).cwiseAbs().maxCoeff() < 1e-6f);
}

TEST_CASE("a large batch gathered on several threads holds the same rows") {
  const Index n = 300;
  mlp::ByteMatrix pixels{Matrix<std::uint8_t>(n, 1000)};
  for (Index i = 0; i < n; ++i) pixels.bytes.row(i).setConstant(static_cast<std::uint8_t>(i % 251));
  Labels labels(static_cast<std::size_t>(n));
  std::iota(labels.begin(), labels.end(), 0);
  const Dataset data{pixels, labels};
  DataLoader loader(data, {.batch_size = n, .shuffle = true});
  mlp::Rng rng(3);
  for (const auto& batch : loader.epoch(rng))
    for (Index i = 0; i < n; ++i)
      CHECK((batch.x.array().row(i) == static_cast<float>(batch.y[static_cast<std::size_t>(i)] % 251)).all());
}

TEST_CASE("a loader that cannot work says why") {
  const auto data = labelled_rows(3);
  CHECK_THROWS_WITH_AS(DataLoader(data, {.batch_size = 0}), "mlp::DataLoader: batch_size must be at least 1, got 0",
                       mlp::ValueError);
  const auto empty = labelled_rows(0);
  CHECK_THROWS_WITH_AS(DataLoader{empty}, "mlp::DataLoader: the data set is empty", mlp::ValueError);
  auto short_targets = labelled_rows(3);
  short_targets.y.pop_back();
  CHECK_THROWS_WITH_AS(DataLoader{short_targets}, "mlp::DataLoader: expected 3 targets, one a sample, got 2",
                       mlp::ShapeError);
  auto short_weights = labelled_rows(3);
  short_weights.weights = {1, 2};
  CHECK_THROWS_WITH_AS(DataLoader{short_weights}, "mlp::DataLoader: expected 3 weights, one a sample or none, got 2",
                       mlp::ShapeError);
}
