// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <vector>

#include <mlp/core/function_ref.hpp>
#include <mlp/core/matrix.hpp>

namespace mlp::detail {

/// 0 .. n-1, equal ones together: the groups in the order of `less`, the numbers of each ascending.
///
///     groups_of_equal(3, [&](Index i, Index j) { return names[i] < names[j]; })   // of "b", "a", "b": {{1}, {0, 2}}
inline std::vector<std::vector<Index>> groups_of_equal(Index n, FunctionRef<bool(Index, Index)> less) {
  std::vector<Index> order;
  for (Index i = 0; i < n; ++i) order.push_back(i);
  // Stable; std::stable_sort costs every file more to compile.
  std::sort(order.begin(), order.end(), [&](Index i, Index j) { return i < j ? !less(j, i) : less(i, j); });
  std::vector<std::vector<Index>> groups;
  for (const Index i : order) {
    if (groups.empty() || less(groups.back().front(), i)) groups.emplace_back();
    groups.back().push_back(i);
  }
  return groups;
}

}  // namespace mlp::detail
