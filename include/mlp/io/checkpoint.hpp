// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/text.hpp>
#include <mlp/core/view.hpp>
#include <mlp/io/safetensors.hpp>
#include <mlp/io/safetensors_on_disk.hpp>
#include <mlp/io/state_dict.hpp>
#include <mlp/math/rng.hpp>

namespace mlp {

struct CheckpointOptions {
  std::string path;                          ///< of the file, written as a whole or not at all
  Index every = 1;                           ///< epochs
  bool resume = true;                        ///< from the file, if there is one; else it is overwritten
  std::vector<double>* also_keep = nullptr;  ///< numbers of the caller that grow with the training
};

/// Keeps all of a training in one file after an epoch, so that it goes on after a crash as if nothing had happened: to
/// the same weights, bit for bit. Weights, state of the optimizer, learning rate and schedule, the best weights of
/// early stopping, the random stream and the history. The file is safetensors with a checksum.
///
///     Checkpoint checkpoint({.path = "net.ckpt"});
///     fit(net, CrossEntropyLoss(), SGD({.lr = 0.1}), train, val, {.epochs = 100}, rng, checkpoint);
///
/// `fit` then throws FormatError for a file that is damaged, of another training (`net.ckpt: of another training:
/// ...`), or of a newer version; ValueError for options out of range; IoError if the file cannot be written.
class Checkpoint {
 public:
  static constexpr int version = 1;

  /// @throws ValueError `mlp::Checkpoint: every must be at least 1, got 0`, `mlp::Checkpoint: expected a path, got
  /// none`
  explicit Checkpoint(CheckpointOptions options) : options_(std::move(options)) {
    if (options_.path.empty()) throw ValueError("mlp::Checkpoint: expected a path, got none");
    detail::check_at_least("Checkpoint", "every", options_.every, 1);
  }

  /// Takes over what the file holds, if there is one.
  template <class State>
  void resume(State& state) const {
    std::error_code error;
    if (!options_.resume || !std::filesystem::exists(options_.path, error)) return;
    const SafeTensors file = detail::read_briefly(options_.path);
    check(file, state.description);
    state.visit(Reading{file});
    if (options_.also_keep == nullptr) return;
    const Matrix<double> numbers = file.matrix<double>("also");
    options_.also_keep->assign(numbers.data(), numbers.data() + numbers.size());
  }

  template <class State>
  void after_epoch(State& state) const {
    if (static_cast<Index>(state.history.epochs.size()) % options_.every != 0 && !state.history.stopped_early) return;
    Writing writing;
    state.visit(writing);
    if (options_.also_keep != nullptr) {
      const auto count = static_cast<Index>(options_.also_keep->size());
      writing.writer.add("also", ConstMatrixView<double>(options_.also_keep->data(), 1, count), {count});
    }
    writing.writer.write(options_.path,
                         {{"mlp.checkpoint", std::to_string(version)}, {"mlp.training", state.description}});
  }

 private:
  void check(const SafeTensors& file, const std::string& description) const {
    const auto text = [&](const char* key) -> std::string {
      const auto found = file.metadata().find(key);
      if (found == file.metadata().end()) throw FormatError(options_.path + ": not a checkpoint: has no " + key);
      return found->second;
    };
    detail::check_file_version(options_.path, "checkpoint", text("mlp.checkpoint"), version);
    text("mlp.checksum");
    if (const std::string other = text("mlp.training"); other != description)
      throw FormatError(options_.path + ": of another training: " + detail::one_line(other) + "; this one is " +
                        description);
  }

  /// Collects the parts of a state.
  struct Writing {
    SafeTensorsWriter writer;
    std::deque<Matrix<double>> doubles;  // what is written must stay until it is
    std::deque<Matrix<std::int64_t>> integers;
    std::deque<Matrix<std::uint64_t>> words;

    void operator()(const std::string& name, double& value) {
      add<double>(name, doubles, Matrix<double>::Constant(1, 1, value), {});
    }
    template <std::integral N>
    void operator()(const std::string& name, N& value) {
      add<std::int64_t>(name, integers, Matrix<std::int64_t>::Constant(1, 1, static_cast<std::int64_t>(value)), {});
    }
    void operator()(const std::string& name, Matrix<double>& value) {
      add<double>(name, doubles, value, {value.rows(), value.cols()});
    }
    void operator()(const std::string& name, Rng& rng) {
      const Rng::State state = rng.state();
      const auto size = static_cast<Index>(state.size());
      add<std::uint64_t>(name, words, ConstMatrixView<std::uint64_t>(state.data(), 1, size).matrix(), {size});
    }
    template <class Model>
    requires requires { typename Model::Scalar; }
    void operator()(const std::string& name, Model& model) {
      detail::add_parameters(writer, name + ".", std::as_const(model));
    }

   private:
    template <class T>
    void add(const std::string& name, std::deque<Matrix<T>>& kept, Matrix<T> value, std::vector<Index> shape) {
      kept.push_back(std::move(value));
      writer.add(name, kept.back(), std::move(shape));
    }
  };

  /// Gives the parts of a state what the file has.
  struct Reading {
    const SafeTensors& file;

    void operator()(const std::string& name, double& value) const { value = one<double>(name); }
    void operator()(const std::string& name, bool& value) const { value = one<std::int64_t>(name) != 0; }
    void operator()(const std::string& name, Index& value) const {
      constexpr Index most = Index{1} << 53;  // a count goes on from here
      const Index count = one<Index>(name);
      if (count < 0 || count > most) throw FormatError(file.name() + ": " + name + " is no count");
      value = count;
    }
    void operator()(const std::string& name, Matrix<double>& value) const {
      const Matrix<double> table = file.matrix<double>(name);
      if (table.cols() != value.cols())
        throw FormatError(file.name() + ": " + name + " has " + std::to_string(table.cols()) + " columns, expected " +
                          std::to_string(value.cols()));
      value = table;
    }
    void operator()(const std::string& name, Rng& rng) const {
      const Matrix<std::uint64_t> words = file.matrix<std::uint64_t>(name);
      Rng::State state;
      if (words.size() != static_cast<Index>(state.size()))
        throw FormatError(file.name() + ": " + name + " is no state of a random stream");
      std::copy(words.data(), words.data() + words.size(), state.begin());
      rng.set_state(state);
    }
    template <class Model>
    requires requires { typename Model::Scalar; }
    void operator()(const std::string& name, Model& model) const { load(model, file, {.prefix = name + "."}); }

   private:
    template <class N>
    N one(const std::string& name) const {
      const Matrix<N> value = file.matrix<N>(name);
      if (value.size() != 1) throw FormatError(file.name() + ": " + name + " is no single number");
      return value(0, 0);
    }
  };

  CheckpointOptions options_;
};

}  // namespace mlp
