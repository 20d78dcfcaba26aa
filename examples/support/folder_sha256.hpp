// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <mlp/core/file.hpp>
#include <mlp/math/threads.hpp>

#include "sha256.hpp"

namespace examples {

/// One hash for many files: of what `sha256sum` prints for them, in the byte order of their paths below `root`.
/// `sets`: folders below `root` and the files in each that count. Nothing without OpenSSL.
inline std::optional<std::string> folder_sha256(
    const std::string& root, const std::vector<std::pair<std::string, const std::vector<std::string>*>>& sets) {
  if (!sha256("")) return {};
  std::vector<std::string> lines;
  for (const auto& [folder, files] : sets)
    for (const std::string& file : *files) lines.push_back(folder + "/" + file);
  std::sort(lines.begin(), lines.end());
  mlp::parallel_for(static_cast<mlp::Index>(lines.size()), [&](mlp::Index i) {
    std::string& line = lines[static_cast<std::size_t>(i)];
    line = *sha256(mlp::read_file(root + "/" + line)) + "  " + line + '\n';
  });
  std::string listing;
  for (const std::string& line : lines) listing += line;
  return sha256(listing);
}

}  // namespace examples
