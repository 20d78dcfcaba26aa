// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace mlp::testing {

/// Tells the parameters "0.bias", "block.norm.bias": a group that often gets no weight decay.
inline bool is_bias(const std::string& name) {
  return name.ends_with("bias");
}

}  // namespace mlp::testing
