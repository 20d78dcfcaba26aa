// SPDX-License-Identifier: MIT
#include "support/reference.hpp"

#include <fstream>
#include <stdexcept>

namespace mlp::testing {

nlohmann::json reference(const std::string& name) {
  std::ifstream file(std::string(MLP_TEST_DIR) + "/reference/" + name);
  if (!file) throw std::runtime_error("no reference file " + name);
  return nlohmann::json::parse(file);
}

}  // namespace mlp::testing
