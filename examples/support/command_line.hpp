// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <mlp/core/matrix.hpp>

namespace CLI {
class App;
}

namespace examples {

/// The command line that the exercises share. What is not given has the value of the protocol.
struct Options {
  std::string data;
  std::string protocol = "slides";
  std::optional<std::uint64_t> seed;
  std::optional<mlp::Index> epochs;
  std::optional<mlp::Index> batch_size;
  std::string dtype = "float32";
  std::optional<mlp::Index> threads;
  std::string out;
  std::string checkpoint;  ///< a folder; empty: none
  bool resume = false;
  bool quiet = false;

  bool edition_2024() const { return protocol == "2024"; }
  /// Of the initial weights and the order of the batches; the split of the data belongs to the protocol.
  std::uint64_t rng_seed() const { return seed.value_or(edition_2024() ? 59 : 0); }
};

/// Which settings a program knows.
enum class Protocols {
  course,   ///< those of the slides, and of the 2024 edition
  none,     ///< its own
  formula,  ///< its own for many small models, on data made by formula: no data files and no checkpoints
};

/// What a program understands on its command line. Values stay with the caller and are set by `run`.
///
///     Options options;
///     CommandLine command_line("mnist", "Handwritten digits.");
///     command_line.add_options(options, Protocols::none);
///     return command_line.run(argc, argv, options, [&] { compare_models(options); });
class CommandLine {
 public:
  CommandLine(const std::string& program, const std::string& description);
  ~CommandLine();

  /// All that the exercises share.
  void add_options(Options& options, Protocols protocols = Protocols::course);

  /// A whole number from 1 to `most`.
  void add_number(const std::string& name, mlp::Index& value, const std::string& description,
                  std::int64_t most = 1'000'000'000);
  void add_number(const std::string& name, std::optional<mlp::Index>& value, const std::string& description,
                  std::int64_t most = 1'000'000'000);
  /// Some of them, with commas in between.
  void add_numbers(const std::string& name, std::vector<mlp::Index>& values, const std::string& description,
                   std::int64_t most);
  /// One of two words.
  void add_choice(const std::string& name, std::string& value, const std::string& one, const std::string& other,
                  const std::string& description);
  /// Any text, called `type` by --help.
  void add_text(const std::string& name, std::string& value, const std::string& type, const std::string& description);
  /// --decay-epochs: for a training that is gone on with, whose rate must not depend on where it stopped.
  void add_decay_epochs(mlp::Index& value);
  /// What must be there, without a name before it.
  void add_argument(const std::string& name, std::string& value, const std::string& description);

  /// Parses the command line, runs `program()`, and gives the exit code: 0, 2 for bad arguments, 1 for everything else
  /// that went wrong, each with one line on stderr.
  int run(int argc, char** argv, const Options& options, const std::function<void()>& program);

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace examples
