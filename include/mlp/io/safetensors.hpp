// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <mlp/core/byte_reader.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/file.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/ndarray.hpp>
#include <mlp/core/shape.hpp>
#include <mlp/core/text.hpp>
#include <mlp/core/view.hpp>
#include <mlp/io/checksum.hpp>
#include <mlp/io/mapped_file.hpp>
#include <mlp/io/safetensors_header.hpp>

namespace mlp {

/// Texts beside the tensors of a file.
using Metadata = std::map<std::string, std::string>;

namespace detail {

class SafeTensorsOnDisk;

inline constexpr std::string_view our_keys = "mlp.";  ///< how the keys of this library begin
inline constexpr std::string_view checksum_key = "mlp.checksum";
/// Beside the checksum in every file: who has a key of ours has the other one, so that no damage to one of the two
/// names makes a file one of somebody else, without a checksum. Files without it are older, and have one sum of all
/// bytes.
inline constexpr std::string_view format_key = "mlp.safetensors";
inline constexpr int safetensors_version = 1;

/// How a member of the header whose value is a text begins: "key":". (Not with `+`, of which g++ 12 warns where headers
/// are precompiled.)
inline std::string member_start(std::string_view key) {
  return std::string("\"").append(key).append("\":\"");
}
/// Where in the header the 16 digits of the checksum stand; npos without one.
inline std::size_t find_checksum(std::string_view header) {
  const std::string start = member_start(checksum_key);
  const std::size_t at = header.find(start);
  return at == std::string_view::npos ? at : at + start.size();
}
/// Whether the checksum is made of those of blocks.
inline bool has_block_sums(std::string_view header) {
  return header.find(member_start(format_key)) != header.npos;
}

/// The name of a type of numbers: "F32" of float.
template <class T>
constexpr std::string_view safetensors_type_of() {
  static_assert(std::integral<T> || std::same_as<T, float> || std::same_as<T, double>);
  if constexpr (std::same_as<T, bool>) return "BOOL";
  constexpr char kind = std::floating_point<T> ? 'f' : std::signed_integral<T> ? 'i' : 'u';
  for (const SafetensorsType& type : safetensors_types)
    if (type.dtype.kind == kind && type.dtype.size == static_cast<Index>(sizeof(T))) return type.name;
  return {};
}

/// The checksum of header and data, its own digits taken as zeros.
inline std::string safetensors_checksum(std::string_view header, std::string_view data) {
  std::string blank(header);
  if (const std::size_t at = find_checksum(header); at != header.npos && at + 16 <= blank.size())
    blank.replace(at, 16, 16, '0');
  if (has_block_sums(header)) {
    const std::string_view pieces[] = {blank, data};
    return sum_of_blocks(pieces);
  }
  Checksum<> sum;
  sum.add(blank);
  sum.add(data);
  return sum.text();
}

/// @throws FormatError `net.ckpt: checkpoint of version 2, this library reads up to 1`
inline void check_file_version(const std::string& path, const char* what, const std::string& text, int newest) {
  int version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size() || version < 1)
    throw FormatError(path + ": " + what + " of version " + in_quotes(text) + ", expected a number");
  if (version > newest)
    throw FormatError(path + ": " + what + " of version " + text + ", this library reads up to " +
                      std::to_string(newest));
}

}  // namespace detail

/// Named tensors in a safetensors file. Nothing in it is executed, and a file that breaks a rule of the format is
/// refused as a whole: lengths and offsets out of bounds, holes, overlaps, bytes that make no shape, two equal names,
/// trailing bytes. Where the file has a checksum (`SafeTensorsWriter` gives it one), damaged bytes are refused, too; so
/// is a file with another key `mlp.` in its metadata, but without the checksum that such a file was written with.
///
///     const auto file = SafeTensors::read("net.safetensors");
///     for (const std::string& name : file.names()) std::cout << name << ' ' << file.matrix<float>(name) << '\n';
///
/// Source: https://github.com/huggingface/safetensors
class SafeTensors {
 public:
  struct Tensor {
    std::string name;
    std::string dtype;         ///< "F32", "BF16", "I64", ...
    std::vector<Index> shape;  ///< [] of a single number
    std::string_view bytes;    ///< little endian, in C order
    std::size_t begin = 0;     ///< of the bytes in the file
    std::size_t size = 0;      ///< and their number
  };

  /// The whole file in memory. @throws IoError, FormatError `net.safetensors: tensor "0.weight" has no shape`
  static SafeTensors read(const std::string& path) { return {load_file(path), path}; }
  /// The file mapped into memory: pages are read when somebody looks at them. The checksum, which would look at all, is
  /// not tested. @throws as `read`
  static SafeTensors map(const std::string& path) { return {map_file(path), path, false}; }
  /// From bytes that stay the caller's and must outlive the result. `name` starts the errors. @throws FormatError
  static SafeTensors parse(std::string_view bytes, const std::string& name = "safetensors") {
    return {SharedBytes{nullptr, bytes}, name};
  }

  const std::string& name() const { return name_; }
  const Metadata& metadata() const { return metadata_; }
  /// In the order of the file.
  const std::vector<Tensor>& tensors() const { return tensors_; }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Tensor& t : tensors_) names.push_back(t.name);
    return names;
  }
  const Tensor* find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &tensors_[found->second];
  }
  bool has_checksum() const { return metadata_.contains(std::string(detail::checksum_key)); }

  /// A tensor as a matrix, converted to T: one number [1, 1], a vector [1, n], a matrix as it is, more dimensions
  /// [n, rest]. An integer T takes only numbers that it holds exactly; a float takes no number that would become
  /// infinite in it.
  /// @throws ValueError `net.safetensors: no tensor named "0.wieght"`, FormatError where a number does not fit
  template <class T>
  Matrix<T> matrix(const std::string& name) const {
    const Tensor& tensor = at(name);
    const Shape shape = shape_of(tensor);
    Matrix<T> m(shape.rows, shape.cols);
    copy(tensor, view(m));
    return m;
  }

  /// The shape of a tensor as a matrix.
  static Shape shape_of(const Tensor& tensor) {
    Shape shape{1, 1};
    for (std::size_t d = 0; d < tensor.shape.size(); ++d)
      (d == 0 && tensor.shape.size() > 1 ? shape.rows : shape.cols) *= tensor.shape[d];
    return shape;
  }

  /// Whether a tensor has numbers of type T, so that every one of them fits.
  template <class T>
  static bool holds(const Tensor& tensor) {
    return tensor.dtype == detail::safetensors_type_of<T>();
  }

  /// A tensor into a matrix of its shape, as above.
  template <class T>
  void copy(const Tensor& tensor, MatrixView<T> to) const {
    const std::string where = name_ + ": tensor " + detail::in_quotes(tensor.name);
    const Shape shape = shape_of(tensor);
    if (to.shape() != shape)
      throw ShapeError(where + ": expected " + to_string(to.shape()) + ", got " + to_string(shape));
    const detail::DType dtype = detail::find_safetensors_type(tensor.dtype)->dtype;
    if (dtype.kind == '?') throw FormatError(where + ": numbers of type " + tensor.dtype + " are not supported");
    detail::copy_elements<T>({dtype, {shape.rows, shape.cols}, false, tensor.bytes}, to, where);
  }

 private:
  friend class detail::SafeTensorsOnDisk;

  SafeTensors(SharedBytes file, std::string name, bool test_checksum = true)
      : owner_(std::move(file.owner)), name_(std::move(name)) {
    ByteReader reader(file.bytes, name_);
    read_header(reader, 0);
    const std::size_t data = reader.position();
    if (test_checksum) check_sum(file.bytes.substr(0, data), file.bytes.substr(data));
    for (Tensor& t : tensors_) t.bytes = file.bytes.substr(t.begin, t.size);
  }
  /// The header alone, `unread` bytes of data behind it: the tensors have a place, but no bytes.
  SafeTensors(ByteReader& reader, std::uint64_t unread) : name_(reader.name()) { read_header(reader, unread); }

  void read_header(ByteReader& reader, std::uint64_t unread) {
    detail::SafetensorsHeader header = detail::read_safetensors_header(reader, unread);
    metadata_ = std::move(header.metadata);
    for (detail::SafetensorsEntry& entry : header.entries) {
      by_name_.emplace(entry.name, tensors_.size());
      tensors_.push_back({.name = std::move(entry.name),
                          .dtype = std::move(entry.dtype),
                          .shape = {entry.shape.begin(), entry.shape.end()},
                          .bytes = {},
                          .begin = reader.position() + static_cast<std::size_t>(entry.begin),
                          .size = static_cast<std::size_t>(entry.end - entry.begin)});
    }
  }

  void check_sum(std::string_view header, std::string_view data) const {
    if (const auto format = metadata_.find(std::string(detail::format_key)); format != metadata_.end())
      detail::check_file_version(name_, "safetensors file", format->second, detail::safetensors_version);
    const auto sum = metadata_.find(std::string(detail::checksum_key));
    if (sum != metadata_.end()) {
      if (sum->second != detail::safetensors_checksum(header, data))
        throw FormatError(name_ + ": damaged: the bytes do not make the checksum in the file");
      return;
    }
    const auto ours = metadata_.lower_bound(std::string(detail::our_keys));
    if (ours != metadata_.end() && ours->first.starts_with(detail::our_keys))
      throw FormatError(name_ + ": damaged: has " + detail::in_quotes(ours->first) + ", but no mlp.checksum");
  }

  const Tensor& at(const std::string& name) const {
    const Tensor* const tensor = find(name);
    if (tensor == nullptr) throw ValueError(name_ + ": no tensor named " + detail::in_quotes(name));
    return *tensor;
  }

  std::shared_ptr<const void> owner_;
  std::string name_;
  Metadata metadata_;
  std::vector<Tensor> tensors_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
};

namespace detail {

/// The numbers of a matrix as the file has them; a copy only where they do not lie so in memory.
template <class T>
std::string_view little_endian_bytes(ConstMatrixView<T> m, std::string& copy) {
  const auto row_size = static_cast<std::size_t>(m.cols()) * sizeof(T);
  if (m.size() == 0) return {};
  if (std::endian::native == std::endian::little && m.stride() == m.cols())
    return {reinterpret_cast<const char*>(m.data()), static_cast<std::size_t>(m.rows()) * row_size};
  for (Index i = 0; i < m.rows(); ++i) copy.append(reinterpret_cast<const char*>(m.row(i)), row_size);
  if (std::endian::native != std::endian::little)
    for (std::size_t i = 0; i < copy.size(); i += sizeof(T))
      std::reverse(copy.begin() + static_cast<std::ptrdiff_t>(i),
                   copy.begin() + static_cast<std::ptrdiff_t>(i + sizeof(T)));
  return copy;
}

}  // namespace detail

/// Collects tensors and writes them: sorted by the size of their numbers, then by name, the data aligned to 8 bytes,
/// with a checksum, into a temporary file that is then renamed. The matrices must live until it is written.
///
///     SafeTensorsWriter writer;
///     writer.add("x", x);
///     writer.write("x.safetensors", {{"source", "rng"}});
class SafeTensorsWriter {
 public:
  /// A matrix [rows, cols]. @throws ValueError `mlp::SafeTensorsWriter: two tensors named "x"`
  template <MatrixLike X>
  void add(const std::string& name, const X& x) {
    add(name, x, {view(x).rows(), view(x).cols()});
  }
  /// The same numbers by another shape, such as [n] of a bias.
  template <MatrixLike X>
  void add(const std::string& name, const X& x, std::vector<Index> shape) {
    using T = ScalarOf<X>;
    const ConstMatrixView<T> m = view(x);
    if (name == detail::safetensors_metadata || parts_.contains(name))
      throw ValueError("mlp::SafeTensorsWriter: two tensors named " + detail::in_quotes(name));
    Part& part = parts_[name];
    part.type = detail::safetensors_type_of<T>();
    part.shape = std::move(shape);
    part.bytes = detail::little_endian_bytes(m, part.copy);
  }

  /// @throws IoError `x.safetensors: cannot write: No space left on device`; ValueError where a name or text is no
  /// UTF-8
  void write(const std::string& path, const Metadata& metadata = {}) const {
    std::vector<const std::pair<const std::string, Part>*> order;
    for (const auto& part : parts_) order.push_back(&part);
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
      return detail::find_safetensors_type(a->second.type)->dtype.size >
             detail::find_safetensors_type(b->second.type)->dtype.size;
    });

    nlohmann::ordered_json json;
    nlohmann::ordered_json& texts = json[std::string(detail::safetensors_metadata)];
    for (const auto& [key, text] : metadata) texts[key] = text;
    texts[std::string(detail::format_key)] = std::to_string(detail::safetensors_version);
    texts[std::string(detail::checksum_key)] = std::string(16, '0');
    std::vector<std::string_view> pieces(1);
    std::size_t at = 0;
    for (const auto* const entry : order) {
      const Part& part = entry->second;
      json[entry->first] = {
          {"dtype", part.type}, {"shape", part.shape}, {"data_offsets", {at, at + part.bytes.size()}}};
      at += part.bytes.size();
      pieces.push_back(part.bytes);
    }
    const std::string header = finished_header(json, pieces, path);
    pieces[0] = header;
    write_file_atomically(path, pieces);
  }

 private:
  struct Part {
    std::string_view type;
    std::vector<Index> shape;
    std::string copy;
    std::string_view bytes;
  };

  /// The length, the JSON padded with blanks to a multiple of 8, and in it the checksum.
  static std::string finished_header(const nlohmann::ordered_json& json, std::vector<std::string_view>& pieces,
                                     const std::string& path) {
    std::string text;
    try {
      text = json.dump();
    } catch (const nlohmann::json::type_error&) {
      throw ValueError(path + ": cannot write: a name or text is not UTF-8");
    }
    text.append((8 - text.size() % 8) % 8, ' ');
    std::string header;
    for (std::uint64_t rest = text.size(), i = 0; i < 8; ++i, rest >>= 8) header += static_cast<char>(rest & 0xFF);
    header += text;
    pieces[0] = header;
    header.replace(detail::find_checksum(header), 16, detail::sum_of_blocks(pieces));
    return header;
  }

  std::map<std::string, Part> parts_;
};

}  // namespace mlp
