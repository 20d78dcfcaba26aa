// SPDX-License-Identifier: MIT
#include <mlp/data/table.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

using mlp::Labels;
using mlp::Matrix;
using mlp::Table;
using Strings = std::vector<std::string>;

namespace {

/// Three cars from lines 2, 3 and 5 of a file.
Table cars() {
  return Table("cars.csv", nullptr,
               {{"MPG", {"18.0", " 15 ", "+16.5"}}, {"origin", {"1", "3", " 2"}}, {"weight", {"3504.", "1e3", "-0.5"}}},
               {2, 3, 5}, {"chevy", "buick", "ford"});
}

}  // namespace

TEST_CASE("a table says what it holds") {
  const Table table = cars();
  CHECK(table.rows() == 3);
  CHECK(table.cols() == 3);
  CHECK(table.names() == Strings{"MPG", "origin", "weight"});
  CHECK(table.index() == Strings{"chevy", "buick", "ford"});
  CHECK(table.has_column("weight"));
  CHECK_FALSE(table.has_column("Weight"));
  CHECK(table.column_index("weight") == 2);
  CHECK(table.line(2) == 5);
  CHECK(table.text(2, 1) == " 2");
  CHECK(table.text_column("origin") == Strings{"1", "3", " 2"});
  CHECK(table.number(2, 0) == 16.5);
  CHECK(table.column("weight") == std::vector<double>{3504, 1000, -0.5});
  CHECK(Table().rows() == 0);
  CHECK(Table().names().empty());
}

TEST_CASE("a table becomes a matrix of all columns or of those named, in that order") {
  Matrix<double> all(3, 3);
  all << 18, 1, 3504, 15, 3, 1000, 16.5, 2, -0.5;
  CHECK(cars().to_matrix<double>() == all);
  Matrix<float> two(3, 2);
  two << 3504, 18, 1000, 15, -0.5, 16.5;
  CHECK(cars().to_matrix<float>({"weight", "MPG"}) == two);
  CHECK(cars().to_matrix<float>({}).rows() == 3);
  CHECK(cars().to_matrix<float>({}).cols() == 0);
}

TEST_CASE("a data set has one column as target and the others as features") {
  const mlp::Dataset data = cars().to_dataset<float>("origin");
  Matrix<float> x(3, 2);
  x << 18, 3504, 15, 1000, 16.5, -0.5;
  Matrix<float> y(3, 1);
  y << 1, 3, 2;
  CHECK(data.x == x);
  CHECK(data.y == y);
  CHECK(data.weights.empty());
}

TEST_CASE("a column of whole numbers becomes labels") {
  CHECK(cars().labels("origin") == Labels{1, 3, 2});
  CHECK(Table("iris.csv", nullptr, {{"class", {"0", "2.0", "2147483647"}}}, {1, 2, 3}).labels("class") ==
        Labels{0, 2, 2147483647});
  for (const std::string text : {"2.5", "-1", "2147483648"})
    CHECK_THROWS_WITH_AS(Table("iris.csv", nullptr, {{"class", {"0", text}}}, {2, 3}).labels("class"),
                         ("iris.csv:3: column \"class\": expected a class number, got \"" + text + "\"").c_str(),
                         mlp::FormatError);
  CHECK_THROWS_WITH_AS(Table("iris.csv", nullptr, {{"class", {"setosa"}}}, {2}).labels("class"),
                       "iris.csv:2: column \"class\": expected a number, got \"setosa\"", mlp::FormatError);
}

TEST_CASE("columns are dropped, the table they came from keeps them") {
  const Table table = cars();
  CHECK(table.drop({"weight", "MPG"}).names() == Strings{"origin"});
  CHECK(table.drop({"MPG"}).column("weight") == std::vector<double>{3504, 1000, -0.5});
  CHECK(table.drop({"MPG"}).index() == table.index());
  CHECK(table.cols() == 3);
  CHECK_THROWS_WITH_AS(table.drop({"mpg"}), "cars.csv: no column \"mpg\"; it has: MPG, origin, weight",
                       mlp::FormatError);
}

TEST_CASE("a column of categories becomes, in its place, a column of 0 and 1 for each") {
  const Table table = cars().one_hot("origin", {{"2", "Europe"}, {"3", "Japan"}, {"1", "USA"}, {"4", "Mars"}});
  CHECK(table.names() == Strings{"MPG", "Europe", "Japan", "USA", "Mars", "weight"});
  Matrix<double> expected(3, 4);
  expected << 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0;
  CHECK(table.to_matrix<double>({"Europe", "Japan", "USA", "Mars"}) == expected);
  CHECK(table.column("weight") == std::vector<double>{3504, 1000, -0.5});
}

TEST_CASE("one-hot refuses a value that is no category and a name that is taken") {
  CHECK_THROWS_WITH_AS(cars().one_hot("origin", {{"1", "USA"}, {"3", "Japan"}}),
                       "cars.csv:5: column \"origin\": expected one of \"1\", \"3\", got \" 2\"", mlp::FormatError);
  CHECK_THROWS_WITH_AS(cars().one_hot("origin", {{"1", "USA"}, {"2", "weight"}, {"3", "Japan"}}),
                       "cars.csv: two columns are named \"weight\"", mlp::FormatError);
  CHECK_THROWS_WITH_AS(cars().one_hot("Origin", {}), "cars.csv: no column \"Origin\"; it has: MPG, origin, weight",
                       mlp::FormatError);
}

TEST_CASE("errors name the file, the line and the column") {
  const Table table("cars.csv", nullptr, {{"name", {"ford", "1"}}, {"big", {"1", "1e39"}}}, {2, 7});
  CHECK_THROWS_WITH_AS(table.column("name"), "cars.csv:2: column \"name\": expected a number, got \"ford\"",
                       mlp::FormatError);
  CHECK_THROWS_WITH_AS(table.to_matrix<double>(), "cars.csv:2: column \"name\": expected a number, got \"ford\"",
                       mlp::FormatError);
  CHECK_THROWS_WITH_AS(table.to_dataset<double>("name"), "cars.csv:2: column \"name\": expected a number, got \"ford\"",
                       mlp::FormatError);
  CHECK(table.to_matrix<double>({"big"})(1, 0) == 1e39);
  CHECK_THROWS_WITH_AS(table.to_matrix<float>({"big"}),
                       "cars.csv:7: column \"big\": expected a number in the range of a float, got \"1e39\"",
                       mlp::FormatError);
  for (const auto& read : {+[](const Table& t) { t.column("x"); }, +[](const Table& t) { t.text_column("x"); },
                           +[](const Table& t) {
                             t.to_matrix<float>({"big", "x"});
                           },
                           +[](const Table& t) { t.to_dataset<float>("x"); }, +[](const Table& t) { t.labels("x"); }})
    CHECK_THROWS_WITH_AS(read(table), "cars.csv: no column \"x\"; it has: name, big", mlp::FormatError);
}

TEST_CASE("a cell outside the table is refused") {
  CHECK_THROWS_WITH_AS(cars().text(3, 0), "mlp::Table: expected a row in [0, 3), got 3", mlp::ValueError);
  CHECK_THROWS_WITH_AS(cars().number(0, -1), "mlp::Table: expected a column in [0, 3), got -1", mlp::ValueError);
  CHECK_THROWS_WITH_AS(cars().line(-1), "mlp::Table: expected a row in [0, 3), got -1", mlp::ValueError);
}

TEST_CASE("a table without rows makes no data set") {
  const Table table("cars.csv", nullptr, {{"a", {}}, {"b", {}}}, {});
  CHECK(table.to_matrix<float>().cols() == 2);
  CHECK_THROWS_WITH_AS(table.to_dataset<float>("a"), "cars.csv: no rows of data", mlp::FormatError);
}

TEST_CASE("a table whose parts do not fit is never made") {
  CHECK_THROWS_WITH_AS(Table("cars.csv", nullptr, {{"a", {"1"}}, {"b", {"1", "2"}}}, {1, 2}),
                       "mlp::Table: expected 2 cells in column \"a\", got 1", mlp::ValueError);
  CHECK_THROWS_WITH_AS(Table("cars.csv", nullptr, {{"a", {"1"}}}, {1}, {"x", "y"}),
                       "mlp::Table: expected 1 cells in the index, got 2", mlp::ValueError);
  CHECK_THROWS_WITH_AS(Table("cars.csv", nullptr, {{"a", {}}, {"a", {}}}, {}), "cars.csv: two columns are named \"a\"",
                       mlp::FormatError);
}
