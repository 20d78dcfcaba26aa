// SPDX-License-Identifier: MIT
// Saving where it cannot be done: a clear error, the previous file whole, nothing left behind, and all is well once it
// can.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sched.h>
#endif

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>

#include <mlp/core/error.hpp>
#include <mlp/core/file.hpp>
#include <mlp/io/model_file.hpp>
#include <mlp/models/sequential.hpp>

#include "reliability/child.hpp"
#include "reliability/tests.hpp"
#include "reliability/training.hpp"
#include "support/temporary_folder.hpp"

namespace mlp::testing {

namespace {

struct Obstacle {
  std::string reason;
  std::function<void()> begin, end;
};

std::string error_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const IoError& error) {
    return error.what();
  }
  return "no error";
}

std::size_t files_in(const std::string& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

void check_saving(const std::string& folder, const Obstacle& obstacle) {
  Rng rng(1);
  const Sequential first{Linear(4, 8, rng), ReLU(), Linear(8, 2, rng)};
  const Sequential second{Linear(40, 200, rng), ReLU(), Linear(200, 2, rng)};
  for (const bool weights_only : {true, false}) {
    const std::string path = folder + "/net.safetensors";
    const auto write = [&](const auto& net) { weights_only ? save(net, path) : save_network(net, path); };
    write(first);
    const std::string before = read_file(path);
    const std::size_t files = files_in(folder);
    obstacle.begin();
    const std::string error = error_of([&] { write(second); });
    obstacle.end();
    require(error == path + ": cannot write: " + obstacle.reason, "saving a model: " + error);
    require(read_file(path) == before, "the previous model is not whole");
    require(files_in(folder) == files, "a temporary file stays");
    write(second);
  }

  const std::string path = folder + "/net.ckpt";
  const std::string expected = train(folder + "/undisturbed");
  std::string before;
  std::size_t files = 0;
  const std::string error = error_of([&] {
    train(path, whole_training, [&](Index epoch) {
      if (epoch != 8) return;
      before = read_file(path);
      files = files_in(folder);
      obstacle.begin();
    });
  });
  obstacle.end();
  require(error == path + ": cannot write: " + obstacle.reason, "writing a checkpoint: " + error);
  require(read_file(path) == before, "the previous checkpoint is not whole");
  require(files_in(folder) == files, "a temporary file stays");
  require(epochs_of(path) == 7, "the previous checkpoint is another");
  require(train(path) == expected, "the training does not go on to the same weights");
}

/// In a process of its own, which may give up rights; a text that begins with "skipped" says that it cannot be tried.
int report(const char* what, const std::function<std::string()>& f) {
  const std::string text = Child(f).result();
  std::printf("%s: %s\n", what, text.c_str());
  return text.starts_with("skipped") ? skipped : 0;
}

const std::string done = "3 saves refused with this error, the previous files whole, nothing left behind";

}  // namespace

int test_full_disk() {
  const TemporaryFolder folder;
  return report("a disk without room", [&]() -> std::string {
#ifdef __linux__
    // A mount that only this process sees and that ends with it; as root of itself where it is not root.
    const bool own = ::unshare(CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
    if (own) static_cast<void>(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
    if (!own || ::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=128k") != 0)
      return std::string("skipped: cannot mount a tmpfs: ") + std::strerror(errno);
    const std::string filler = folder / "filler";
    const auto fill = [&] {
      const int file = ::open(filler.c_str(), O_WRONLY | O_CREAT, 0600);
      const std::string block(4096, 'x');
      while (::write(file, block.data(), block.size()) > 0) {
      }
      ::close(file);
      ::truncate(filler.c_str(), static_cast<off_t>(std::filesystem::file_size(filler) - 4096));  // room for a part
    };
    write_file_atomically(filler, std::string_view());
    check_saving(folder.path(), {"No space left on device", fill, [&] { ::truncate(filler.c_str(), 0); }});
    return done;
#else
    return "skipped: knows how to mount a tmpfs on Linux only";
#endif
  });
}

int test_size_limit() {
  const TemporaryFolder folder;
  return report("a limit of the size of a file", [&] {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    require(::getrlimit(RLIMIT_FSIZE, &limit) == 0, "no limit to be seen");
    const auto set = [&](rlim_t most) {
      const rlimit changed{most, limit.rlim_max};
      require(::setrlimit(RLIMIT_FSIZE, &changed) == 0, "no limit to be set");
    };
    check_saving(folder.path(), {"File too large", [&] { set(4096); }, [&] { set(limit.rlim_cur); }});
    return done;
  });
}

int test_unwritable_folder() {
  const TemporaryFolder folder;
  constexpr uid_t nobody = 65534;
  if (::geteuid() == 0 && ::chown(folder.path().c_str(), nobody, nobody) != 0) {
    std::puts("skipped: cannot give a folder to somebody else");
    return skipped;
  }
  return report("a folder in which nobody may write", [&]() -> std::string {
    if (::geteuid() == 0 && (::setgid(nobody) != 0 || ::setuid(nobody) != 0))  // root may write everywhere
      return std::string("skipped: cannot give up the rights of root: ") + std::strerror(errno);
    const auto allow = [&](mode_t mode) {
      require(::chmod(folder.path().c_str(), mode) == 0, "cannot change the folder");
    };
    check_saving(folder.path(), {"Permission denied", [&] { allow(0555); }, [&] { allow(0755); }});
    return done;
  });
}

}  // namespace mlp::testing
