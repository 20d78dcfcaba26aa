// SPDX-License-Identifier: MIT
// Prints what there is to measure, for bench/compare: `workload NAME FLOPS TITLE` and `product SHAPE FORM FLOPS
// WORKLOAD...`.
#include <cstdio>

#include "../support/workloads.hpp"

int main() {
  for (const bench::Workload& w : bench::workloads())
    std::printf("workload %s %.0f %s\n", w.name, bench::flops(w), w.title().c_str());
  const bench::Workload& a = bench::workload("A");
  std::printf("inference A %.0f %s\n", bench::flops(a, false) / static_cast<double>(a.batch), a.title().c_str());
  for (const bench::Product& p : bench::products())
    std::printf("product %s %s %.0f %s\n", p.shape().c_str(), bench::name_of(p.form), p.flops(), p.used_by.c_str());
}
