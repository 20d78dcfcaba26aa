// SPDX-License-Identifier: MIT
#include <mlp/data/image_folder.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/reference.hpp"
#include "support/temporary_folder.hpp"

using namespace std::string_literals;
using mlp::Index;
using mlp::Matrix;
using mlp::testing::TemporaryFolder;

namespace {

std::string picture(const std::string& name) {
  return mlp::read_file(mlp::testing::stored("images/" + name));
}

/// The pictures of tests/reference/make_images.py.
Matrix<std::uint8_t> grey() {
  Matrix<std::uint8_t> m(3, 4);
  m << 0, 50, 100, 150, 200, 250, 10, 20, 30, 40, 60, 70;
  return m;
}
Matrix<std::uint8_t> rgb() {
  const Matrix<std::uint8_t> m = grey();
  Matrix<std::uint8_t> out(3, 12);
  for (Index i = 0; i < m.size(); ++i) {
    const int value = m.data()[i];
    out.data()[3 * i] = static_cast<std::uint8_t>(value);
    out.data()[3 * i + 1] = static_cast<std::uint8_t>(255 - value);
    out.data()[3 * i + 2] = static_cast<std::uint8_t>(value / 2);
  }
  return out;
}

void write(const TemporaryFolder& folder, const std::string& name, const std::string& bytes) {
  std::filesystem::create_directories(std::filesystem::path(folder / name).parent_path());
  mlp::write_file_atomically(folder / name, bytes);
}

std::string folder_error(const std::string& path, const mlp::ImageFolderOptions& options = {}) {
  try {
    mlp::read_image_folder(path, options);
  } catch (const mlp::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("PNG and BMP decode to the pixels that were drawn") {
  CHECK(mlp::decode_image(picture("grey.png"), "grey.png") == grey());
  CHECK(mlp::decode_image(picture("rgb.png"), "rgb.png", 3) == rgb());
  CHECK(mlp::decode_image(picture("rgb.bmp"), "rgb.bmp", 3) == rgb());
}

TEST_CASE("grey becomes three equal channels, color becomes its luminance") {
  const auto three = mlp::decode_image(picture("grey.png"), "grey.png", 3);
  CHECK(three.row(0).head(6) == (mlp::RowVector<std::uint8_t>(6) << 0, 0, 0, 50, 50, 50).finished());
  // (77 * 0 + 150 * 255 + 29 * 0) / 256 = 149; (77 * 50 + 150 * 205 + 29 * 25) / 256 = 137
  const auto one = mlp::decode_image(picture("rgb.png"), "rgb.png");
  CHECK(int{one(0, 0)} == 149);
  CHECK(int{one(0, 1)} == 137);
}

TEST_CASE("a JPEG decodes to its picture within the loss of the format") {
  const auto ramp = mlp::decode_image(picture("ramp.jpg"), "ramp.jpg");
  REQUIRE(ramp.rows() == 8);
  REQUIRE(ramp.cols() == 8);
  for (Index i = 0; i < 64; ++i) CHECK(std::abs(int{ramp.data()[i]} - (60 + 2 * static_cast<int>(i))) <= 2);
}

TEST_CASE("bytes that are no image say so by name") {
  const auto decode = [](const std::string& bytes) { mlp::decode_image(bytes, "x.jpg"); };
  CHECK_THROWS_WITH_AS(decode(""), "x.jpg: cannot decode: unknown image type", mlp::FormatError);
  CHECK_THROWS_WITH_AS(decode("hello"), "x.jpg: cannot decode: unknown image type", mlp::FormatError);
  const std::string jpeg = picture("ramp.jpg");
  CHECK_THROWS_WITH_AS(decode(jpeg.substr(0, jpeg.size() - 20)), "x.jpg: cannot decode: the file ends early",
                       mlp::FormatError);
  std::string bad = jpeg;
  bad[bad.find("\xFF\xC4") + 5] = '\xFF';  // more Huffman codes of one length than there can be
  CHECK_THROWS_WITH_AS(decode(bad), "x.jpg: cannot decode: bad code lengths", mlp::FormatError);
  CHECK_THROWS_WITH_AS(decode("\xFF" + bad), "x.jpg: cannot decode: bad code lengths", mlp::FormatError);
  const std::string table =
      bad.substr(bad.find("\xFF\xC4"), 400);  // before the size of the image, where nobody expects it
  CHECK_THROWS_WITH_AS(decode(jpeg.substr(0, 2) + table + jpeg.substr(2)), "x.jpg: cannot decode: bad code lengths",
                       mlp::FormatError);
  const std::string png = picture("grey.png");
  CHECK_THROWS_WITH_AS(decode(png.substr(0, png.size() - 20)), "x.jpg: cannot decode: outofdata", mlp::FormatError);
  const std::string bmp = picture("rgb.bmp");
  CHECK_THROWS_WITH_AS(decode(bmp.substr(0, bmp.size() - 1)), "x.jpg: cannot decode: the file ends early",
                       mlp::FormatError);
  CHECK_THROWS_WITH_AS(decode(bmp.substr(0, 60)), "x.jpg: cannot decode: the file ends early", mlp::FormatError);
  CHECK_THROWS_WITH_AS(mlp::decode_image(png, "x.png", 2), "mlp::decode_image: expected 1 or 3 channels, got 2",
                       mlp::ValueError);
}

TEST_CASE("a JPEG that uses a table that it does not have is refused") {
  std::string jpeg = picture("ramp.jpg");
  for (std::size_t at = 0; (at = jpeg.find("\xFF\xC4")) != std::string::npos;)
    jpeg.erase(at, 2 + 256 * static_cast<unsigned char>(jpeg[at + 2]) + static_cast<unsigned char>(jpeg[at + 3]));
  CHECK_THROWS_WITH_AS(mlp::decode_image(jpeg, "x.jpg"), "x.jpg: cannot decode: unknown marker", mlp::FormatError);
}

TEST_CASE("a length that is only a number takes no memory") {
  const auto decode = [](const std::string& bytes) { mlp::decode_image(bytes, "x"); };
  std::string png = picture("grey.png");
  png[png.find("IDAT") - 4] = '\x2B';  // 700 MB of compressed bytes
  CHECK_THROWS_WITH_AS(decode(png), "x: cannot decode: outofmem", mlp::FormatError);
  std::string bmp = picture("rgb.bmp");  // 65535 x 65535 pixels, the first row at the top
  bmp.replace(18, 8, "\xFF\xFF\0\0\x01\0\xFF\xFF"s);
  CHECK_THROWS_WITH_AS(decode(bmp), "x: cannot decode: 65535 x 65535 pixels are too many", mlp::FormatError);
  bmp.replace(18, 8, "\xFF\xFF\xFF\xFF\x01\0\0\0"s);  // -1 x 1
  CHECK_THROWS_WITH_AS(decode(bmp), "x: cannot decode: the file is damaged", mlp::FormatError);
}

TEST_CASE("a header that asks for too many pixels is refused before any is allocated") {
  std::string png = picture("grey.png");
  png.replace(16, 8, "\0\0\x40\0\0\0\x40\0"s);  // width and height 16384
  CHECK_THROWS_WITH_AS(mlp::decode_image(png, "x.png"), "x.png: cannot decode: 16384 x 16384 pixels are too many",
                       mlp::FormatError);
  png.replace(16, 8, "\x7F\xFF\xFF\xFF\0\0\0\1"s);
  CHECK_THROWS_WITH_AS(mlp::decode_image(png, "x.png"), "x.png: cannot decode: unknown image type", mlp::FormatError);
}

TEST_CASE("a damaged image decodes or is refused, never worse") {
  for (const std::string name : {"grey.png", "rgb.png", "rgb.bmp", "ramp.jpg"}) {
    const std::string good = picture(name);
    for (std::size_t i = 0; i < good.size(); ++i)
      for (const char c : {'\0', '\1', '\x7F', '\xFF'}) {
        std::string bad = good;
        bad[i] = c;
        try {
          mlp::decode_image(bad, name);
        } catch (const mlp::FormatError&) {
        }
      }
  }
}

TEST_CASE("a folder of class folders is read in byte order") {
  const TemporaryFolder folder;
  write(folder, "sad/b.png", picture("grey.png"));
  write(folder, "sad/a.PNG", picture("rgb.png"));
  write(folder, "sad/notes.txt", "no image");
  write(folder, "Zebra/1.bmp", picture("rgb.bmp"));
  write(folder, "angry/1.jpeg", picture("ramp.jpg"));
  write(folder, ".cache/1.png", "hidden");
  write(folder, "list.csv", "no folder");
  const mlp::ImageFolder images = mlp::read_image_folder(folder.path(), {.width = 4, .height = 3});
  CHECK(images.class_names == std::vector<std::string>{"Zebra", "angry", "sad"});
  CHECK(images.files == std::vector<std::string>{"Zebra/1.bmp", "angry/1.jpeg", "sad/a.PNG", "sad/b.png"});
  CHECK(images.labels == mlp::Labels{0, 1, 2, 2});
  REQUIRE(images.pixels.rows() == 4);
  REQUIRE(images.pixels.cols() == 12);
  CHECK(images.pixels.row(0) == images.pixels.row(2));
  const Matrix<std::uint8_t> expected = grey();
  CHECK(images.pixels.row(3) == Eigen::Map<const mlp::RowVector<std::uint8_t>>(expected.data(), 12));

  const mlp::ImageFolder color = mlp::read_image_folder(folder.path(), {.width = 4, .height = 3, .channels = 3});
  const Matrix<std::uint8_t> expected_color = rgb();
  CHECK(color.pixels.row(2) == Eigen::Map<const mlp::RowVector<std::uint8_t>>(expected_color.data(), 36));
}

TEST_CASE("images are resized to one size, 180 x 180 unless said otherwise") {
  const TemporaryFolder folder;
  write(folder, "a/1.png", picture("grey.png"));
  const mlp::ImageFolder images = mlp::read_image_folder(folder.path());
  REQUIRE(images.pixels.cols() == 180 * 180);
  Matrix<std::uint8_t> expected(180, 180);
  mlp::resize_bilinear(grey(), expected);
  CHECK(images.pixels.row(0) == Eigen::Map<const mlp::RowVector<std::uint8_t>>(expected.data(), 180 * 180));
}

TEST_CASE("a limit takes files evenly spread over each class") {
  const TemporaryFolder folder;
  for (int i = 0; i < 7; ++i) write(folder, "a/" + std::to_string(i) + ".png", picture("grey.png"));
  write(folder, "b/0.png", picture("grey.png"));
  const mlp::ImageFolder images =
      mlp::read_image_folder(folder.path(), {.width = 2, .height = 2, .limit_per_class = 3});
  // 0 * 7 / 3, 1 * 7 / 3, 2 * 7 / 3
  CHECK(images.files == std::vector<std::string>{"a/0.png", "a/2.png", "a/4.png", "b/0.png"});
  CHECK(images.labels == mlp::Labels{0, 0, 0, 1});
}

TEST_CASE("a folder that cannot be read says why") {
  const TemporaryFolder folder;
  const std::string path = folder.path();
  CHECK(folder_error(folder / "train") == folder / "train: cannot open: No such file or directory");
  CHECK(folder_error(path) == path + ": no class folders");
  std::filesystem::create_directories(folder / "angry");
  CHECK(folder_error(path) == folder / "angry: no images");
  write(folder, "angry/notes.txt", "no image");
  CHECK(folder_error(path) == folder / "angry: no images");
  CHECK(folder_error(folder / "angry/notes.txt") == folder / "angry/notes.txt: cannot open: Not a directory");
  write(folder, "angry/2.jpg", "no image either");
  write(folder, "angry/3.jpg", "nor this");
  write(folder, "angry/1.png", picture("grey.png"));
  CHECK(folder_error(path) == folder / "angry/2.jpg: cannot decode: unknown image type");
  std::filesystem::create_symlink("nowhere", folder / "angry/0.jpg");
  CHECK(folder_error(path) == folder / "angry/0.jpg: cannot open: No such file or directory");
}

TEST_CASE("options out of range say so") {
  const std::string who = "mlp::read_image_folder: expected ";
  CHECK(folder_error("x", {.width = 0}) == who + "a width of at least 1, got 0");
  CHECK(folder_error("x", {.height = -1}) == who + "a height of at least 1, got -1");
  CHECK(folder_error("x", {.channels = 4}) == who + "1 or 3 channels, got 4");
  CHECK(folder_error("x", {.limit_per_class = -1}) == who + "a limit_per_class of at least 0, got -1");
}

TEST_CASE("the faces of exercise 3 decode to their known means and standard deviations" *
          doctest::test_suite("real data")) {
  const char* data_dir = std::getenv("MLP_DATA_DIR");
  if (data_dir == nullptr) {
    MESSAGE("skipped: MLP_DATA_DIR is not set");
    return;
  }
  const std::string root = std::string(data_dir) + "/fer2013/";
  const mlp::ImageFolderOptions options{.width = 48, .height = 48};
  const mlp::ImageFolder sets[] = {mlp::read_image_folder(root + "train", options),
                                   mlp::read_image_folder(root + "test", options)};
  REQUIRE(sets[0].files.size() == 840);
  REQUIRE(sets[1].files.size() == 280);
  CHECK(sets[0].class_names ==
        std::vector<std::string>{"angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"});
  // The manifest was made with libjpeg, whose inverse cosine transform rounds some pixels one level apart from stb's.
  // Over 2304 pixels that averages out: 0.02 levels are far below any other image's distance.
  constexpr double tolerance = 0.02;
  std::ifstream manifest(root + "manifest.csv");
  std::string line;
  std::getline(manifest, line);
  std::size_t row = 0;
  double worst = 0;
  while (std::getline(manifest, line)) {
    std::vector<std::string> cells(1);
    for (const char c : line)
      if (c == ',')
        cells.emplace_back();
      else
        cells.back() += c;
    REQUIRE(cells.size() == 8);
    const mlp::ImageFolder& set = sets[row < 840 ? 0 : 1];
    const std::size_t i = row < 840 ? row : row - 840;
    REQUIRE(cells[1] + "/" + cells[3] == set.files[i]);
    CHECK(cells[2] == std::to_string(set.labels[i]));
    const auto pixels = set.pixels.row(static_cast<Index>(i)).cast<double>();
    const double mean = pixels.mean();
    const double deviation = std::sqrt((pixels.array() - mean).square().mean());
    worst = std::max({worst, std::abs(mean - std::stod(cells[6])), std::abs(deviation - std::stod(cells[7]))});
    ++row;
  }
  CHECK(row == 1120);
  CAPTURE(worst);
  CHECK(worst <= tolerance);
}
