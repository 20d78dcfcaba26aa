// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/core/matrix.hpp>
#include <mlp/data/data_loader.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/models/tape.hpp>

namespace mlp {

/// How the losses of batches become the loss of an epoch.
enum class LossAverage {
  samples,  ///< the mean over all samples, whatever the batches: a smaller last one counts less; weights of samples
            ///< and of classes count, and ignored labels do not
  batches,  ///< the plain mean of the means of the batches
};

namespace detail {

/// How much a batch or a data set counts: what its loss divides by, that is its samples or the sum of their weights
/// where the loss does not say otherwise.
template <class Loss, class Batch>
double weight_of(const Loss& loss, const Batch& batch) {
  if constexpr (requires { loss.total_weight(batch.y, batch.weights); })
    return loss.total_weight(batch.y, batch.weights);
  double total = 0;  // not std::accumulate, as every file that trains would compile <numeric>
  for (const double weight : batch.weights) total += weight;
  return batch.weights.empty() ? static_cast<double>(batch.size()) : total;
}

/// The mean loss of an epoch, batch by batch. A batch of weight 0 has no loss and does not count.
class MeanLoss {
 public:
  explicit MeanLoss(LossAverage average) : average_(average) {}

  void add(double loss, double batch_weight) {
    if (batch_weight == 0) return;
    const double weight = average_ == LossAverage::samples ? batch_weight : 1;
    sum_ += weight * loss;
    weight_ += weight;
  }
  bool empty() const { return weight_ == 0; }
  double value() const { return sum_ / weight_; }

 private:
  LossAverage average_;
  double sum_ = 0;
  double weight_ = 0;
};

/// The loss over `batches`; the outputs of the model go to the rows of `outputs` where it is given.
template <class Model, class Loss, class Batches>
double evaluate(Tape<Model>& tape, const Loss& loss, const Batches& batches, LossAverage average,
                MatrixView<typename Model::Scalar> outputs = {}) {
  MeanLoss mean(average);
  Index first = 0;
  for (const auto& batch : batches) {
    const auto y = tape.predict(batch.x);
    mean.add(loss(y, batch.y, {}, batch.weights), weight_of(loss, batch));
    if (outputs) outputs.rows(first, batch.size()).array() = y.array();
    first += batch.size();
  }
  return mean.value();
}

}  // namespace detail

/// The loss of a model on a data set, its weights as they are.
///
///     double mse = evaluate(net, MSELoss(), val);
///
/// @throws ValueError, ShapeError as DataLoader, the layers and the loss do
template <class Model, class Loss, class X, class Y>
double evaluate(const Model& model, const Loss& loss, const Dataset<X, Y>& data, Index batch_size = 1024,
                LossAverage average = LossAverage::samples) {
  Tape tape(model);
  DataLoader<typename Model::Scalar, X, Y> loader(data, {.batch_size = batch_size});
  return detail::evaluate(tape, loss, loader.batches(), average);
}

/// The outputs of a model for all samples of a data set, [n, out]: `model.predict` for data that is turned into numbers
/// batch by batch, such as a ByteMatrix.
///
///     Labels predicted = argmax_rows(predict(net, test));
///
/// @throws ValueError, ShapeError as DataLoader and the layers do
template <class Model, class X, class Y>
Matrix<typename Model::Scalar> predict(const Model& model, const Dataset<X, Y>& data, Index batch_size = 1024) {
  using T = typename Model::Scalar;
  DataLoader<T, X, Y> loader(data, {.batch_size = batch_size});
  Matrix<T> outputs(data.size(), model.output_shape({data.size(), data.x.cols()}).cols);
  Tape tape(model);
  Index first = 0;
  for (const auto& batch : loader.batches()) {
    outputs.middleRows(first, batch.size()) = tape.predict(batch.x).matrix();
    first += batch.size();
  }
  return outputs;
}

}  // namespace mlp
