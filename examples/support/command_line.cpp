// SPDX-License-Identifier: MIT
#include "command_line.hpp"

#include <charconv>
#include <exception>
#include <filesystem>
#include <iostream>
#include <limits>
#include <new>
#include <optional>
#include <system_error>

#include <CLI/CLI.hpp>

#include <mlp/math/threads.hpp>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

namespace examples {

namespace {

/// Why `folder` cannot be made or written to, found out before hours of training; empty if it can.
std::string cannot_write(const std::string& path) {
  const std::filesystem::path folder = path;
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

std::string one_line(std::string text) {
  for (char& c : text)
    if (c == '\n' || c == '\r') c = ' ';
  return text;
}

/// A validator of CLI11 for whole numbers from `least` to `most`.
CLI::Validator whole_number(std::int64_t least, std::int64_t most) {
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

CLI::Validator either(const std::string& one, const std::string& other) {
  return CLI::Validator(
      [=](const std::string& text) -> std::string {
        if (text == one || text == other) return {};
        return "expected " + one + " or " + other + ", got " + text;
      },
      "");
}

}  // namespace

CommandLine::CommandLine(const std::string& program, const std::string& description)
    : app_(std::make_unique<CLI::App>(description, program)) {}

CommandLine::~CommandLine() = default;

void CommandLine::add_number(const std::string& name, mlp::Index& value, const std::string& description,
                             std::int64_t most) {
  app_->add_option(name, value, description)->check(whole_number(1, most))->type_name("N");
}

void CommandLine::add_number(const std::string& name, std::optional<mlp::Index>& value, const std::string& description,
                             std::int64_t most) {
  app_->add_option(name, value, description)->check(whole_number(1, most))->type_name("N");
}

void CommandLine::add_numbers(const std::string& name, std::vector<mlp::Index>& values, const std::string& description,
                              std::int64_t most) {
  app_->add_option(name, values, description)->delimiter(',')->check(whole_number(1, most))->type_name("N,N,...");
}

void CommandLine::add_decay_epochs(mlp::Index& value) {
  add_number("--decay-epochs", value,
             "The rate falls to 0 over so many epochs, and not fewer than --epochs: for a run to be gone on with");
}

void CommandLine::add_choice(const std::string& name, std::string& value, const std::string& one,
                             const std::string& other, const std::string& description) {
  app_->add_option(name, value, description)->check(either(one, other))->type_name(one + "|" + other);
}

void CommandLine::add_text(const std::string& name, std::string& value, const std::string& type,
                           const std::string& description) {
  app_->add_option(name, value, description)->type_name(type);
}

void CommandLine::add_argument(const std::string& name, std::string& value, const std::string& description) {
  app_->add_option(name, value, description)->required();
}

void CommandLine::add_options(Options& options, Protocols protocols) {
  const bool course = protocols == Protocols::course;
  const bool formula = protocols == Protocols::formula;
  options.out = "mlp-report/" + app_->get_name();
  if (!formula)
    app_->add_option("--data", options.data, "Data file or folder; else $MLP_DATA_DIR, else generated data")
        ->check([](const std::string& path) { return std::string(path.empty() ? "expected a path, got none" : ""); })
        ->type_name("PATH");
  if (course)
    add_choice("--protocol", options.protocol, "slides", "2024",
               "Settings of the slides (default) or of the 2024 edition of the course");
  app_->add_option("--seed", options.seed,
                   std::string(formula ? "Of the data, the initial weights" : "Of the initial weights") +
                       " and the batch order (" + (course ? "slides: 0, 2024: 59)" : "0)"))
      ->check(whole_number(0, std::numeric_limits<std::int64_t>::max()))
      ->type_name("N");
  add_number("--epochs", options.epochs, "Times through the training set");
  add_number("--batch-size", options.batch_size, "Samples per step");
  add_choice("--dtype", options.dtype, "float32", "float64",
             "Type of the weights and the arithmetic (default float32)");
  add_number("--threads", options.threads, "At most so many threads; else OMP_NUM_THREADS or all cores", 1024);
  app_->add_option("--out", options.out, "Folder of the report, plots and trained models (default " + options.out + ")")
      ->check(cannot_write)
      ->type_name("DIR");
  if (!formula) {
    CLI::Option* const checkpoint =
        app_->add_option("--checkpoint", options.checkpoint, "Keep each training in a file of this folder, every epoch")
            ->check(cannot_write)
            ->type_name("DIR");
    app_->add_flag("--resume", options.resume, "Go on from the files of --checkpoint, where there are some")
        ->needs(checkpoint);
  }
  app_->add_flag("--quiet", options.quiet, "Show the comparison only, no progress");
}

int CommandLine::run(int argc, char** argv, const Options& options, const std::function<void()>& program) {
  const auto fail = [&](int code, const std::string& text) {
    std::cout.flush();
    std::cerr << app_->get_name() << ": " << one_line(text) << '\n';
    return code;
  };
  try {
    app_->parse(argc, argv);
    mlp::set_num_threads(static_cast<int>(options.threads.value_or(0)));
    program();
    return 0;
  } catch (const CLI::CallForHelp&) {
    std::cout << app_->help();
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
