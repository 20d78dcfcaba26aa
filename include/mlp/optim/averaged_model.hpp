// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/parameter.hpp>
#include <mlp/core/view.hpp>
#include <mlp/math/elementwise.hpp>

namespace mlp {

struct AveragedModelOptions {
  double decay = 0.999;
};

/// An exponential moving average of a model's weights, often better on data that it has not seen than the last weights:
///
///     a <- w at the first update, then decay a + (1 - decay) w
///
/// as torch.optim.swa_utils.AveragedModel with that avg_fn and use_buffers: statistics of layers are averaged, too. The
/// average is a model: predict with it, save it.
///
///     AveragedModel ema(net, {.decay = 0.99});
///     ema.update(net);                        // after each step
///     Matrix<float> y = ema.model().predict(x);
template <class Model>
class AveragedModel {
 public:
  using Scalar = typename Model::Scalar;

  /// @throws ValueError `mlp::AveragedModel: decay must be in [0, 1), got 1`
  explicit AveragedModel(const Model& model, AveragedModelOptions options = {}) : options_(options), average_(model) {
    detail::check_below_one("AveragedModel", "decay", options.decay);
  }

  const AveragedModelOptions& options() const { return options_; }

  /// The average; the model of the constructor before the first update.
  const Model& model() const { return average_; }

  /// @throws ShapeError `mlp::AveragedModel: expected parameter 0.weight [64, 9], got [32, 9]`, before the average
  /// moves
  void update(const Model& model) {
    Model::visit_parameters(
        [](const ParameterName& name, ConstMatrixView<Scalar> a, ConstMatrixView<Scalar> w) {
          if (w.shape() != a.shape())
            throw ShapeError::expected("AveragedModel", "parameter " + name.str(), a.shape(), w.shape());
        },
        average_, model);
    const double decay = updates_++ == 0 ? 0 : options_.decay;
    const Update<Scalar> how{static_cast<Scalar>(1 - decay), static_cast<Scalar>(decay), 0};
    Model::visit_parameters(
        [&](const ParameterName&, MatrixView<Scalar> a, ConstMatrixView<Scalar> w) { mlp::update(a, how, w); },
        average_, model);
  }

  /// f(name, value) of all that changes from update to update.
  template <class F>
  void visit_state(F&& f) {
    f("updates", updates_);
    f("average", average_);
  }

 private:
  AveragedModelOptions options_;
  Model average_;
  Index updates_ = 0;
};

}  // namespace mlp
