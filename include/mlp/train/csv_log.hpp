// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <cstdio>
#include <string>

#include <mlp/core/file.hpp>
#include <mlp/train/history.hpp>

namespace mlp::detail {

/// The file that grows by one line an epoch, after those that the history has already; none where the path is empty.
class CsvLog {
 public:
  CsvLog(const std::string& path, const History& history) : path_(path) {
    if (path.empty()) return;
    file_.reset(std::fopen(path.c_str(), "wb"));
    if (!file_) throw io_error(path, "write", errno);
    write(history.csv());
  }
  void write(const std::string& line) {
    if (path_.empty()) return;
    const bool good =
        std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size() && std::fflush(file_.get()) == 0;
    if (!good) throw io_error(path_, "write", errno);
  }

 private:
  std::string path_;
  File file_;
};

}  // namespace mlp::detail
