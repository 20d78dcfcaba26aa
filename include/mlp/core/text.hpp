// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Text of a file within an error: whatever the file holds, one line that ends.
namespace mlp::detail {

/// At most 80 bytes, control characters as blanks.
inline std::string one_line(std::string_view text) {
  constexpr std::size_t most = 80;
  std::size_t size = std::min(text.size(), most);
  while (size < text.size() && size > 0 && (text[size] & 0xC0) == 0x80) --size;  // no half of a UTF-8 character
  std::string line = std::string(text.substr(0, size)) + (size < text.size() ? "..." : "");
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return line;
}

inline std::string in_quotes(std::string_view text) {
  return '"' + one_line(text) + '"';
}

/// The place of `text` among `texts`; their number if it is none of them.
inline std::size_t place_of(std::string_view text, const std::vector<std::string>& texts) {
  std::size_t i = 0;
  while (i < texts.size() && texts[i] != text) ++i;
  return i;
}

/// "a, b, c" of `text_of(element)`, at most 20 of them.
template <class T, class F>
std::string joined(const std::vector<T>& elements, F&& text_of) {
  constexpr std::size_t most = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(elements.size(), most); ++i) text += (i == 0 ? "" : ", ") + text_of(elements[i]);
  return elements.size() > most ? text + ", ..." : text;
}

}  // namespace mlp::detail
