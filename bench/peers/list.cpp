// SPDX-License-Identifier: MIT
// Prints what there is to measure, for bench/compare: `workload NAME FLOPS TITLE`, `inference` and `vision` the same,
// and `product SHAPE FORM FLOPS WORKLOAD...`, a workload once for each of its layers with that product.
#include <cstdio>

#include "../support/workloads.hpp"

namespace {

/// Multiplications and additions of a training step of the models of mlp_vision.cpp: 64 images of 28 x 28, patches of 4
/// x 4, 128 features, 4 layers. Backward has two products for each of forward, but none for the images.
double vision_flops(bool mixer) {
  constexpr double batch = 64, patches = 49, features = 128, hidden = 512, layers = 4;
  const double tokens = mixer ? patches : patches + 1;
  const double mixing =
      mixer ? 2 * batch * features * patches * 64 : batch * tokens * (4 * features * features + 2 * tokens * features);
  const double per_layer = mixing + 2 * batch * tokens * features * hidden;
  const double embedding = batch * patches * 16 * features, head = batch * features * 10;
  return 2 * (2 * embedding + 3 * (layers * per_layer + head));
}

}  // namespace

int main() {
  for (const bench::Workload& w : bench::workloads())
    std::printf("workload %s %.0f %s\n", w.name, bench::flops(w), w.title().c_str());
  const bench::Workload& a = bench::workload("A");
  std::printf("inference A %.0f %s\n", bench::flops(a, false) / static_cast<double>(a.batch), a.title().c_str());
  std::printf("vision mixer %.0f MLP-Mixer, 4 layers of 128 features, AdamW, batch 64\n", vision_flops(true));
  std::printf("vision vit %.0f Vision Transformer, 4 layers of 128 features, AdamW, batch 64\n", vision_flops(false));
  for (const bench::Product& p : bench::products())
    std::printf("product %s %s %.0f %s\n", p.shape().c_str(), bench::name_of(p.form), p.flops(), p.used_by.c_str());
}
