// SPDX-License-Identifier: MIT
// What a file must survive:
//
//     test_reliability kill N            ends a training N times, at random moments
//     test_reliability damage N          reads N truncated, N bit-flipped and N partly zeroed files of every format
//     test_reliability full_disk         saves where there is no room
//     test_reliability size_limit        saves more than a process may write
//     test_reliability unwritable_folder saves where it is not allowed
//
// The last three also take nothing else. Prints what was done; 0: as it should be, 1: not, 77: cannot be tried here.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "reliability/tests.hpp"

int main(int argc, char** argv) {
  using namespace mlp::testing;
  const std::string name = argc > 1 ? argv[1] : "";
  const int count = argc > 2 ? std::atoi(argv[2]) : 0;
  try {
    if (name == "kill" && count > 0) return test_kill(count);
    if (name == "damage" && count > 0) return test_damage(count);
    if (name == "full_disk") return test_full_disk();
    if (name == "size_limit") return test_size_limit();
    if (name == "unwritable_folder") return test_unwritable_folder();
  } catch (const std::exception& error) {
    std::printf("failed: %s\n", error.what());
    return 1;
  }
  std::puts("usage: test_reliability kill N | damage N | full_disk | size_limit | unwritable_folder");
  return 2;
}
