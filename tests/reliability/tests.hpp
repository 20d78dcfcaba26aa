// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>

/// The tests of main.cpp. Each returns what the program returns, or throws where something is not as it should be.
namespace mlp::testing {

inline constexpr int skipped = 77;

int test_kill(int count);
int test_damage(int count);
int test_full_disk();
int test_size_limit();
int test_unwritable_folder();

inline void require(bool good, const std::string& what) {
  if (!good) throw std::runtime_error(what);
}

}  // namespace mlp::testing
