// SPDX-License-Identifier: MIT
#include <mlp/io/state_dict.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <mlp/core/file.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/math/rng.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>

#include "support/temporary_folder.hpp"

using namespace mlp;

namespace {

auto make_net(std::uint64_t seed) {
  Rng rng(seed);
  return Sequential{Linear(3, 4, rng), ReLU(), Linear(4, 1, rng)};
}
const Matrix<float> x = (Matrix<float>(2, 3) << 1, -2, 0.5f, 3, 0.25f, -1).finished();

}  // namespace

TEST_CASE("a saved model has PyTorch's names and shapes, and another one loads it") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.safetensors";
  const auto net = make_net(1);
  save(net, path);

  const auto file = SafeTensors::read(path);
  CHECK(file.names() == std::vector<std::string>{"0.bias", "0.weight", "2.bias", "2.weight"});
  CHECK(file.find("0.weight")->shape == std::vector<Index>{4, 3});
  CHECK(file.find("0.bias")->shape == std::vector<Index>{4});
  CHECK(file.find("2.weight")->shape == std::vector<Index>{1, 4});
  CHECK(file.find("2.bias")->shape == std::vector<Index>{1});

  auto other = make_net(2);
  CHECK(other.predict(x) != net.predict(x));
  CHECK(load(other, path).empty());
  CHECK(other.predict(x) == net.predict(x));

  Rng rng(3);
  Network<double> in_double(Linear<double>(3, 4, rng), ReLU(), Linear<double>(4, 1, rng));
  load(in_double, file);
  const Matrix<double> x_double = x.cast<double>();
  CHECK((in_double.predict(x_double).cast<float>() - net.predict(x)).norm() < 1e-6f);
}

TEST_CASE("what does not meet is named, and the model stays as it was") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.safetensors";
  save(make_net(1), path);
  Rng rng(3);
  Sequential other{Linear(3, 5, rng), ReLU(), Linear(5, 1, rng), ReLU(), Linear(1, 1, rng)};
  const Matrix<float> before = other.predict(x);
  const std::string reason =
      "missing: 4.weight, 4.bias; mis-shaped: 0.weight: expected [5, 3], got [4, 3], 0.bias: expected [1, 5], got [1, "
      "4], "
      "2.weight: expected [1, 5], got [1, 4]";
  CHECK_THROWS_WITH_AS(load(other, path), (path + ": does not fit the model: " + reason).c_str(), FormatError);
  CHECK(other.predict(x) == before);

  const LoadReport report = load(other, path, {.strict = false});
  CHECK(report.str() == reason);
  CHECK(other.get<2>().bias()(0, 0) == make_net(1).get<2>().bias()(0, 0));

  Sequential smaller{Linear(3, 4, rng)};
  CHECK_THROWS_WITH_AS(load(smaller, path), (path + ": does not fit the model: unexpected: 2.bias, 2.weight").c_str(),
                       FormatError);
  CHECK(load(smaller, path, {.strict = false}).unexpected.size() == 2);
}

TEST_CASE("a part of a larger file is loaded by its prefix") {
  const testing::TemporaryFolder folder;
  const auto net = make_net(1), decoder = make_net(5);
  SafeTensorsWriter writer;
  detail::add_parameters(writer, "encoder.", net);
  detail::add_parameters(writer, "decoder.", decoder);
  writer.write(folder / "both.safetensors");
  auto other = make_net(2);
  CHECK(load(other, folder / "both.safetensors", {.prefix = "encoder."}).empty());
  CHECK(other.predict(x) == net.predict(x));
}

TEST_CASE("a number that the model's type cannot hold is refused before anything changes") {
  const testing::TemporaryFolder folder;
  Rng rng(1);
  Sequential large{Linear<double>(1, 1, rng)};
  large.get<0>().weight()(0, 0) = 1e300;
  save(large, folder / "large.safetensors");
  Sequential net{Linear(1, 1, rng)};
  const float before = net.get<0>().bias()(0, 0);
  CHECK_THROWS_AS(load(net, folder / "large.safetensors"), FormatError);
  CHECK(net.get<0>().bias()(0, 0) == before);
}

TEST_CASE("whichever bit of a saved file is flipped: it is refused, and the model stays as it was") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.safetensors";
  save(make_net(1), path);
  const std::string good = read_file(path);
  auto net = make_net(2);
  const Matrix<float> before = net.predict(x);
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    CAPTURE(bit);
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    CHECK_THROWS_AS(load(net, SafeTensors::parse(bad)), FormatError);
  }
  CHECK(net.predict(x) == before);
  CHECK(load(net, SafeTensors::parse(good)).empty());
  CHECK(net.predict(x) == make_net(1).predict(x));
}

TEST_CASE("a file of before the format had its name in it is loaded, its checksum tested") {
  // What `save` wrote of these weights then.
  std::string bytes = read_file(std::string(MLP_TEST_DIR) + "/reference/io/written_before.safetensors");
  Sequential net{Linear(3, 2)};
  load(net, SafeTensors::parse(bytes));
  CHECK(net.get<0>().weight().matrix() == (Matrix<float>(2, 3) << 1, -2, 0.5f, 3, 0.25f, -1).finished());
  CHECK(net.get<0>().bias().matrix() == (Matrix<float>(1, 2) << 4, -8).finished());
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  CHECK_THROWS_WITH_AS(load(net, SafeTensors::parse(bytes, "net.safetensors")),
                       "net.safetensors: damaged: the bytes do not make the checksum in the file", FormatError);
}
