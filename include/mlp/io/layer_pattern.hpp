// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>
#include <system_error>

#include <mlp/core/matrix.hpp>

namespace mlp::detail {

/// The numbers in what `describe()` says of a layer.
struct LayerNumbers {
  static constexpr std::size_t most = 2;

  Index size[most] = {};
  double real[most] = {};
};

/// The numbers of `text` where `pattern` has '#', a size of at least 1, or '%', any number; nothing where the rest
/// differs.
///
///     scan_layer("Linear(9 -> 64)", "Linear(# -> #)")->size[1]   // 64
inline std::optional<LayerNumbers> scan_layer(std::string_view text, std::string_view pattern) {
  LayerNumbers numbers;
  std::size_t sizes = 0, reals = 0;
  const auto take = [&text](auto& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return error == std::errc();
  };
  for (const char c : pattern) {
    if (c == '#') {
      Index& size = numbers.size[sizes++];
      if (!take(size) || size < 1) return std::nullopt;
    } else if (c == '%') {
      if (!take(numbers.real[reals++])) return std::nullopt;
    } else {
      if (text.empty() || text.front() != c) return std::nullopt;
      text.remove_prefix(1);
    }
  }
  if (!text.empty()) return std::nullopt;
  return numbers;
}

}  // namespace mlp::detail
