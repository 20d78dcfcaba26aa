// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/file.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/text.hpp>
#include <mlp/data/table.hpp>

namespace mlp {

/// What happens to a row with a missing value in one of the columns used.
enum class Missing {
  error,  ///< FormatError
  drop,   ///< the row is left out
  fill,   ///< the value becomes `CsvOptions::fill_value`
};

/// How `read_csv` reads; in brackets the parameter of pandas' `read_csv`.
struct CsvOptions {
  char separator = ',';             ///< [sep] ' ' stands for any run of blanks and tabs
  std::optional<bool> header = {};  ///< [header] is the first row one of names? Unset: where no `names` are given

  std::vector<std::string> names = {};    ///< [names] of all columns of the file, before any in it; else col0, col1 ...
  std::vector<std::string> usecols = {};  ///< [usecols] the columns wanted, kept in the order of the file; empty: all

  Index skip_rows = 0;  ///< [skiprows] lines before the header or, without one, the first row
  Index max_rows = 0;   ///< [nrows] rows read, dropped ones included; 0: all

  std::optional<std::string> index_column = {};  ///< [index_col] names the rows and is no data, in `usecols` or not

  Missing missing = Missing::error;
  std::vector<std::string> na_values = {"?", "NA", "", "nan", "NaN"};  ///< [na_values] the texts of a missing value
  double fill_value = 0;                                               ///< with `Missing::fill`
};

namespace detail {

/// Splits the text of a file into rows and fields. A quoted field is cleaned of its quotes in the text itself, so a
/// field is a view in any case.
class CsvScanner {
 public:
  CsvScanner(std::string& text, const std::string& file, char separator)
      : text_(text), file_(file), separator_(separator) {
    if (text.starts_with("\xEF\xBB\xBF")) position_ = 3;  // the byte order mark of UTF-8
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))  // and of UTF-16
      throw FormatError(file + ": is UTF-16, expected UTF-8");
  }

  /// The line, from 1, in which the last row starts.
  Index line() const { return row_line_; }

  void skip_line() {
    while (!at_line_end()) ++position_;
    pass_line_end();
  }

  /// The fields of the next row that is not blank, or false at the end.
  bool next(std::vector<std::string_view>& fields) {
    fields.clear();
    while (!at_end() && at_blank_line()) skip_line();
    if (at_end()) return false;
    row_line_ = line_;
    if (separator_ == ' ') pass_blanks();
    do {
      fields.push_back(!at_end() && text_[position_] == '"' ? quoted_field() : plain_field());
    } while (pass_separator());
    pass_line_end();
    return true;
  }

  /// @throws FormatError `cars.csv:4: reason`
  [[noreturn]] void fail(Index line, const std::string& reason) const {
    throw FormatError(file_ + ":" + std::to_string(line) + ": " + reason);
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t'; }
  static bool is_line_end(char c) { return c == '\n' || c == '\r'; }
  bool is_separator(char c) const { return separator_ == ' ' ? is_blank(c) : c == separator_; }

  bool at_end() const { return position_ == text_.size(); }
  bool at_line_end() const { return at_end() || is_line_end(text_[position_]); }

  /// Blanks that separate nothing make no row.
  bool at_blank_line() const {
    std::size_t i = position_;
    while (i < text_.size() && is_blank(text_[i]) && (separator_ == ' ' || text_[i] != separator_)) ++i;
    return i == text_.size() || is_line_end(text_[i]);
  }

  void pass_line_end() {
    if (at_end()) return;
    position_ += text_.compare(position_, 2, "\r\n") == 0 ? 2 : 1;
    ++line_;
  }
  void pass_blanks() {
    while (!at_end() && is_blank(text_[position_])) ++position_;
  }
  /// False at the end of a row.
  bool pass_separator() {
    if (separator_ == ' ') pass_blanks();  // those at the end of a line separate nothing
    if (at_line_end()) return false;
    if (separator_ != ' ') ++position_;
    return true;
  }

  std::string_view plain_field() {
    const std::size_t begin = position_;
    while (!at_line_end() && !is_separator(text_[position_])) ++position_;
    return std::string_view(text_).substr(begin, position_ - begin);
  }

  std::string_view quoted_field() {
    const Index opened = line_;
    const std::size_t begin = ++position_;
    std::size_t end = begin;
    for (;; ++position_) {
      if (at_end()) fail(opened, "a quoted field is never closed");
      const char c = text_[position_];
      if (c == '"') {
        ++position_;
        if (at_end() || text_[position_] != '"') break;
      }
      if (c == '\n' || (c == '\r' && text_.compare(position_, 2, "\r\n") != 0)) ++line_;
      text_[end++] = c;
    }
    if (!at_line_end() && !is_separator(text_[position_]))
      fail(line_, "expected a separator after the closing quote, got " +
                      in_quotes(std::string_view(text_).substr(position_, 1)));
    return std::string_view(text_).substr(begin, end - begin);
  }

  std::string& text_;
  const std::string& file_;
  char separator_;
  std::size_t position_ = 0;
  Index line_ = 1;
  Index row_line_ = 1;
};

inline void check(const CsvOptions& options) {
  check_at_least("read_csv", "skip_rows", options.skip_rows, 0);
  check_at_least("read_csv", "max_rows", options.max_rows, 0);
  if (!std::isfinite(options.fill_value))
    throw_out_of_range("read_csv", "fill_value", "finite", number_text(options.fill_value));
  if (options.separator == '"' || options.separator == '\n' || options.separator == '\r')
    throw ValueError("mlp::read_csv: separator must be neither a quote nor a line end");
}

}  // namespace detail

/// Reads a table of text (RFC 4180): quoted fields with separators, line ends and doubled quotes inside; lines ended by
/// LF, CR LF, CR or the end of the file. Blank lines are passed over, a UTF-8 byte order mark is skipped. Blanks in a
/// field are kept; around numbers and the texts of missing values they do not count.
///
///     Table cars = read_csv("Auto_MPG_data.csv", {.usecols = {"MPG", "Weight"}});
///     Table raw = read_csv("auto-mpg.data", {.separator = ' ', .header = false, .missing = Missing::drop});
///
/// @throws IoError `cars.csv: cannot open: No such file or directory`, `cars: is a directory`
/// @throws FormatError `cars.csv: is empty`, `cars.csv: is empty after the 3 lines skipped`, `cars.csv: is UTF-16,
/// expected UTF-8`, `cars.csv:4: expected 10 fields, got 9`, `cars.csv: no column "MPG"; it has: mpg, weight`,
/// `cars.csv: two columns are named "mpg"`, `cars.csv:4: a quoted field is never closed`, `cars.csv:4: expected a
/// separator after the closing quote, got "x"`, `cars.csv:33: column "Horsepower": missing value "?"`
/// @throws ValueError for options out of range: `mlp::read_csv: max_rows must be at least 0, got -1`
inline Table read_csv(const std::string& path, const CsvOptions& options = {}) {
  detail::check(options);
  struct Memory {
    std::string file;
    std::string fill;
  };
  const auto memory = std::make_shared<Memory>(Memory{read_file(path), detail::number_text(options.fill_value)});
  detail::CsvScanner scanner(memory->file, path, options.separator);
  for (Index i = 0; i < options.skip_rows; ++i) scanner.skip_line();
  std::vector<std::string_view> fields;
  if (!scanner.next(fields)) {
    const std::string skipped = std::to_string(options.skip_rows);
    throw FormatError(path + ": is empty" + (options.skip_rows == 0 ? "" : " after the " + skipped + " lines skipped"));
  }

  const bool header = options.header.value_or(options.names.empty());
  std::vector<std::string> names = options.names;
  if (names.empty())
    for (std::size_t i = 0; i < fields.size(); ++i)
      names.push_back(header ? std::string(fields[i]) : "col" + std::to_string(i));
  detail::require_different_names(path, names);

  std::vector<char> wanted(names.size(), options.usecols.empty());  // 0 or 1: vector<bool> costs the compiler more
  for (const std::string& name : options.usecols) wanted[detail::find_column(path, names, name)] = true;
  std::optional<std::size_t> index_column;
  if (options.index_column) {
    index_column = detail::find_column(path, names, *options.index_column);
    wanted[*index_column] = false;
  }
  std::vector<std::size_t> used;
  std::vector<Table::Column> columns;
  columns.reserve(names.size());  // growing would ask for twice as many
  for (std::size_t i = 0; i < names.size(); ++i)
    if (wanted[i]) {
      used.push_back(i);
      columns.push_back({names[i], {}});
    }

  const auto require_all_fields = [&] {
    if (fields.size() != names.size())
      scanner.fail(scanner.line(),
                   "expected " + std::to_string(names.size()) + " fields, got " + std::to_string(fields.size()));
  };
  const auto is_missing = [&](std::string_view cell) {
    return detail::place_of(detail::trim_blanks(cell), options.na_values) < options.na_values.size();
  };
  std::vector<Index> lines;
  std::vector<std::string_view> index;
  require_all_fields();
  Index left = options.max_rows;  // counted down from 0 it never comes to 0 again: all rows
  for (bool more = !header || scanner.next(fields); more; more = --left != 0 && scanner.next(fields)) {
    require_all_fields();
    bool dropped = false;
    for (const std::size_t col : used) {
      if (!is_missing(fields[col])) continue;
      if (options.missing == Missing::error)
        scanner.fail(scanner.line(),
                     "column " + detail::in_quotes(names[col]) + ": missing value " + detail::in_quotes(fields[col]));
      if (options.missing == Missing::drop) dropped = true;
      fields[col] = memory->fill;
    }
    if (dropped) continue;
    for (std::size_t i = 0; i < used.size(); ++i) columns[i].cells.push_back(fields[used[i]]);
    if (index_column) index.push_back(fields[*index_column]);
    lines.push_back(scanner.line());
  }
  return Table(path, memory, std::move(columns), std::move(lines), std::move(index));
}

}  // namespace mlp
