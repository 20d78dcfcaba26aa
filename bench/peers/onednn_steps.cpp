// SPDX-License-Identifier: MIT
// The hand-made trainer on the inner-product primitives of oneDNN, which add the bias, apply the activation and sum the
// gradient of the bias themselves. They have no product that adds to the weights, so SGD is a pass of its own.
#include <optional>
#include <unordered_map>

#include "hand_made.hpp"
#include "onednn.hpp"

namespace {

using bench::Index;
using bench::hand_made::LayerShape;
using bench::onednn::engine;
using bench::onednn::matrix;
using bench::onednn::Tag;
using dnnl::memory;

using Forward = dnnl::inner_product_forward;
using BackwardData = dnnl::inner_product_backward_data;
using BackwardWeights = dnnl::inner_product_backward_weights;

class Layer {
 public:
  explicit Layer(const LayerShape& s) : s_(s), b_(bench::hand_made::initial_bias(s)), db_(b_.size()) {
    // The layout of the weights is oneDNN's choice where forward and both backwards agree on it: to reorder the weights
    // between them would cost more than it gains.
    make_primitives(Tag::any);
    if (!one_layout()) make_primitives(Tag::ab);

    w_ = memory(forward_pd_.weights_desc(), engine());
    dw_ = memory(forward_pd_.weights_desc(), engine());
    bench::Floats initial = bench::hand_made::initial_weight(s);
    memory plain(matrix(s.out, s.in), engine(), initial.data());
    dnnl::reorder(plain, w_).execute(bench::onednn::stream(), plain, w_);
    bench::onednn::stream().wait();

    x_ = memory(matrix(s.batch, s.in), engine(), nullptr);
    dx_ = memory(matrix(s.batch, s.in), engine(), nullptr);
    y_ = memory(matrix(s.batch, s.out), engine(), nullptr);
    bias_ = memory(bench::onednn::vector(s.out), engine(), b_.data());
    dbias_ = memory(bench::onednn::vector(s.out), engine(), db_.data());
    forward_arguments_ = {{DNNL_ARG_SRC, x_}, {DNNL_ARG_WEIGHTS, w_}, {DNNL_ARG_BIAS, bias_}, {DNNL_ARG_DST, y_}};
    data_arguments_ = {{DNNL_ARG_DIFF_DST, y_}, {DNNL_ARG_WEIGHTS, w_}, {DNNL_ARG_DIFF_SRC, dx_}};
    weights_arguments_ = {
        {DNNL_ARG_SRC, x_}, {DNNL_ARG_DIFF_DST, y_}, {DNNL_ARG_DIFF_WEIGHTS, dw_}, {DNNL_ARG_DIFF_BIAS, dbias_}};
  }

  void forward(const float* x, float* y) {
    x_.set_data_handle(const_cast<float*>(x));
    y_.set_data_handle(y);
    forward_.execute(bench::onednn::stream(), forward_arguments_);
  }

  void backward(const float* dy, const float* x, float* dx) {
    y_.set_data_handle(const_cast<float*>(dy));
    dx_.set_data_handle(dx);
    data_.execute(bench::onednn::stream(), data_arguments_);
    bench::hand_made::for_each_row(s_.batch, s_.in, true, [&](Index i) {
      bench::hand_made::scale_by_slope(dx + i * s_.in, x + i * s_.in, s_.in, s_.activation);
    });
  }

  void update(const float* dy, const float* x) {
    x_.set_data_handle(const_cast<float*>(x));
    y_.set_data_handle(const_cast<float*>(dy));
    weights_.execute(bench::onednn::stream(), weights_arguments_);
    auto* const w = static_cast<float*>(w_.get_data_handle());
    const auto* const dw = static_cast<const float*>(dw_.get_data_handle());
    const auto count = static_cast<Index>(forward_pd_.weights_desc().get_size() / sizeof(float));
    constexpr Index piece = 4096;
    bench::hand_made::for_each_row((count + piece - 1) / piece, piece, true, [&](Index p) {
      const Index last = std::min(count, (p + 1) * piece);
      for (Index i = p * piece; i < last; ++i) w[i] -= s_.lr * dw[i];
    });
    for (std::size_t j = 0; j < b_.size(); ++j) b_[j] -= s_.lr * db_[j];
  }

 private:
  void make_primitives(Tag tag) {
    const auto src = matrix(s_.batch, s_.in), dst = matrix(s_.batch, s_.out), weights = matrix(s_.out, s_.in, tag);
    const auto bias = bench::onednn::vector(s_.out);
    dnnl::primitive_attr attributes;
    if (!s_.last) {
      dnnl::post_ops activation;
      activation.append_eltwise(
          1, s_.activation == bench::Activation::relu ? dnnl::algorithm::eltwise_relu : dnnl::algorithm::eltwise_tanh,
          0, 0);
      attributes.set_post_ops(activation);
    }
    forward_pd_ = Forward::primitive_desc(Forward::desc(dnnl::prop_kind::forward_training, src, weights, bias, dst),
                                          attributes, engine());
    // hints of the backward passes, which know no post-ops
    const Forward::primitive_desc hint(Forward::desc(dnnl::prop_kind::forward_training, src, weights, bias, dst),
                                       engine());
    weights_pd_ = BackwardWeights::primitive_desc(BackwardWeights::desc(src, weights, bias, dst), engine(), hint);
    if (!s_.first) data_pd_ = BackwardData::primitive_desc(BackwardData::desc(src, weights, dst), engine(), hint);
    forward_ = Forward(forward_pd_);
    weights_ = BackwardWeights(weights_pd_);
    if (!s_.first) data_ = BackwardData(data_pd_);
  }

  bool one_layout() const {
    const memory::desc layout = forward_pd_.weights_desc();
    return layout == weights_pd_.diff_weights_desc() && (s_.first || layout == data_pd_.weights_desc());
  }

  LayerShape s_;
  bench::Floats b_, db_;
  Forward::primitive_desc forward_pd_;
  BackwardData::primitive_desc data_pd_;
  BackwardWeights::primitive_desc weights_pd_;
  Forward forward_;
  BackwardData data_;
  BackwardWeights weights_;
  memory w_, dw_, x_, dx_, y_, bias_, dbias_;
  std::unordered_map<int, memory> forward_arguments_, data_arguments_, weights_arguments_;
};

}  // namespace

int main(int argc, char** argv) {
  return bench::steps_program(argc, argv, [](const bench::Workload& w, int) {
    bench::hand_made::serve<Layer>(w, bench::onednn::version());  // threads: those of OMP_NUM_THREADS
  });
}
