// SPDX-License-Identifier: MIT
// A training that is killed, over and over, ends with the weights of one that is not.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

#include "reliability/child.hpp"
#include "reliability/tests.hpp"
#include "reliability/training.hpp"
#include "support/temporary_folder.hpp"

namespace mlp::testing {

int test_kill(int count) {
  using Seconds = std::chrono::duration<double>;
  const TemporaryFolder folder;
  const auto begin = std::chrono::steady_clock::now();
  const std::string expected = Child([&] { return train(folder / "undisturbed"); }).result();
  const Seconds whole = std::chrono::steady_clock::now() - begin;
  std::filesystem::remove(folder / "undisturbed");

  const std::string path = folder / "net.ckpt";
  std::mt19937 random(1);
  std::uniform_real_distribution<double> moment(0, whole.count() / 3);
  int kills = 0, in_a_write = 0, without_a_file = 0, whole_trainings = 0;
  Index epochs_before = 0;
  while (kills < count) {
    Child child([&] { return train(path); });
    std::this_thread::sleep_for(Seconds(moment(random)));
    if (!child.kill()) {
      require(child.result() == expected, "other weights after " + std::to_string(kills) + " kills");
      ++whole_trainings;
      epochs_before = 0;
      std::filesystem::remove(path);
      continue;
    }
    ++kills;
    in_a_write += std::filesystem::exists(path + ".0.tmp") ? 1 : 0;
    require(folder.count() <= 2, "more than one temporary file");
    if (!std::filesystem::exists(path)) {
      require(epochs_before == 0, "the checkpoint is gone");
      ++without_a_file;
      continue;
    }
    const Index epochs = epochs_of(path);
    require(epochs >= epochs_before && epochs <= whole_training, "the checkpoint went back");
    epochs_before = epochs;
  }
  const std::string result = Child([&] { return train(path); }).result();
  require(result == expected, "weights " + result + ", expected " + expected);
  require(folder.count() == 1, "a temporary file stays");
  std::printf(
      "%d kills, %d of them while a checkpoint was written, %d before the first one; %d trainings came to their end"
      " between them, all with the weights %s of an undisturbed one of %.2f seconds\n",
      kills, in_a_write, without_a_file, whole_trainings + 1, expected.c_str(), whole.count());
  return 0;
}

}  // namespace mlp::testing
