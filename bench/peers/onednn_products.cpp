// SPDX-License-Identifier: MIT
// The products of oneDNN over plain row-major memory: its matmul and its inner product, the faster of the two.
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../support/protocol.hpp"
#include "onednn.hpp"

namespace {

using bench::Form;
using bench::onednn::engine;
using bench::onednn::matrix;
using bench::onednn::Tag;
using Arguments = std::unordered_map<int, dnnl::memory>;

struct Way {
  const char* name;
  dnnl::primitive primitive;
  Arguments arguments;

  void run() {
    primitive.execute(bench::onednn::stream(), arguments);
    bench::onednn::stream().wait();
  }
};

Way matmul(bench::ProductData& data) {
  const auto& [batch, in, out, form, users] = data.product;
  float *const x = data.x.data(), *const w = data.w.data(), *const y = data.y.data();
  const auto make = [](dnnl::memory::desc a, float* pa, dnnl::memory::desc b, float* pb, dnnl::memory::desc c,
                       float* pc) {
    const dnnl::matmul::primitive_desc pd(dnnl::matmul::desc(a, b, c), engine());
    return Way{"matmul",
               dnnl::matmul(pd),
               {{DNNL_ARG_SRC, dnnl::memory(a, engine(), pa)},
                {DNNL_ARG_WEIGHTS, dnnl::memory(b, engine(), pb)},
                {DNNL_ARG_DST, dnnl::memory(c, engine(), pc)}}};
  };
  if (form == Form::forward) return make(matrix(batch, in), x, matrix(in, out, Tag::ba), w, matrix(batch, out), y);
  if (form == Form::dw) return make(matrix(out, batch, Tag::ba), y, matrix(batch, in), x, matrix(out, in), w);
  return make(matrix(batch, out), y, matrix(out, in), w, matrix(batch, in), x);
}

Way inner_product(bench::ProductData& data) {
  const auto& [batch, in, out, form, users] = data.product;
  const auto src = matrix(batch, in), weights = matrix(out, in), dst = matrix(batch, out);
  const dnnl::memory x(src, engine(), data.x.data()), w(weights, engine(), data.w.data()),
      y(dst, engine(), data.y.data());
  using Forward = dnnl::inner_product_forward;
  using BackwardData = dnnl::inner_product_backward_data;
  using BackwardWeights = dnnl::inner_product_backward_weights;
  const Forward::primitive_desc forward(Forward::desc(dnnl::prop_kind::forward_training, src, weights, dst), engine());
  if (form == Form::forward)
    return {"inner product", Forward(forward), {{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DST, y}}};
  if (form == Form::dw) {
    const BackwardWeights::primitive_desc pd(BackwardWeights::desc(src, weights, dst), engine(), forward);
    return {
        "inner product", BackwardWeights(pd), {{DNNL_ARG_SRC, x}, {DNNL_ARG_DIFF_DST, y}, {DNNL_ARG_DIFF_WEIGHTS, w}}};
  }
  const BackwardData::primitive_desc pd(BackwardData::desc(src, weights, dst), engine(), forward);
  return {"inner product", BackwardData(pd), {{DNNL_ARG_DIFF_DST, y}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DIFF_SRC, x}}};
}

}  // namespace

int main(int argc, char** argv) {
  return bench::products_program(argc, argv, [](bench::ProductData& data, int) {
    Way ways[] = {matmul(data), inner_product(data)};
    double times[2];
    for (int i = 0; i < 2; ++i) {
      ways[i].run();
      data.check();
      times[i] = bench::time_of([&] { ways[i].run(); }, 0.05).second;
    }
    Way& best = ways[times[1] < times[0] ? 1 : 0];
    bench::serve_product(data, bench::onednn::version() + " " + best.name, [&] { best.run(); });
  });
}
