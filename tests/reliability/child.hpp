// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include "reliability/tests.hpp"

namespace mlp::testing {

/// A process that runs f() and hands back the text it returns. Whoever starts children must not have used threads.
class Child {
 public:
  template <class F>
  explicit Child(F&& f) {
    int ends[2];
    require(::pipe(ends) == 0, "no pipe");
    std::fflush(stdout);
    process_ = ::fork();
    require(process_ >= 0, "no process");
    if (process_ == 0) {
      ::close(ends[0]);
      int result = 0;
      std::string text;
      try {
        text = f();
      } catch (const std::exception& error) {
        text = error.what();
        result = 1;
      }
      if (::write(ends[1], text.data(), text.size()) != static_cast<ssize_t>(text.size())) result = 1;
      std::fflush(stdout);
      ::_exit(result);
    }
    ::close(ends[1]);
    pipe_ = ends[0];
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    kill();
    ::close(pipe_);
  }

  /// Ends it wherever it is; false if it had come to its end.
  bool kill() {
    if (process_ > 0) ::kill(process_, SIGKILL);
    wait();
    return WIFSIGNALED(status_) && WTERMSIG(status_) == SIGKILL;
  }
  /// What f returned. Throws where it threw or the process died.
  std::string result() {
    std::string text;
    char buffer[4096];
    for (ssize_t count = 0; (count = ::read(pipe_, buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(count));
    wait();
    require(!WIFSIGNALED(status_), "the process died of signal " + std::to_string(WTERMSIG(status_)));
    require(WEXITSTATUS(status_) == 0, text);
    return text;
  }

 private:
  void wait() {
    if (process_ > 0 && ::waitpid(process_, &status_, 0) == process_) process_ = -1;
  }

  pid_t process_ = -1;
  int pipe_ = -1;
  int status_ = 0;
};

}  // namespace mlp::testing
