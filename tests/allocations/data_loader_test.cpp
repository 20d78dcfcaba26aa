// SPDX-License-Identifier: MIT
#include <mlp/data/data_loader.hpp>

#include <doctest/doctest.h>

#include <cstdint>

#include <mlp/math/rng.hpp>
#include <mlp/math/threads.hpp>

#include "support/allocation_count.hpp"

using namespace mlp;

namespace {

/// Epochs of all batches, from the first one on.
template <class Loader>
testing::Allocations allocations_of_epochs(Loader& loader) {
  Rng rng(1);
  double sum = 0;
  const testing::Allocations taken = testing::allocations_of([&] {
    for (int epoch = 0; epoch < 3; ++epoch)
      for (const auto& batch : loader.epoch(rng)) sum += static_cast<double>(batch.x(0, 0));
  });
  CHECK(sum != 0);
  return taken;
}

}  // namespace

TEST_CASE("an epoch of a DataLoader allocates nothing, viewed or gathered" * doctest::skip(!testing::counts_new)) {
  const Dataset<Matrix<float>, Labels> points{Matrix<float>::Ones(70, 3), Labels(70), std::vector<double>(70, 1.0)};
  const Dataset<Matrix<float>, Matrix<float>> targets{Matrix<float>::Ones(70, 3), Matrix<float>::Ones(70, 2)};
  const ByteMatrix ones{Matrix<std::uint8_t>::Ones(70, 40)};
  const Dataset pixels{ones, Labels(70)};
  for (const bool shuffle : {false, true}) {
    CAPTURE(shuffle);
    const DataLoaderOptions options{.batch_size = 32, .shuffle = shuffle};
    DataLoader classes(points, options);
    DataLoader numbers(targets, options);
    DataLoader bytes(pixels, options);
    for (const testing::Allocations taken :
         {allocations_of_epochs(classes), allocations_of_epochs(numbers), allocations_of_epochs(bytes)}) {
      CHECK(taken.by_new == 0);
      CHECK(taken.by_malloc == 0);
    }
  }
}

TEST_CASE("nor does one whose batches are gathered by several threads" * doctest::skip(!testing::counts_new)) {
  const Dataset<Matrix<float>, Labels> points{Matrix<float>::Ones(640, 784), Labels(640)};
  const ByteMatrix ones{Matrix<std::uint8_t>::Ones(640, 784)};
  const Dataset pixels{ones, Labels(640)};
  const DataLoaderOptions options{.batch_size = 64, .shuffle = true};
  DataLoader numbers(points, options);
  DataLoader bytes(pixels, options);
  for (const int threads : {1, 2}) {
    CAPTURE(threads);
    set_num_threads(threads);
    allocations_of_epochs(numbers);  // a runtime takes memory for its threads, once
    for (const testing::Allocations taken : {allocations_of_epochs(numbers), allocations_of_epochs(bytes)}) {
      CHECK(taken.by_new == 0);
      CHECK(taken.by_malloc == 0);
    }
  }
  set_num_threads(0);
}
