// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/parameter.hpp>
#include <mlp/core/shape.hpp>
#include <mlp/core/text.hpp>
#include <mlp/core/view.hpp>
#include <mlp/io/safetensors.hpp>
#include <mlp/io/safetensors_on_disk.hpp>

namespace mlp {

/// What of a file and of a model did not meet.
struct LoadReport {
  std::vector<std::string> missing;     ///< parameters of the model that the file does not have
  std::vector<std::string> unexpected;  ///< tensors of the file that the model does not have
  std::vector<std::string> mis_shaped;  ///< "0.weight: expected [64, 9], got [32, 9]"

  bool empty() const { return missing.empty() && unexpected.empty() && mis_shaped.empty(); }

  /// "missing: 4.weight, 4.bias; unexpected: 5.weight"; empty if all met
  std::string str() const {
    std::string text;
    const auto append = [&](const char* what, const std::vector<std::string>& names) {
      if (names.empty()) return;
      text += (text.empty() ? "" : "; ") + std::string(what) + ": " +
              detail::joined(names, [](const std::string& name) { return detail::one_line(name); });
    };
    append("missing", missing);
    append("unexpected", unexpected);
    append("mis-shaped", mis_shaped);
    return text;
  }
};

struct LoadOptions {
  bool strict = true;       ///< nothing may be missing, unexpected or mis-shaped; else what meets is taken
  std::string prefix = {};  ///< in front of each name of the model: "model." for a part of a larger file
};

namespace detail {

/// Adds the parameters of a model under PyTorch's names.
template <class Model>
void add_parameters(SafeTensorsWriter& writer, const std::string& prefix, const Model& model) {
  using T = typename Model::Scalar;
  Model::visit_parameters(
      [&](const ParameterName& name, ConstMatrixView<T> p) {
        std::vector<Index> shape{p.rows(), p.cols()};
        const ParameterName& leaf = name.leaf();
        if (leaf.dimensions == 1) shape.erase(shape.begin());
        if (!leaf.file_shape.empty()) shape.assign(leaf.file_shape.begin(), leaf.file_shape.end());
        writer.add(prefix + name.str(), p, std::move(shape));
      },
      model);
}

}  // namespace detail

/// Writes the parameters of a model under the names and shapes of PyTorch's `state_dict()`, as a whole or not at all.
///
///     save(net, "net.safetensors");   // safetensors.torch.load_file("net.safetensors")
///
/// @throws IoError `net.safetensors: cannot write: No space left on device`
template <class Model>
void save(const Model& model, const std::string& path, const Metadata& metadata = {}) {
  SafeTensorsWriter writer;
  detail::add_parameters(writer, "", model);
  writer.write(path, metadata);
}

namespace detail {

/// The parameters of a model beside the tensors of a file that have their name and shape.
template <class T>
struct Matches {
  LoadReport report;
  std::vector<std::pair<const SafeTensors::Tensor*, MatrixView<T>>> found;
};

/// PyTorch's count of the batches that a BatchNorm1d has seen, which lies beside its running statistics. Those of this
/// library have a momentum and need none.
inline bool is_batch_count(std::string_view name, const std::set<std::string, std::less<>>& known) {
  constexpr std::string_view count = "num_batches_tracked";
  if (!name.ends_with(count)) return false;
  name.remove_suffix(count.size());
  return known.contains(std::string(name) + "running_mean");
}

template <class Model>
auto match(Model& model, const SafeTensors& file, const LoadOptions& options) {
  using T = typename Model::Scalar;
  Matches<T> matches;
  LoadReport& report = matches.report;
  std::set<std::string, std::less<>> known;
  Model::visit_parameters(
      [&](const ParameterName& name, MatrixView<T> p) {
        const std::string full = options.prefix + name.str();
        known.insert(full);
        const SafeTensors::Tensor* const tensor = file.find(full);
        if (tensor == nullptr)
          report.missing.push_back(full);
        else if (const Shape shape = SafeTensors::shape_of(*tensor); shape != p.shape())
          report.mis_shaped.push_back(full + ": expected " + to_string(p.shape()) + ", got " + to_string(shape));
        else
          matches.found.emplace_back(tensor, p);
      },
      model);
  for (const SafeTensors::Tensor& tensor : file.tensors())
    if (tensor.name.starts_with(options.prefix) && !known.contains(tensor.name) && !is_batch_count(tensor.name, known))
      report.unexpected.push_back(tensor.name);
  if (options.strict && !report.empty()) throw FormatError(file.name() + ": does not fit the model: " + report.str());
  return matches;
}

/// Takes a large file of this library straight into the parameters, after a first look at all of it for its checksum.
/// No report, and nothing changed, where that cannot be done or the checksum is wrong. `between` is called between the
/// two.
template <class Model, class Between>
std::optional<LoadReport> load_in_place(Model& model, const std::string& path, const LoadOptions& options,
                                        const Between& between) {
  using T = typename Model::Scalar;
  if (std::endian::native != std::endian::little) return {};
  const std::optional<SafeTensorsOnDisk> file = SafeTensorsOnDisk::open(path);
  if (!file || !file->is_whole()) return {};
  between();
  auto [report, found] = match(model, file->header(), options);
  std::vector<Destination> wanted;
  for (auto& [tensor, p] : found) {
    if (!SafeTensors::holds<T>(*tensor) || p.stride() != p.cols()) return {};
    wanted.push_back({tensor->begin, tensor->begin + tensor->size, reinterpret_cast<char*>(p.data())});
  }
  std::sort(wanted.begin(), wanted.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  if (!file->copy(wanted)) throw IoError(path + ": cannot read: was changed meanwhile");
  return std::move(report);
}

}  // namespace detail

/// Takes the parameters of a model from a file, by name, converted to the model's type. Nothing is changed unless all
/// that was asked for can be done. Tensors outside of `prefix` are not looked at, nor PyTorch's `num_batches_tracked`.
/// @throws FormatError `net.safetensors: does not fit the model: missing: 2.weight; mis-shaped: 0.weight: expected
/// [64, 9], got [32, 9]` where strict
template <class Model>
LoadReport load(Model& model, const SafeTensors& file, const LoadOptions& options = {}) {
  using T = typename Model::Scalar;
  auto [report, found] = detail::match(model, file, options);

  // Numbers of another type may not fit: all of them are converted before the first parameter changes.
  std::vector<Matrix<T>> converted(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& [tensor, p] = found[i];
    if (SafeTensors::holds<T>(*tensor)) continue;
    converted[i].resize(p.rows(), p.cols());
    file.copy(*tensor, view(converted[i]));
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& [tensor, p] = found[i];
    if (SafeTensors::holds<T>(*tensor))
      file.copy(*tensor, p);
    else
      found[i].second.array() = converted[i].array();
  }
  return report;
}

/// The same from a path. Takes no memory for a large file that this library wrote, of numbers of the model's type.
///
///     load(net, "net.safetensors");
///     LoadReport report = load(net, "other.safetensors", {.strict = false});
///
/// @throws IoError, FormatError; IoError `net.safetensors: cannot read: was changed meanwhile`, with some parameters
/// changed already, where another program writes into the file at this moment (and does not replace it, as `save` does)
template <class Model>
LoadReport load(Model& model, const std::string& path, const LoadOptions& options = {}) {
  if (auto report = detail::load_in_place(model, path, options, [] {})) return *std::move(report);
  return load(model, SafeTensors::read(path), options);
}

}  // namespace mlp
