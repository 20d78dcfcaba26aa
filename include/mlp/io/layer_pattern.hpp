// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include <mlp/core/matrix.hpp>

namespace mlp::detail {

/// The numbers in what `describe()` says of a layer.
struct LayerNumbers {
  static constexpr std::size_t most = 6;

  Index size[most] = {};
  double real[most] = {};
};

/// The numbers of `text` where `pattern` has '#', a size of at least 1 and of 31 bits at most, so that the product of
/// two is one, or '%', any number; nothing where the rest differs. What is in square brackets may be left out; its
/// numbers are 0 then.
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
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '[') {
      if (!text.starts_with(pattern[at + 1])) at = pattern.find(']', at);
    } else if (c == ']') {
      continue;
    } else if (c == '#') {
      Index& size = numbers.size[sizes++];
      if (!take(size) || size < 1 || size > 0x7fffffff) return std::nullopt;
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

/// What a layer made of layers has in its brackets; nothing for a layer of another name.
///
///     inside("Residual(Linear(3 -> 3))", "Residual")   // "Linear(3 -> 3)"
inline std::optional<std::string_view> inside(std::string_view text, std::string_view name) {
  if (!text.starts_with(name) || !text.ends_with(")") || text.substr(name.size(), 1) != "(") return std::nullopt;
  return text.substr(name.size() + 1, text.size() - name.size() - 2);
}

/// The parts between the commas that are in no brackets.
///
///     split_layers("PerToken(49, LayerNorm(8, eps 1e-06)), ReLU()")   // {"PerToken(...)", "ReLU()"}
inline std::vector<std::string_view> split_layers(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t depth = 0, begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && depth > 0) --depth;
    if (depth > 0 || !text.substr(i).starts_with(", ")) continue;
    parts.push_back(text.substr(begin, i - begin));
    begin = i + 2;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

}  // namespace mlp::detail
