// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <oneapi/dnnl/dnnl.hpp>

#include "../support/workloads.hpp"

// What the contestants on oneDNN share.

namespace bench::onednn {

using Tag = dnnl::memory::format_tag;

inline dnnl::engine& engine() {
  static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}
inline dnnl::stream& stream() {
  static dnnl::stream in_order(engine());
  return in_order;
}
inline dnnl::memory::desc matrix(Index rows, Index cols, Tag tag = Tag::ab) {
  return {{rows, cols}, dnnl::memory::data_type::f32, tag};
}
inline dnnl::memory::desc vector(Index size) {
  return {{size}, dnnl::memory::data_type::f32, Tag::a};
}

inline std::string version() {
  const dnnl_version_t* v = dnnl_version();
  return "oneDNN " + std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

}  // namespace bench::onednn
