// SPDX-License-Identifier: MIT
#include <mlp/io/state_dict.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#ifdef __linux__
#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#endif

#include <mlp/core/file.hpp>
#include <mlp/layers/batch_norm_1d.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/math/rng.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>

#include "support/bits.hpp"
#include "support/reference.hpp"
#include "support/temporary_folder.hpp"

using namespace mlp;

namespace {

auto make_net(std::uint64_t seed) {
  Rng rng(seed);
  return Sequential{Linear(3, 4, rng), ReLU(), Linear(4, 1, rng)};
}
const Matrix<float> samples = (Matrix<float>(2, 3) << 1, -2, 0.5f, 3, 0.25f, -1).finished();

/// A model whose file has more than a few MiB: those are not taken into memory as a whole.
auto make_large_net(std::uint64_t seed) {
  Rng rng(seed);
  return Sequential{Linear(700, 1001, rng), ReLU(), Linear(1001, 500, rng)};
}

template <class Model>
bool same_parameters(const Model& a, const Model& b) {
  bool same = true;
  Model::visit_parameters(
      [&](const ParameterName&, ConstMatrixView<float> p, ConstMatrixView<float> q) {
        same = same && testing::bitwise_equal(p.matrix(), q.matrix());
      },
      a, b);
  return same;
}

/// An open file, which nobody can hold meanwhile.
struct OpenForWriting {
  std::FILE* file;
  explicit OpenForWriting(const std::string& path) : file(std::fopen(path.c_str(), "r+b")) { REQUIRE(file != nullptr); }
  ~OpenForWriting() { std::fclose(file); }
  void write(long at, const std::string& bytes) const {
    std::fseek(file, at, SEEK_SET);
    REQUIRE(std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size());
    std::fflush(file);
  }
};

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
  CHECK(other.predict(samples) != net.predict(samples));
  CHECK(load(other, path).empty());
  CHECK(other.predict(samples) == net.predict(samples));

  Rng rng(3);
  Network<double> in_double(Linear<double>(3, 4, rng), ReLU(), Linear<double>(4, 1, rng));
  load(in_double, file);
  const Matrix<double> x_double = samples.cast<double>();
  CHECK((in_double.predict(x_double).cast<float>() - net.predict(samples)).norm() < 1e-6f);
}

TEST_CASE("what does not meet is named, and the model stays as it was") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.safetensors";
  save(make_net(1), path);
  Rng rng(3);
  Sequential other{Linear(3, 5, rng), ReLU(), Linear(5, 1, rng), ReLU(), Linear(1, 1, rng)};
  const Matrix<float> before = other.predict(samples);
  const std::string reason =
      "missing: 4.weight, 4.bias; mis-shaped: 0.weight: expected [5, 3], got [4, 3], 0.bias: expected [1, 5], got [1, "
      "4], "
      "2.weight: expected [1, 5], got [1, 4]";
  CHECK_THROWS_WITH_AS(load(other, path), (path + ": does not fit the model: " + reason).c_str(), FormatError);
  CHECK(other.predict(samples) == before);

  const LoadReport report = load(other, path, {.strict = false});
  CHECK(report.str() == reason);
  CHECK(other.get<2>().bias()(0, 0) == make_net(1).get<2>().bias()(0, 0));

  Sequential smaller{Linear(3, 4, rng)};
  CHECK_THROWS_WITH_AS(load(smaller, path), (path + ": does not fit the model: unexpected: 2.bias, 2.weight").c_str(),
                       FormatError);
  CHECK(load(smaller, path, {.strict = false}).unexpected.size() == 2);
}

TEST_CASE("PyTorch's count of batches beside running statistics is passed over, and nothing else of its name") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.safetensors";
  Rng rng(5);
  Sequential trained{Linear(3, 4, rng), BatchNorm1d(4), Linear(4, 1, rng)}, net = trained;
  trained.get<1>().running_mean().array() = 0.5f;
  const auto write = [&](const std::string& name) {
    SafeTensorsWriter writer;
    detail::add_parameters(writer, "net.", trained);
    const Matrix<std::int64_t> count = Matrix<std::int64_t>::Constant(1, 1, 17);
    writer.add(name, count, std::vector<Index>{});
    writer.write(path);
  };
  write("net.1.num_batches_tracked");
  CHECK(load(net, path, {.prefix = "net."}).empty());
  CHECK(net.predict(samples) == trained.predict(samples));
  write("net.0.num_batches_tracked");
  CHECK_THROWS_WITH_AS(load(net, path, {.prefix = "net."}),
                       (path + ": does not fit the model: unexpected: net.0.num_batches_tracked").c_str(), FormatError);
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
  CHECK(other.predict(samples) == net.predict(samples));
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
  const Matrix<float> before = net.predict(samples);
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    CAPTURE(bit);
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    CHECK_THROWS_AS(load(net, SafeTensors::parse(bad)), FormatError);
  }
  CHECK(net.predict(samples) == before);
  CHECK(load(net, SafeTensors::parse(good)).empty());
  CHECK(net.predict(samples) == make_net(1).predict(samples));
}

TEST_CASE("a file of before the format had its name in it is loaded, its checksum tested") {
  // What `save` wrote of these weights then.
  std::string bytes = read_file(testing::stored("io/written_before.safetensors"));
  Sequential net{Linear(3, 2)};
  load(net, SafeTensors::parse(bytes));
  CHECK(net.get<0>().weight().matrix() == (Matrix<float>(2, 3) << 1, -2, 0.5f, 3, 0.25f, -1).finished());
  CHECK(net.get<0>().bias().matrix() == (Matrix<float>(1, 2) << 4, -8).finished());
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  CHECK_THROWS_WITH_AS(load(net, SafeTensors::parse(bytes, "net.safetensors")),
                       "net.safetensors: damaged: the bytes do not make the checksum in the file", FormatError);
}

TEST_CASE("a large file goes straight into the parameters, for any number of threads, held or read") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.safetensors";
  const auto net = make_large_net(1);
  save(net, path);
  for (const int threads : {1, 2, 5})
    for (const bool held : {true, false}) {
      CAPTURE(threads);
      CAPTURE(held);
      set_num_threads(threads);
      std::optional<OpenForWriting> writer;
      if (!held) writer.emplace(path);
      auto other = make_large_net(2);
      CHECK_FALSE(same_parameters(other, net));
      const auto report = detail::load_in_place(other, path, {}, [] {});
      REQUIRE(report);
      CHECK(report->empty());
      CHECK(same_parameters(other, net));
    }
  set_num_threads(0);
  auto other = make_large_net(2);
  CHECK(load(other, path).empty());
  CHECK(same_parameters(other, net));
}

TEST_CASE("of a large file a part is taken, other types are converted, and what does not meet is named") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.safetensors";
  const auto net = make_large_net(1);
  save(net, path);
  Rng rng(3);
  Sequential first{Linear(700, 1001, rng)};
  CHECK_THROWS_WITH_AS(load(first, path), (path + ": does not fit the model: unexpected: 2.bias, 2.weight").c_str(),
                       FormatError);
  CHECK(load(first, path, {.strict = false}).unexpected.size() == 2);
  CHECK(testing::bitwise_equal(first.get<0>().weight().matrix(), net.get<0>().weight().matrix()));
  CHECK(testing::bitwise_equal(first.get<0>().bias().matrix(), net.get<0>().bias().matrix()));
  Sequential in_double{Linear<double>(700, 1001, rng), ReLU(), Linear<double>(1001, 500, rng)};
  CHECK_FALSE(detail::load_in_place(in_double, path, {}, [] {}));
  load(in_double, path);
  CHECK(in_double.get<2>().weight()(499, 1000) == static_cast<double>(net.get<2>().weight()(499, 1000)));
}

TEST_CASE("a large file that is damaged anywhere is refused, and the model stays as it was") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.safetensors";
  save(make_large_net(1), path);
  const std::string good = read_file(path);
  const auto before = make_large_net(2);
  for (const bool held : {true, false})
    for (const std::size_t at : {std::size_t{0}, std::size_t{20}, good.find("mlp.safe"), good.find("mlp.check"),
                                 good.find("mlp.check") + 20, std::size_t{1} << 20, good.size() - 1}) {
      CAPTURE(at);
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ 4);
      write_file_atomically(path, bad);
      std::optional<OpenForWriting> writer;
      if (!held) writer.emplace(path);
      auto net = before;
      CHECK_THROWS_AS(load(net, path), FormatError);
      CHECK(same_parameters(net, before));
    }
  write_file_atomically(path, good.substr(0, good.size() - 1));
  auto net = before;
  CHECK_THROWS_AS(load(net, path), FormatError);
  CHECK(same_parameters(net, before));
}

TEST_CASE("a large file that another program changes or cuts off while it is read is an error") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.safetensors";
  for (const bool cut : {false, true}) {
    save(make_large_net(1), path);
    const OpenForWriting writer(path);
    auto net = make_large_net(2);
    const auto change = [&] {
      if (cut)
        std::filesystem::resize_file(path, 3'000'000);
      else
        writer.write(4'000'000, "x");
    };
    CHECK_THROWS_WITH_AS(detail::load_in_place(net, path, {}, change),
                         (path + ": cannot read: was changed meanwhile").c_str(), IoError);
  }
}

#ifdef __linux__
TEST_CASE("nobody can write into a large file while it is held") {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "net.safetensors";
  save(make_large_net(1), path);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool can_hold = detail::hold_file(file, std::filesystem::file_size(path)).owner != nullptr;
  ::close(file);
  if (!can_hold) {
    MESSAGE("the system cannot hold a file here");
    return;
  }
  auto net = make_large_net(2);
  int error = 0;
  const auto report = detail::load_in_place(net, path, {}, [&] {
    const int other = ::open(path.c_str(), O_WRONLY | O_TRUNC | O_NONBLOCK);
    error = other < 0 ? errno : 0;
    if (other >= 0) ::close(other);
  });
  CHECK(error == EWOULDBLOCK);
  CHECK(report);
  CHECK(same_parameters(net, make_large_net(1)));
  const OpenForWriting writer(path);  // at once: it is no longer held
  save(make_large_net(3), path);
}
#endif
