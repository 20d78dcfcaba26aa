// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/text.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/data/groups.hpp>

namespace mlp {

namespace detail {

inline std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The place of a name among those of the columns of a file.
/// @throws FormatError `cars.csv: no column "MPG"; it has: mpg, weight`
inline std::size_t find_column(const std::string& file, const std::vector<std::string>& names, std::string_view name) {
  const std::size_t place = place_of(name, names);
  if (place == names.size())
    throw FormatError(file + ": no column " + in_quotes(name) + "; it has: " + joined(names, one_line));
  return place;
}

/// @throws FormatError `cars.csv: two columns are named "MPG"`
inline void require_different_names(const std::string& file, const std::vector<std::string>& names) {
  const auto name = [&](Index i) -> const std::string& { return names[static_cast<std::size_t>(i)]; };
  const auto comes_before = [&](Index i, Index j) { return name(i) < name(j); };
  for (const auto& equal : groups_of_equal(static_cast<Index>(names.size()), comes_before))
    if (equal.size() > 1) throw FormatError(file + ": two columns are named " + in_quotes(name(equal[0])));
}

}  // namespace detail

/// One value of a category column and the name of its column of zeros and ones: see `Table::one_hot`.
struct Category {
  std::string value;
  std::string name;
};

/// Named columns of text, as a file holds them, each row with its line so that every error can name its place. Numbers
/// are made of the text where they are asked for. Made by `read_csv`; copies share the text.
///
///     Table cars = read_csv("Auto_MPG_data.csv");
///     Dataset data = cars.to_dataset<float>("MPG");   // x: all other columns, y: [n, 1]
class Table {
 public:
  struct Column {
    std::string name;
    std::vector<std::string_view> cells;  ///< [rows], into the memory of the table or a literal
  };

  Table() = default;

  /// For readers of other formats: `memory` holds what the cells view; all columns and, if there is one, the index have
  /// a cell for each of the `lines`.
  /// @throws FormatError `cars.csv: two columns are named "MPG"`; ValueError where a column has more or fewer cells
  Table(std::string file, std::shared_ptr<const void> memory, std::vector<Column> columns, std::vector<Index> lines,
        std::vector<std::string_view> index = {})
      : file_(std::move(file)),
        memory_(std::move(memory)),
        columns_(std::move(columns)),
        lines_(std::move(lines)),
        index_(std::move(index)) {
    detail::require_different_names(file_, names());
    for (const Column& column : columns_) require_all_rows("column " + detail::in_quotes(column.name), column.cells);
    if (!index_.empty()) require_all_rows("the index", index_);
  }

  Index rows() const { return static_cast<Index>(lines_.size()); }
  Index cols() const { return static_cast<Index>(columns_.size()); }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Column& column : columns_) names.push_back(column.name);
    return names;
  }

  /// The names of the rows: the cells of `CsvOptions::index_column`. Empty without one.
  std::vector<std::string> index() const { return {index_.begin(), index_.end()}; }

  bool has_column(std::string_view name) const {
    for (const Column& column : columns_)
      if (column.name == name) return true;
    return false;
  }

  /// @throws FormatError `cars.csv: no column "MPG"; it has: mpg, weight`
  Index column_index(std::string_view name) const {
    return static_cast<Index>(detail::find_column(file_, names(), name));
  }

  /// The line of the file in which a row starts, from 1. @throws ValueError for a row outside the table
  Index line(Index row) const {
    require_inside("row", row, rows());
    return lines_[static_cast<std::size_t>(row)];
  }

  /// A cell as it stands in the file, without quotes. @throws ValueError for a cell outside the table
  std::string text(Index row, Index col) const { return std::string(cell(row, col)); }

  /// A cell as a number: all of its text but blanks around it, an optional sign `+`, and the decimal or scientific
  /// form.
  /// @throws FormatError `cars.csv:3: column "Horsepower": expected a number, got "abc"`, also for NaN and infinity;
  /// ValueError for a cell outside the table
  double number(Index row, Index col) const {
    std::string_view text = detail::trim_blanks(cell(row, col));
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range && end == text.data() + text.size())
      fail(row, col, "expected a number in the range of a double");
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
      fail(row, col, "expected a number");
    return value;
  }

  /// A column as numbers. @throws FormatError as `number` and `column_index`
  std::vector<double> column(std::string_view name) const {
    const Index col = column_index(name);
    std::vector<double> values;
    values.reserve(lines_.size());
    for (Index row = 0; row < rows(); ++row) values.push_back(number(row, col));
    return values;
  }

  /// A column as text. @throws FormatError as `column_index`
  std::vector<std::string> text_column(std::string_view name) const {
    const auto& cells = columns_[static_cast<std::size_t>(column_index(name))].cells;
    return {cells.begin(), cells.end()};
  }

  /// A column of class numbers. @throws FormatError `iris.csv:3: column "class": expected a class number, got "2.5"`
  Labels labels(std::string_view name) const {
    const Index col = column_index(name);
    Labels labels;
    labels.reserve(lines_.size());
    for (Index row = 0; row < rows(); ++row) {
      const double value = number(row, col);
      if (value < 0 || value > std::numeric_limits<int>::max() || value != std::floor(value))
        fail(row, col, "expected a class number");
      labels.push_back(static_cast<int>(value));
    }
    return labels;
  }

  /// The table without these columns. @throws FormatError as `column_index`
  Table drop(const std::vector<std::string>& names) const {
    for (const std::string& name : names) column_index(name);
    std::vector<Column> kept;
    kept.reserve(columns_.size());
    for (const Column& column : columns_)
      if (detail::place_of(column.name, names) == names.size()) kept.push_back(column);
    return Table(file_, memory_, std::move(kept), lines_, index_);
  }

  /// The table with a column of categories replaced, in its place, by one column of 0 and 1 for each category.
  ///
  ///     cars.one_hot("origin", {{"2", "Europe"}, {"3", "Japan"}, {"1", "USA"}})
  ///
  /// @throws FormatError `auto-mpg.data:3: column "origin": expected one of "2", "3", "1", got "4"`, `auto-mpg.data:
  /// two columns are named "USA"`
  Table one_hot(std::string_view name, const std::vector<Category>& categories) const {
    const Index col = column_index(name);
    std::vector<Column> coded;
    for (const Category& category : categories)
      coded.push_back({category.name, std::vector<std::string_view>(lines_.size(), "0")});
    for (Index row = 0; row < rows(); ++row) {
      const std::string_view text = detail::trim_blanks(cell(row, col));
      std::size_t place = 0;
      while (place < categories.size() && categories[place].value != text) ++place;
      if (place == categories.size())
        fail(row, col, "expected one of " + detail::joined(categories, [](const Category& category) {
                         return detail::in_quotes(category.value);
                       }));
      coded[place].cells[static_cast<std::size_t>(row)] = "1";
    }
    std::vector<Column> columns;
    columns.reserve(columns_.size() + coded.size());  // growing would ask for twice as many
    for (Index j = 0; j < cols(); ++j)
      if (j == col)
        for (Column& column : coded) columns.push_back(std::move(column));
      else
        columns.push_back(columns_[static_cast<std::size_t>(j)]);
    return Table(file_, memory_, std::move(columns), lines_, index_);
  }

  /// All columns as numbers, [rows, cols]. @throws FormatError as `number`, also where a number leaves the range of T
  template <std::floating_point T>
  Matrix<T> to_matrix() const {
    std::vector<Index> all;
    for (Index col = 0; col < cols(); ++col) all.push_back(col);
    return numbers<T>(all);
  }

  /// These columns in this order, [rows, names]. @throws FormatError as above and as `column_index`
  template <std::floating_point T>
  Matrix<T> to_matrix(const std::vector<std::string>& names) const {
    std::vector<Index> chosen;
    for (const std::string& name : names) chosen.push_back(column_index(name));
    return numbers<T>(chosen);
  }

  /// The column `target` as y [n, 1] and all others, in their order, as x [n, cols - 1].
  /// @throws FormatError as `to_matrix`; `cars.csv: no rows of data`
  template <std::floating_point T>
  Dataset<Matrix<T>, Matrix<T>> to_dataset(std::string_view target) const {
    const Index target_col = column_index(target);
    if (rows() == 0) throw FormatError(file_ + ": no rows of data");
    std::vector<Index> features;
    for (Index col = 0; col < cols(); ++col)
      if (col != target_col) features.push_back(col);
    return {numbers<T>(features), numbers<T>({target_col})};
  }

 private:
  static void require_inside(const char* what, Index got, Index size) {
    if (got < 0 || got >= size)
      throw ValueError(std::string("mlp::Table: expected a ") + what + " in [0, " + std::to_string(size) + "), got " +
                       std::to_string(got));
  }

  void require_all_rows(const std::string& what, const std::vector<std::string_view>& cells) const {
    if (cells.size() != lines_.size())
      throw ValueError("mlp::Table: expected " + std::to_string(lines_.size()) + " cells in " + what + ", got " +
                       std::to_string(cells.size()));
  }

  std::string_view cell(Index row, Index col) const {
    require_inside("row", row, rows());
    require_inside("column", col, cols());
    return columns_[static_cast<std::size_t>(col)].cells[static_cast<std::size_t>(row)];
  }

  [[noreturn]] void fail(Index row, Index col, const std::string& expected) const {
    throw FormatError(file_ + ":" + std::to_string(line(row)) + ": column " +
                      detail::in_quotes(columns_[static_cast<std::size_t>(col)].name) + ": " + expected + ", got " +
                      detail::in_quotes(cell(row, col)));
  }

  template <class T>
  Matrix<T> numbers(const std::vector<Index>& chosen) const {
    Matrix<T> m(rows(), static_cast<Index>(chosen.size()));
    for (Index j = 0; j < m.cols(); ++j) {
      const Index col = chosen[static_cast<std::size_t>(j)];
      for (Index row = 0; row < m.rows(); ++row) {
        const double value = number(row, col);
        if (std::abs(value) > static_cast<double>(std::numeric_limits<T>::max()))
          fail(row, col, "expected a number in the range of a float");
        m(row, j) = static_cast<T>(value);
      }
    }
    return m;
  }

  std::string file_;
  std::shared_ptr<const void> memory_;  // what the cells view: copies of the table share it
  std::vector<Column> columns_;
  std::vector<Index> lines_;
  std::vector<std::string_view> index_;
};

}  // namespace mlp
