// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <mlp/core/buffer.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/view.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/math/rng.hpp>

namespace mlp {

/// Some samples on their way to a model. `y` is a `ConstMatrixView<T>` [n, targets], or a span of n class numbers.
template <class T, class Y>
struct Batch {
  using Target = std::conditional_t<std::same_as<Y, Labels>, std::span<const int>, ConstMatrixView<T>>;

  ConstMatrixView<T> x;
  Target y{};
  SampleWeights weights;

  Index size() const { return x.rows(); }
};

/// How a `DataLoader` cuts batches; names and defaults are PyTorch's.
struct DataLoaderOptions {
  Index batch_size = 1;
  bool shuffle = false;
  bool drop_last = false;  ///< leave out the last batch where it is smaller than the others
};

/// Walks over a data set in mini-batches, in the order of torch.utils.data.DataLoader.
///
/// Each epoch draws from `rng` what PyTorch draws from its default generator: 64 bits for the workers (unused), and
/// with `shuffle` 64 more, whose low 32 seed the stream that `randperm` orders the epoch with. So a validation loader
/// moves the stream too. Without `shuffle` a batch is a view of the rows of a `Matrix<T>`; else rows are gathered into
/// memory taken once. Source: PyTorch 1.13, `RandomSampler` and `_BaseDataLoaderIter`.
///
///     DataLoader loader(train, {.batch_size = 32, .shuffle = true});
///     for (const auto& batch : loader.epoch(rng)) tape.forward(batch.x);
///
/// The data set must outlive the loader, and a batch lives until the next one.
/// @throws ValueError `mlp::DataLoader: batch_size must be at least 1, got 0`, `mlp::DataLoader: the data set is empty`
/// @throws ShapeError `mlp::DataLoader: expected 10 targets, one a sample, got 9`
template <class T, class X, class Y>
class DataLoader {
  static_assert(
      requires(const X& x, std::span<const Index> rows, MatrixView<T> to) { gather(x, rows, to); },
      "mlp::DataLoader: x of the data set is neither a ByteMatrix nor a Matrix<T>, T the model's Scalar");
  static_assert(std::same_as<Y, Labels> || std::same_as<Y, Matrix<T>>,
                "mlp::DataLoader: y of the data set is neither Labels nor a Matrix<T>, T the model's Scalar");

  class Epoch;

 public:
  using Batch = mlp::Batch<T, Y>;

  explicit DataLoader(const Dataset<X, Y>& data, const DataLoaderOptions& options = {})
      : data_(&data), options_(options) {
    check();
    const std::size_t n = static_cast<std::size_t>(data.size());
    order_.resize(n);
    for (std::size_t i = 0; i < n; ++i) order_[i] = static_cast<Index>(i);
    const Index largest = std::min(options.batch_size, data.size());
    if (gathers_x()) x_.resize(largest, data.x.cols());
    if (!options.shuffle) return;
    if constexpr (std::same_as<Y, Labels>)
      labels_.resize(static_cast<std::size_t>(largest));
    else
      y_.resize(largest, data.y.cols());
    if (!data.weights.empty()) weights_.resize(static_cast<std::size_t>(largest));
  }
  explicit DataLoader(const Dataset<X, Y>&& data, const DataLoaderOptions& options = {}) = delete;  // would die first

  /// Batches in an epoch; none with `drop_last` where all samples make no full batch.
  Index size() const {
    const Index full = samples() / options_.batch_size;
    return options_.drop_last || samples() % options_.batch_size == 0 ? full : full + 1;
  }
  /// Samples in the data set.
  Index samples() const { return data_->size(); }

  /// The batches of the next epoch. One epoch at a time; the loader has a name, as it must outlive them.
  Epoch epoch(Rng& rng) & {
    rng.random64();
    if (options_.shuffle) Rng(rng.random64()).randperm(std::span(order_));
    return batches();
  }

  /// The batches in the order of the last epoch, that of the data set before the first; draws nothing.
  Epoch batches() & { return Epoch(*this); }

  /// The rows of the data set in the order of the current epoch.
  std::span<const Index> order() const { return order_; }

 private:
  class Iterator {
   public:
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    Iterator() = default;
    explicit Iterator(DataLoader& loader) : loader_(&loader) { load(); }

    const Batch& operator*() const { return batch_; }
    const Batch* operator->() const { return &batch_; }
    Iterator& operator++() {
      ++index_;
      load();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& a, std::default_sentinel_t) { return a.index_ >= a.loader_->size(); }

   private:
    void load() {
      if (index_ < loader_->size()) batch_ = loader_->batch(index_);
    }

    DataLoader* loader_ = nullptr;
    Index index_ = 0;
    Batch batch_;
  };

  class Epoch {
   public:
    explicit Epoch(DataLoader& loader) : loader_(&loader) {}
    Iterator begin() const { return Iterator(*loader_); }
    std::default_sentinel_t end() const { return {}; }

   private:
    DataLoader* loader_;
  };

  static constexpr bool x_can_be_viewed = std::same_as<X, Matrix<T>>;

  bool gathers_x() const { return options_.shuffle || !x_can_be_viewed; }

  void check() const {
    if (options_.batch_size < 1)
      throw ValueError("mlp::DataLoader: batch_size must be at least 1, got " + std::to_string(options_.batch_size));
    if (samples() == 0) throw ValueError("mlp::DataLoader: the data set is empty");
    detail::require_one_each("DataLoader", *data_);
  }

  /// Batch `index` of the epoch: views where the order is that of the file, else gathered rows.
  Batch batch(Index index) {
    const Index first = index * options_.batch_size;
    const Index count = std::min(options_.batch_size, samples() - first);
    const auto begin = static_cast<std::size_t>(first);
    const auto size = static_cast<std::size_t>(count);
    const auto rows = std::span<const Index>(order_).subspan(begin, size);
    Batch batch;
    if (gathers_x()) {
      gather(data_->x, rows, x_.resize(count, data_->x.cols()));
      batch.x = x_.view();
    } else if constexpr (x_can_be_viewed) {
      batch.x = view(data_->x).rows(first, count);
    }
    if (options_.shuffle) {
      gather_targets(rows, batch);
    } else {
      if constexpr (std::same_as<Y, Labels>)
        batch.y = std::span<const int>(data_->y).subspan(begin, size);
      else
        batch.y = view(data_->y).rows(first, count);
      if (!data_->weights.empty()) batch.weights = SampleWeights(data_->weights).subspan(begin, size);
    }
    return batch;
  }

  void gather_targets(std::span<const Index> rows, Batch& batch) {
    if constexpr (std::same_as<Y, Labels>) {
      const auto labels = std::span(labels_).first(rows.size());
      gather(data_->y, rows, labels);
      batch.y = labels;
    } else {
      gather(data_->y, rows, y_.resize(static_cast<Index>(rows.size()), data_->y.cols()));
      batch.y = y_.view();
    }
    if (data_->weights.empty()) return;
    for (std::size_t i = 0; i < rows.size(); ++i) weights_[i] = data_->weights[static_cast<std::size_t>(rows[i])];
    batch.weights = SampleWeights(weights_).first(rows.size());
  }

  const Dataset<X, Y>* data_;
  DataLoaderOptions options_;
  std::vector<Index> order_;
  Buffer<T> x_;
  Buffer<T> y_;
  Labels labels_;
  std::vector<double> weights_;
};

namespace detail {
template <class X>
struct BatchScalar {
  using type = ScalarOf<X>;
};
template <>
struct BatchScalar<ByteMatrix> {
  using type = float;
};
}  // namespace detail

template <class X, class Y>
DataLoader(const Dataset<X, Y>&, const DataLoaderOptions& = {})
    -> DataLoader<typename detail::BatchScalar<X>::type, X, Y>;

}  // namespace mlp
