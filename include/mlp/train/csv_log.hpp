// SPDX-License-Identifier: MIT
#pragma once

#include <fstream>
#include <string>

#include <mlp/core/error.hpp>
#include <mlp/train/history.hpp>

namespace mlp::detail {

/// The file that grows by one line an epoch, after those that the history has already; none where the path is empty.
class CsvLog {
 public:
  CsvLog(const std::string& path, const History& history) : path_(path) {
    if (path.empty()) return;
    file_.open(path, std::ios::trunc);
    write(history.csv());
  }
  void write(const std::string& line) {
    if (path_.empty()) return;
    file_ << line << std::flush;
    if (!file_) throw IoError(path_ + ": cannot write");
  }

 private:
  std::string path_;
  std::ofstream file_;
};

}  // namespace mlp::detail
