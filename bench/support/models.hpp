// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <tuple>
#include <utility>

#include <mlp/mlp.hpp>

#include "product_data.hpp"
#include "workloads.hpp"

// The workloads as models of the library.

namespace bench {

/// Gives a model the weights that all contestants start from.
template <class Model>
void set_initial_weights(Model& net) {
  std::size_t parameter = 0;
  float bound = 0;
  Model::visit_parameters(
      [&](const mlp::ParameterName&, mlp::MatrixView<float> p) {
        const std::size_t layer = parameter / 2;
        const bool weight = parameter++ % 2 == 0;
        if (weight) bound = initial_bound(p.cols());
        fill_random(p.data(), p.size(), weight ? stream_weight(layer) : stream_bias(layer), bound);
      },
      net);
}

inline mlp::Network<float> make_network(const Workload& w) {
  mlp::Network<float> net;
  for (std::size_t i = 0; i < w.layers(); ++i) {
    if (i > 0) w.activation == Activation::tanh ? net.add(mlp::Tanh()) : net.add(mlp::ReLU());
    net.add(mlp::Linear<float>(w.widths[i], w.widths[i + 1]));
  }
  set_initial_weights(net);
  return net;
}

namespace detail {

template <class Activation, std::size_t At, std::size_t Layers>
auto layers_at(const Workload& w) {
  mlp::Linear<float> linear(w.widths[At], w.widths[At + 1]);
  if constexpr (At + 1 < Layers)
    return std::tuple(std::move(linear), Activation());
  else
    return std::tuple(std::move(linear));
}

template <class Activation, std::size_t Layers>
auto make_sequential(const Workload& w) {
  return [&]<std::size_t... At>(std::index_sequence<At...>) {
    return std::apply([](auto&&... layers) { return mlp::Sequential{std::move(layers)...}; },
                      std::tuple_cat(layers_at<Activation, At, Layers>(w)...));
  }
  (std::make_index_sequence<Layers>{});
}

}  // namespace detail

/// Calls `f(net)` with the workload as a Sequential.
template <class F>
void with_sequential(const Workload& w, F&& f) {
  const auto call = [&](auto net) {
    set_initial_weights(net);
    f(net);
  };
  if (w.activation == Activation::tanh && w.layers() == 6) return call(detail::make_sequential<mlp::Tanh, 6>(w));
  if (w.activation == Activation::relu && w.layers() == 2) return call(detail::make_sequential<mlp::ReLU, 2>(w));
  if (w.activation == Activation::relu && w.layers() == 3) return call(detail::make_sequential<mlp::ReLU, 3>(w));
  if (w.activation == Activation::relu && w.layers() == 4) return call(detail::make_sequential<mlp::ReLU, 4>(w));
  throw std::invalid_argument(std::string("no Sequential is compiled for workload ") + w.name);
}

/// A model in training on one mini-batch.
template <class Model>
class Training {
 public:
  Training(const Workload& w, Model& net)
      : loss_(w.loss),
        net_(net),
        data_(make_data(w)),
        x_(data_.x.data(), w.batch, w.widths.front()),
        tape_(net),
        sgd_(net, mlp::SGD({.lr = static_cast<double>(w.lr)})) {
    if (loss_ == Loss::mse) y_ = {data_.y.data(), w.batch, w.widths.back()};
  }
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  double step() {
    const auto out = tape_.forward(x_);
    const double loss = loss_ == Loss::mse ? mlp::MSELoss()(out, y_, tape_.output_gradient())
                                           : mlp::CrossEntropyLoss()(out, data_.labels, tape_.output_gradient());
    sgd_.step(net_, tape_);
    return loss;
  }

 private:
  Loss loss_;
  Model& net_;
  Data data_;
  mlp::ConstMatrixView<float> x_;
  mlp::ConstMatrixView<float> y_;
  mlp::Tape<Model> tape_;
  mlp::Optimizer<mlp::SGD, Model> sgd_;
};

/// The product by the library.
inline void multiply(ProductData& data) {
  const auto& [batch, in, out, form, users] = data.product;
  const mlp::MatrixView<float> x(data.x.data(), batch, in), w(data.w.data(), out, in), y(data.y.data(), batch, out);
  if (form == Form::forward) mlp::gemm_nt(x, w, y);
  if (form == Form::dw) mlp::gemm_tn(y, x, w);
  if (form == Form::dx) mlp::gemm_nn(y, w, x);
}

inline std::string mlp_version() {
  return "mlp " + std::to_string(MLP_VERSION_MAJOR) + "." + std::to_string(MLP_VERSION_MINOR) + "." +
         std::to_string(MLP_VERSION_PATCH);
}

}  // namespace bench
