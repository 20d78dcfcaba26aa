// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

namespace mlp::testing {

inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace mlp::testing
