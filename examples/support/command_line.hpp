// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>

#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/math/threads.hpp>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

namespace examples {

/// The command line that the exercises share. What is not given has the value of the protocol.
struct Options {
  std::string data;
  std::string protocol = "slides";
  std::optional<std::uint64_t> seed;
  std::optional<mlp::Index> epochs;
  std::optional<mlp::Index> batch_size;
  std::string dtype = "float32";
  std::optional<int> threads;
  std::string out;
  std::string checkpoint;  ///< a folder; empty: none
  bool resume = false;
  bool quiet = false;

  bool edition_2024() const { return protocol == "2024"; }
  /// Of the initial weights and the order of the batches; the split of the data belongs to the protocol.
  std::uint64_t rng_seed() const { return seed.value_or(edition_2024() ? 59 : 0); }
};

namespace detail {

/// Why `folder` cannot be made or written to, found out before hours of training; empty if it can.
inline std::string cannot_write(const std::filesystem::path& folder) {
  if (folder.empty()) return "expected a folder, got none";
  std::error_code ignored;
  std::filesystem::path existing = std::filesystem::absolute(folder, ignored);
  while (!std::filesystem::exists(existing, ignored) && existing.has_relative_path()) existing = existing.parent_path();
  if (!std::filesystem::is_directory(existing, ignored)) return existing.string() + " is not a folder";
#if __has_include(<unistd.h>)
  if (::access(existing.c_str(), W_OK) != 0) return "cannot write in " + existing.string();
#endif
  return {};
}

inline std::string one_line(std::string text) {
  for (char& c : text)
    if (c == '\n' || c == '\r') c = ' ';
  return text;
}

}  // namespace detail

/// A validator of CLI11 for whole numbers from `least` to `most`.
inline CLI::Validator whole_number(std::int64_t least, std::int64_t most) {
  return CLI::Validator(
      [=](const std::string& text) -> std::string {
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error == std::errc() && end == text.data() + text.size() && value >= least && value <= most) return {};
        return "expected a whole number from " + std::to_string(least) + " to " + std::to_string(most) + ", got " +
               text;
      },
      "");
}

inline CLI::Validator either(const std::string& one, const std::string& other) {
  return CLI::Validator(
      [=](const std::string& text) -> std::string {
        if (text == one || text == other) return {};
        return "expected " + one + " or " + other + ", got " + text;
      },
      "");
}

/// Which settings a program knows.
enum class Protocols {
  course,   ///< those of the slides, and of the 2024 edition
  none,     ///< its own
  formula,  ///< its own for many small models, on data made by formula: no data files and no checkpoints
};

inline void add_options(CLI::App& app, Options& options, Protocols protocols = Protocols::course) {
  const bool course = protocols == Protocols::course;
  options.out = "mlp-report/" + app.get_name();
  const bool formula = protocols == Protocols::formula;
  if (!formula)
    app.add_option("--data", options.data, "Data file or folder; else $MLP_DATA_DIR, else generated data")
        ->check([](const std::string& path) { return std::string(path.empty() ? "expected a path, got none" : ""); })
        ->type_name("PATH");
  if (course)
    app.add_option("--protocol", options.protocol,
                   "Settings of the slides (default) or of the 2024 edition of the course")
        ->check(either("slides", "2024"))
        ->type_name("slides|2024");
  app.add_option("--seed", options.seed,
                 std::string(formula ? "Of the data, the initial weights" : "Of the initial weights") +
                     " and the batch order (" + (course ? "slides: 0, 2024: 59)" : "0)"))
      ->check(whole_number(0, std::numeric_limits<std::int64_t>::max()))
      ->type_name("N");
  app.add_option("--epochs", options.epochs, "Times through the training set")
      ->check(whole_number(1, 1'000'000'000))
      ->type_name("N");
  app.add_option("--batch-size", options.batch_size, "Samples per step")
      ->check(whole_number(1, 1'000'000'000))
      ->type_name("N");
  app.add_option("--dtype", options.dtype, "Type of the weights and the arithmetic (default float32)")
      ->check(either("float32", "float64"))
      ->type_name("float32|float64");
  app.add_option("--threads", options.threads, "At most so many threads; else OMP_NUM_THREADS or all cores")
      ->check(whole_number(1, 1024))
      ->type_name("N");
  app.add_option("--out", options.out, "Folder of the report, plots and trained models (default " + options.out + ")")
      ->check([](const std::string& folder) { return detail::cannot_write(folder); })
      ->type_name("DIR");
  if (!formula) {
    CLI::Option* const checkpoint =
        app.add_option("--checkpoint", options.checkpoint, "Keep each training in a file of this folder, every epoch")
            ->check([](const std::string& folder) { return detail::cannot_write(folder); })
            ->type_name("DIR");
    app.add_flag("--resume", options.resume, "Go on from the files of --checkpoint, where there are some")
        ->needs(checkpoint);
  }
  app.add_flag("--quiet", options.quiet, "Show the comparison only, no progress");
}

/// Parses the command line, runs `program()`, and gives the exit code: 0, 2 for bad arguments, 1 for everything else
/// that went wrong, each with one line on stderr.
template <class Program>
int run(CLI::App& app, int argc, char** argv, const Options& options, Program&& program) {
  const auto fail = [&](int code, const std::string& text) {
    std::cout.flush();
    std::cerr << app.get_name() << ": " << detail::one_line(text) << '\n';
    return code;
  };
  try {
    app.parse(argc, argv);
    mlp::set_num_threads(options.threads.value_or(0));
    program();
    return 0;
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return 0;
  } catch (const CLI::ParseError& error) {
    return fail(2, std::string(error.what()) + " (--help lists the options)");
  } catch (const std::bad_alloc&) {
    return fail(1, "out of memory");
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(1, error.path1().string() + ": " + error.code().message());
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}

}  // namespace examples
