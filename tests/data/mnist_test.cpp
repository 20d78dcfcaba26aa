// SPDX-License-Identifier: MIT
#include <mlp/data/mnist.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "support/reference.hpp"
#include "support/temporary_folder.hpp"

using namespace std::string_literals;
using mlp::Index;
using mlp::testing::TemporaryFolder;

namespace {

/// Written by tests/reference/make_idx.py: 3 + 2 images of 2 x 3 pixels, half of the files packed.
const std::string small = mlp::testing::stored_idx("mnist");

/// A folder of the four small files, to be spoilt.
class Digits {
 public:
  Digits() { std::filesystem::copy(small, folder_.path()); }

  std::string path() const { return folder_.path(); }
  void remove(const std::string& name) const { std::filesystem::remove(folder_ / name); }
  void write(const std::string& name, const std::string& bytes) const {
    mlp::write_file_atomically(folder_ / name, bytes);
  }
  /// The error of reading it, with DIR for its path; "" if there is none.
  std::string error() const {
    try {
      mlp::read_mnist(path());
    } catch (const mlp::Error& error) {
      std::string text = error.what();
      REQUIRE(text.starts_with(path()));
      return "DIR" + text.substr(path().size());
    }
    return "";
  }

 private:
  TemporaryFolder folder_;
};

/// How many of the values are 0, 1, ..., bins - 1.
template <class T>
std::vector<int> histogram(std::span<const T> values, std::size_t bins) {
  std::vector<int> counts(bins);
  for (const T value : values) ++counts[static_cast<std::size_t>(value)];
  return counts;
}

}  // namespace

TEST_CASE("a folder of four files, packed or not, is a training set and a test set") {
  const mlp::Mnist digits = mlp::read_mnist(small);
  CHECK(digits.height == 2);
  CHECK(digits.width == 3);
  REQUIRE(digits.train.x.rows() == 3);
  REQUIRE(digits.train.x.cols() == 6);
  REQUIRE(digits.test.x.rows() == 2);
  for (Index i = 0; i < 18; ++i) CHECK(int{digits.train.x.bytes.data()[i]} == 10 * i);
  for (Index i = 0; i < 12; ++i) CHECK(int{digits.test.x.bytes.data()[i]} == 244 + i);
  CHECK(digits.train.y == mlp::Labels{5, 0, 9});
  CHECK(digits.test.y == mlp::Labels{7, 2});
  mlp::Matrix<double> batch(1, 6);
  const std::vector<Index> last{1};
  mlp::gather(digits.test.x, last, mlp::MatrixView<double>(batch));
  CHECK(batch(0, 5) == doctest::Approx(1).epsilon(1e-15));
  CHECK(batch(0, 0) == doctest::Approx(250 / 255.0).epsilon(1e-15));
}

TEST_CASE("a file that lies there unpacked is preferred to its .gz") {
  const Digits folder;
  folder.write("t10k-labels-idx1-ubyte", "\0\0\x08\1\0\0\0\2\1\1"s);
  CHECK(mlp::read_mnist(folder.path()).test.y == mlp::Labels{1, 1});
}

TEST_CASE("a folder of MNIST says which file is missing") {
  const Digits folder;
  CHECK(folder.error() == "");
  for (const std::string name : {"t10k-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                 "train-images-idx3-ubyte"}) {  // of several, the first that is looked for
    folder.remove(name);
    folder.remove(name + ".gz");
    CHECK(folder.error() == "DIR: holds neither " + name + " nor " + name + ".gz");
  }
  const TemporaryFolder other;
  CHECK_THROWS_WITH_AS(mlp::read_mnist(other / "none"),
                       (other / "none: cannot open: No such file or directory").c_str(), mlp::IoError);
  const std::string file = small + "/train-labels-idx1-ubyte";
  CHECK_THROWS_WITH_AS(mlp::read_mnist(file), (file + ": cannot open: Not a directory").c_str(), mlp::IoError);
}

TEST_CASE("files that do not belong together, or are something else, are refused by name") {
  const Digits folder;
  folder.write("train-labels-idx1-ubyte", "\0\0\x08\1\0\0\0\2\1\1"s);
  CHECK(folder.error() == "DIR/train-labels-idx1-ubyte: 2 labels of 3 images");
  folder.write("train-labels-idx1-ubyte", "\0\0\x08\1\0\0\0\3\1\x0A\1"s);
  CHECK(folder.error() == "DIR/train-labels-idx1-ubyte: label of image 1 must be in [0, 10), got 10");
  folder.write("train-labels-idx1-ubyte", "\0\0\x09\1\0\0\0\3\1\2\xFF"s);
  CHECK(folder.error() == "DIR/train-labels-idx1-ubyte: label of image 2 must be in [0, 10), got -1");
  folder.write("train-labels-idx1-ubyte", "\0\0\x08\1\0\0\0\3\1\2"s);
  CHECK(folder.error() == "DIR/train-labels-idx1-ubyte: byte 8: expected 3 bytes of data, got 2");
  folder.write("train-labels-idx1-ubyte", "\0\0\x08\1\0\0\0\3\1\2\3"s);
  CHECK(folder.error() == "");

  const std::string images = "\0\0\x08\3\0\0\0\2\0\0\0\3\0\0\0\1abcdef"s;
  folder.write("t10k-images-idx3-ubyte", images);
  CHECK(folder.error() == "DIR/t10k-images-idx3-ubyte: expected images [2, 3], got [3, 1]");
  folder.write("t10k-images-idx3-ubyte", "\0\0\x08\3\0\0\0\2\0\0\0\2\0\0\0\1abcd"s);
  CHECK(folder.error() == "DIR/t10k-images-idx3-ubyte: expected images [2, 3], got [2, 1]");
  folder.write("t10k-images-idx3-ubyte", "\0\0\x08\1\0\0\0\2\1\1"s);
  CHECK(folder.error() == "DIR/t10k-images-idx3-ubyte: byte 3: expected images, 3 dimensions, got 1");
  folder.write("t10k-images-idx3-ubyte", "\0\0\x0B\3\0\0\0\1\0\0\0\1\0\0\0\1\1\0"s);
  CHECK(folder.error() == "DIR/t10k-images-idx3-ubyte: byte 16: element 0: 256 does not fit the type asked for");
  folder.write("t10k-images-idx3-ubyte", "\x1F\x8B\x08");
  CHECK(folder.error() == "DIR/t10k-images-idx3-ubyte: byte 0: compressed by gzip: see mlp::read_gzip");
  folder.write("train-images-idx3-ubyte.gz", images);
  CHECK(folder.error() == "DIR/train-images-idx3-ubyte.gz: byte 0: not a gzip file");
}

TEST_CASE("the real MNIST has its published counts" * doctest::test_suite("real data")) {
  const char* data_dir = std::getenv("MLP_DATA_DIR");
  if (data_dir == nullptr) {
    MESSAGE("skipped: MLP_DATA_DIR is not set");
    return;
  }
  const mlp::Mnist digits = mlp::read_mnist(std::string(data_dir) + "/mnist");
  CHECK(digits.height == 28);
  CHECK(digits.width == 28);
  REQUIRE(digits.train.x.rows() == 60000);
  REQUIRE(digits.test.x.rows() == 10000);
  REQUIRE(digits.train.x.cols() == 784);
  REQUIRE(digits.test.x.cols() == 784);
  // Counts of each digit, and the first labels, as they are published and every loader shows them.
  CHECK(histogram<int>(digits.train.y, 10) ==
        std::vector<int>{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949});
  CHECK(histogram<int>(digits.test.y, 10) == std::vector<int>{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009});
  CHECK(mlp::Labels(digits.train.y.begin(), digits.train.y.begin() + 8) == mlp::Labels{5, 0, 4, 1, 9, 2, 1, 3});
  CHECK(mlp::Labels(digits.test.y.begin(), digits.test.y.begin() + 8) == mlp::Labels{7, 2, 1, 0, 4, 1, 4, 9});
  // The mean and the standard deviation that everybody normalizes with: 0.1307 and 0.3081.
  const auto& bytes = digits.train.x.bytes;
  const std::vector<int> counts = histogram<std::uint8_t>({bytes.data(), static_cast<std::size_t>(bytes.size())}, 256);
  double mean = 0, mean_of_squares = 0;
  for (std::size_t byte = 0; byte < counts.size(); ++byte) {
    const double pixel = static_cast<double>(byte) / 255, share = counts[byte] / static_cast<double>(bytes.size());
    mean += share * pixel;
    mean_of_squares += share * pixel * pixel;
  }
  CHECK(mean == doctest::Approx(0.1307).epsilon(5e-4));
  CHECK(std::sqrt(mean_of_squares - mean * mean) == doctest::Approx(0.3081).epsilon(5e-4));
}
