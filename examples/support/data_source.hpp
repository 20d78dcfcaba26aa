// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <mlp/core/error.hpp>
#include <mlp/core/file.hpp>

#include "command_line.hpp"
#include "sha256.hpp"

namespace examples {

/// Where a program's data comes from, as the report says it.
struct DataSource {
  std::string path;  ///< empty: generated
  std::optional<std::string> sha256;
  std::string made = "generated";  ///< what it is called where it comes from no file

  bool generated() const { return path.empty(); }
  std::string name() const { return generated() ? made : std::filesystem::weakly_canonical(path).filename().string(); }
};

/// The data of --data, else of the folder MLP_DATA_DIR, else none: generate it. Within a folder it is the first of
/// `names` that exists. @throws mlp::IoError if there is none of them.
inline DataSource find_data(const Options& options, const std::vector<std::string>& names) {
  std::string root = options.data;
  if (root.empty())
    if (const char* variable = std::getenv("MLP_DATA_DIR")) root = variable;
  if (root.empty()) return {};
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  if (!std::filesystem::is_directory(root)) {
    if (!std::filesystem::exists(root)) throw mlp::IoError(root + ": cannot open: No such file or directory");
    return {root, {}};
  }
  std::string list;
  for (const std::string& name : names) {
    const std::string path = root + "/" + name;
    if (std::filesystem::exists(path)) return {path, {}};
    list += (list.empty() ? "" : " nor ") + name;
  }
  throw mlp::IoError(root + ": holds neither " + list);
}

/// "Said loudly": figures from generated data must never be taken for those of the real data.
inline void warn_generated(const std::string& what) {
  std::cout << "************************************************************************\n"
            << "  GENERATED DATA: no --data and no MLP_DATA_DIR given, so this run uses\n"
            << "  " << what << ".\n"
            << "  Its figures are not those of the real data.\n"
            << "************************************************************************\n";
}

}  // namespace examples
