// SPDX-License-Identifier: MIT
#include "support/reference.hpp"

#include <fstream>
#include <stdexcept>
#include <string>

namespace mlp::testing {

std::string stored(const std::string& name) {
  return std::string(MLP_TEST_DIR) + "/reference/" + name;
}

nlohmann::json reference(const std::string& name) {
  std::ifstream file(stored(name));
  if (!file) throw std::runtime_error("no reference file " + name);
  return nlohmann::json::parse(file);
}

}  // namespace mlp::testing
