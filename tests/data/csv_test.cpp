// SPDX-License-Identifier: MIT
#include <mlp/data/csv.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "support/reference.hpp"
#include "support/temporary_folder.hpp"

using mlp::CsvOptions;
using mlp::Missing;
using mlp::Table;
using mlp::testing::TemporaryFolder;
using Strings = std::vector<std::string>;

namespace {

/// The table in a file of this text.
Table read(const std::string& text, const CsvOptions& options = {}) {
  const TemporaryFolder folder;
  std::ofstream(folder / "cars.csv", std::ios::binary) << text;
  return mlp::read_csv(folder / "cars.csv", options);
}

/// The error of reading this text, without the folder of the file; "" if there is none.
std::string csv_error(const std::string& text, const CsvOptions& options = {}) {
  const TemporaryFolder folder;
  std::ofstream(folder / "cars.csv", std::ios::binary) << text;
  try {
    mlp::read_csv(folder / "cars.csv", options);
  } catch (const mlp::FormatError& error) {
    REQUIRE(std::string(error.what()).starts_with(folder.path()));
    return std::string(error.what()).substr(folder.path().size() + 1);
  }
  return "";
}

CsvOptions options_of(const nlohmann::json& json) {
  CsvOptions options;
  if (json.contains("separator")) options.separator = json["separator"].get<std::string>()[0];
  if (json.contains("header")) options.header = json["header"].get<bool>();
  if (json.contains("names")) options.names = json["names"].get<Strings>();
  if (json.contains("usecols")) options.usecols = json["usecols"].get<Strings>();
  if (json.contains("skip_rows")) options.skip_rows = json["skip_rows"].get<mlp::Index>();
  if (json.contains("max_rows")) options.max_rows = json["max_rows"].get<mlp::Index>();
  if (json.contains("index_column")) options.index_column = json["index_column"].get<std::string>();
  options.na_values = {};
  return options;
}

}  // namespace

TEST_CASE("tables are those of pandas: quotes, line ends, separators and every option") {
  const auto reference = mlp::testing::reference("csv.json");
  for (const auto& item : reference["tables"]) {
    const auto text = item["text"].get<std::string>();
    CAPTURE(text);
    CAPTURE(item["options"].dump());
    const auto& expected = item["table"];
    const Table table = read(text, options_of(item["options"]));
    CHECK(table.names() == expected["names"].get<Strings>());
    CHECK(table.index() == expected["index"].get<Strings>());
    for (mlp::Index col = 0; col < table.cols(); ++col)
      CHECK(table.text_column(table.names()[static_cast<std::size_t>(col)]) ==
            expected["columns"][static_cast<std::size_t>(col)].get<Strings>());
  }
}

TEST_CASE("numbers are those of pandas to the last bit") {
  const auto reference = mlp::testing::reference("csv.json");
  for (const auto& item : reference["numbers"]) {
    const auto text = item[0].get<std::string>();
    CAPTURE(text);
    const auto expected = item[1].get<double>();
    const double value = read("a\n" + text + "\n").number(0, 0);
    CHECK(value == expected);
    CHECK(std::signbit(value) == std::signbit(expected));
  }
}

TEST_CASE("columns without a name are numbered") {
  const Table table = read("1,2\n3,4\n", {.header = false});
  CHECK(table.names() == Strings{"col0", "col1"});
  CHECK(table.column("col1") == std::vector<double>{2, 4});
}

TEST_CASE("a row keeps its line, whatever came before it") {
  const Table table =
      read("skipped\na,b\r\n\r\n\"two\r\nlines\",1\n?,2\n3,4\n", {.skip_rows = 1, .missing = Missing::drop});
  REQUIRE(table.rows() == 2);
  CHECK(table.line(0) == 4);
  CHECK(table.line(1) == 7);
  CHECK_THROWS_WITH_AS(table.line(2), "mlp::Table: expected a row in [0, 2), got 2", mlp::ValueError);
  CHECK(csv_error("a,b\r\"two\rlines\",1\r?,2\r") == "cars.csv:4: column \"a\": missing value \"?\"");
}

TEST_CASE("a missing value is an error unless another policy is stated") {
  const std::string text = "a,b\n1,2\n3,?\n";
  CHECK(csv_error(text) == "cars.csv:3: column \"b\": missing value \"?\"");
  CHECK(csv_error("a,b\n1,2\n3,\n") == "cars.csv:3: column \"b\": missing value \"\"");
  CHECK(csv_error("a,b\n1,2\nNaN,1\n") == "cars.csv:3: column \"a\": missing value \"NaN\"");
  CHECK(csv_error("a,b\n1,2\n\" NA\",1\n") == "cars.csv:3: column \"a\": missing value \" NA\"");
  CHECK(csv_error("a,b\n1,2\n-,1\n", {.na_values = {"-"}}) == "cars.csv:3: column \"a\": missing value \"-\"");
  CHECK(csv_error(text, {.usecols = {"a"}}) == "");  // a column that nobody asked for may miss what it likes
  CHECK(csv_error(text, {.index_column = "b"}) == "");
  CHECK(csv_error(text, {.max_rows = 1}) == "");
}

TEST_CASE("rows with a missing value are dropped, and count as rows read") {
  const std::string text = "a,b,c\n1,2,x\n?,4,x\n5,,x\n7,8,?\n9,10,x\n";
  const Table all = read(text, {.missing = Missing::drop});
  CHECK(all.column("a") == std::vector<double>{1, 9});
  CHECK(read(text, {.usecols = {"a", "b"}, .missing = Missing::drop}).column("b") == std::vector<double>{2, 8, 10});
  CHECK(read(text, {.max_rows = 3, .missing = Missing::drop}).rows() == 1);
  const Table named = read(text, {.index_column = "b", .missing = Missing::drop});
  CHECK(named.index() == Strings{"2", "", "10"});
  CHECK(named.column("a") == std::vector<double>{1, 5, 9});
}

TEST_CASE("missing values are filled with a number") {
  const std::string text = "a,b\n1,2\n?,4\n5,NA\n";
  const Table zero = read(text, {.missing = Missing::fill});
  CHECK(zero.column("a") == std::vector<double>{1, 0, 5});
  const Table filled = read(text, {.missing = Missing::fill, .fill_value = -0.1});
  CHECK(filled.column("a") == std::vector<double>{1, -0.1, 5});
  CHECK(filled.column("b") == std::vector<double>{2, 4, -0.1});
  CHECK(filled.text(1, 0) == "-0.1");
}

TEST_CASE("the values of a table outlive the reader and the table they were copied from") {
  Table copy;
  {
    const Table table = read("name,b\n\"a text too long for a small string\",?\n", {.missing = Missing::fill});
    copy = table.drop({"b"});
  }
  CHECK(copy.text(0, 0) == "a text too long for a small string");
}

TEST_CASE("NaN, infinity and text are no numbers") {
  const CsvOptions none_missing{.na_values = {}};
  const auto error_of_number = [&](const std::string& text) {
    const Table table = read("a\n" + text + "\n", none_missing);
    try {
      table.number(0, 0);
    } catch (const mlp::FormatError& error) {
      const std::string what = error.what();
      return what.substr(what.find("cars.csv"));
    }
    return std::string();
  };
  CHECK(error_of_number("7") == "");
  for (const std::string text :
       {"abc", "nan", "NaN", "-nan", "inf", "-Infinity", "1.5x", "1 2", "0x10", "++1", "+-1", "-", "1e", "1,5", "?"}) {
    CAPTURE(text);
    CHECK(error_of_number('"' + text + '"') == "cars.csv:2: column \"a\": expected a number, got \"" + text + "\"");
  }
  CHECK(error_of_number("\"\"") == "cars.csv:2: column \"a\": expected a number, got \"\"");
  CHECK(error_of_number("1e400") ==
        "cars.csv:2: column \"a\": expected a number in the range of a double, got \"1e400\"");
  CHECK(error_of_number("\"a\nb\"") == "cars.csv:2: column \"a\": expected a number, got \"a b\"");
  CHECK(error_of_number(std::string(90, 'x')) ==
        "cars.csv:2: column \"a\": expected a number, got \"" + std::string(80, 'x') + "...\"");
  // 79 bytes and a letter of two: no half of it is shown.
  CHECK(error_of_number(std::string(79, 'x') + "\u00e9y") ==
        "cars.csv:2: column \"a\": expected a number, got \"" + std::string(79, 'x') + "...\"");
}

TEST_CASE("a file that is no table says where and why") {
  CHECK(csv_error("") == "cars.csv: is empty");
  CHECK(csv_error("\n \r\n") == "cars.csv: is empty");
  CHECK(csv_error("\xEF\xBB\xBF") == "cars.csv: is empty");
  CHECK(csv_error("\xFF\xFE") == "cars.csv: is UTF-16, expected UTF-8");
  CHECK(csv_error("\xFE\xFF") == "cars.csv: is UTF-16, expected UTF-8");
  CHECK(csv_error("a,b\n1,2\n", {.skip_rows = 2}) == "cars.csv: is empty after the 2 lines skipped");
  CHECK(csv_error("a,b\n1,2\n", {.skip_rows = 200}) == "cars.csv: is empty after the 200 lines skipped");
  CHECK(csv_error("a,b\n1,2\n\n3\n") == "cars.csv:4: expected 2 fields, got 1");
  CHECK(csv_error("a,b\n1,2,\n") == "cars.csv:2: expected 2 fields, got 3");
  CHECK(csv_error("a b\n1\t\n", {.separator = ' '}) == "cars.csv:2: expected 2 fields, got 1");
  CHECK(csv_error("1,2\n", {.names = {"a"}}) == "cars.csv:1: expected 1 fields, got 2");
  CHECK(csv_error("x,y\n1\n", {.header = true, .names = {"a"}}) == "cars.csv:1: expected 1 fields, got 2");
  CHECK(csv_error("a,b\n1,\"2\n3,4\n") == "cars.csv:2: a quoted field is never closed");
  CHECK(csv_error("a,b\n1,\"2\"\"") == "cars.csv:2: a quoted field is never closed");
  CHECK(csv_error("a,b\n\"1\n2\" ,3\n") == "cars.csv:3: expected a separator after the closing quote, got \" \"");
  CHECK(csv_error("a,b\n\"1\"x,3\n") == "cars.csv:2: expected a separator after the closing quote, got \"x\"");
  CHECK(csv_error("a,b,a\n1,2,3\n", {.usecols = {"b"}}) == "cars.csv: two columns are named \"a\"");
  CHECK(csv_error("1,2\n", {.names = {"a", "a"}}) == "cars.csv: two columns are named \"a\"");
}

TEST_CASE("a column that is not there is named, with those that are") {
  const std::string text = "mpg,weight\n1,2\n";
  CHECK(csv_error(text, {.usecols = {"mpg", "MPG"}}) == "cars.csv: no column \"MPG\"; it has: mpg, weight");
  CHECK(csv_error(text, {.index_column = "name"}) == "cars.csv: no column \"name\"; it has: mpg, weight");
  std::string many = "a0";
  std::string first20 = "a0";
  for (int i = 1; i < 30; ++i) {
    many += ",a" + std::to_string(i);
    if (i < 20) first20 += ", a" + std::to_string(i);
  }
  CHECK(csv_error(many, {.usecols = {"b"}}) == "cars.csv: no column \"b\"; it has: " + first20 + ", ...");
}

TEST_CASE("a file that cannot be read says so") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(mlp::read_csv(folder / "cars.csv"),
                       (folder / "cars.csv: cannot open: No such file or directory").c_str(), mlp::IoError);
  CHECK_THROWS_WITH_AS(mlp::read_csv(folder.path()), (folder.path() + ": is a directory").c_str(), mlp::IoError);
}

TEST_CASE("options out of range are refused before the file is opened") {
  const auto read_with = [](const CsvOptions& options) { mlp::read_csv("no such file", options); };
  CHECK_THROWS_WITH_AS(read_with({.skip_rows = -1}), "mlp::read_csv: skip_rows must be at least 0, got -1",
                       mlp::ValueError);
  CHECK_THROWS_WITH_AS(read_with({.max_rows = -2}), "mlp::read_csv: max_rows must be at least 0, got -2",
                       mlp::ValueError);
  CHECK_THROWS_WITH_AS(read_with({.fill_value = std::numeric_limits<double>::infinity()}),
                       "mlp::read_csv: fill_value must be finite, got inf", mlp::ValueError);
  for (const char separator : {'"', '\n', '\r'})
    CHECK_THROWS_WITH_AS(read_with({.separator = separator}),
                         "mlp::read_csv: separator must be neither a quote nor a line end", mlp::ValueError);
}

TEST_CASE("the raw cars of exercise 1 without missing values and with origin one-hot are its CSV, value for value" *
          doctest::test_suite("real data")) {
  const char* data_dir = std::getenv("MLP_DATA_DIR");
  if (data_dir == nullptr) {
    MESSAGE("skipped: MLP_DATA_DIR is not set");
    return;
  }
  const std::string folder = std::string(data_dir) + "/auto_mpg/";
  CsvOptions options{.separator = ' ',
                     .names = {"MPG", "Cylinders", "Displacement", "Horsepower", "Weight", "Acceleration", "Model Year",
                               "Origin", "Name"},
                     .index_column = "Name"};
  CHECK_THROWS_WITH_AS(mlp::read_csv(folder + "auto-mpg.data", options),
                       (folder + "auto-mpg.data:33: column \"Horsepower\": missing value \"?\"").c_str(),
                       mlp::FormatError);
  options.missing = Missing::fill;
  CHECK(mlp::read_csv(folder + "auto-mpg.data", options).rows() == 398);
  options.missing = Missing::drop;
  const Table raw = mlp::read_csv(folder + "auto-mpg.data", options);
  CHECK(raw.index()[0] == "chevrolet chevelle malibu");
  CHECK(raw.index()[391] == "chevy s-10");
  const Table coded = raw.one_hot("Origin", {{"2", "Europe"}, {"3", "Japan"}, {"1", "USA"}});
  const Table cars = mlp::read_csv(folder + "Auto_MPG_data.csv");
  REQUIRE(cars.rows() == 392);
  CHECK(coded.names() == cars.names());
  CHECK(coded.to_matrix<double>() == cars.to_matrix<double>());
  // Facts of the file counted by other means: every car has one origin, 68 are from Europe, 79 from Japan.
  const mlp::Matrix<double> origin = cars.to_matrix<double>({"Europe", "Japan", "USA"});
  CHECK(origin.col(0).sum() == 68);
  CHECK(origin.col(1).sum() == 79);
  CHECK(origin.col(2).sum() == 245);
  CHECK((origin.rowwise().sum().array() == 1).all());
}
