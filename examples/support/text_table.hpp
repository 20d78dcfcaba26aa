// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace examples {

/// A number with `digits` decimals; five digits where it is large.
inline std::string fixed(double value, int digits) {
  char text[64];
  if (std::abs(value) < 1e3)
    std::snprintf(text, sizeof text, "%.*f", digits, value);
  else
    std::snprintf(text, sizeof text, "%.5g", value);
  return text;
}

/// Rows of text below a header, the first column left and the others right aligned.
///
///     TextTable table({"model", "R2"});
///     table.add({"mlp", fixed(r2, 3)});
///     std::cout << table;
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : rows_{std::move(header)} {}

  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  friend std::ostream& operator<<(std::ostream& out, const TextTable& table) {
    std::vector<std::size_t> widths(table.rows_.front().size());
    for (const auto& row : table.rows_)
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    std::size_t total = 2 * (widths.size() - 1);
    for (const std::size_t width : widths) total += width;
    for (const auto& row : table.rows_) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string blanks(widths[i] - row[i].size(), ' ');
        const bool last = i + 1 == row.size();
        out << (i == 0 ? row[i] + (last ? "" : blanks) : "  " + blanks + row[i]);
      }
      out << '\n';
      if (&row == &table.rows_.front()) out << std::string(total, '-') << '\n';
    }
    return out;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace examples
