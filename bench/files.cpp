// SPDX-License-Identifier: MIT
// Saving and loading a model of 140 MB beside dd and a plain read of the same file, in turn:
//
//     bench_files FILE [COPY] [ROUNDS]     writes FILE, and dd writes COPY (/dev/shm/bench_files)
//
// Prints medians of wall-clock time, and the share of dd's speed. The file stays in the page cache.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <mlp/io/model_file.hpp>
#include <mlp/io/state_dict.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/math/rng.hpp>
#include <mlp/math/threads.hpp>
#include <mlp/models/sequential.hpp>

namespace {

double seconds(const std::function<void()>& f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void dd(const std::string& from, const std::string& to, const std::string& more) {
  const std::string command = "dd if='" + from + "' of='" + to + "' bs=1M " + more + " 2> /dev/null";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("dd failed: " + command);
}

struct Row {
  const char* name;
  std::function<void()> run;
  std::size_t peer;  ///< the row of dd
  std::vector<double> times = {};

  double median() const {
    std::vector<double> sorted = times;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::puts("usage: bench_files FILE [COPY] [ROUNDS]");
    return 2;
  }
  const std::string path = argv[1];
  const std::string copy = argc > 2 ? argv[2] : "/dev/shm/bench_files";
  const int rounds = argc > 3 ? std::max(1, std::atoi(argv[3])) : 9;

  mlp::Rng rng(1);
  mlp::Sequential net{mlp::Linear(5000, 5000, rng), mlp::Linear(5000, 2000, rng)};
  std::vector<Row> rows{
      {"dd into /dev/null", [&] { dd(path, "/dev/null", ""); }, 0},
      {"dd into a file in memory", [&] { dd(path, copy, ""); }, 1},
      {"dd conv=fsync beside the file", [&] { dd(path, path + ".copy", "conv=fsync"); }, 2},
      {"read() into new memory", [&] { mlp::load_file(path); }, 0},
      {"load", [&] { mlp::load(net, path); }, 0},
      {"load, beside the file in memory", [&] { mlp::load(net, path); }, 1},
      {"load_network", [&] { mlp::load_network(path); }, 0},
      {"load of SafeTensors::read", [&] { mlp::load(net, mlp::SafeTensors::read(path)); }, 0},
      {"load of SafeTensors::map", [&] { mlp::load(net, mlp::SafeTensors::map(path)); }, 0},
      {"save_network, with fsync", [&] { mlp::save_network(net, path); }, 2},
  };
  mlp::save_network(net, path);
  for (int i = 0; i < rounds; ++i)
    for (Row& row : rows) row.times.push_back(seconds(row.run));
  std::printf("%d threads, medians of %d\n", mlp::num_threads(), rounds);
  for (const Row& row : rows)
    std::printf("%-32s %7.4f s  %4.0f %% of %s\n", row.name, row.median(), 100 * rows[row.peer].median() / row.median(),
                rows[row.peer].name);
  for (const std::string& file : {path, path + ".copy", copy}) std::remove(file.c_str());
} catch (const std::exception& error) {
  std::printf("bench_files: %s\n", error.what());
  return 1;
}
