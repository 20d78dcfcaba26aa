// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <mlp/core/byte_reader.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/file.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/text.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/core/ndarray.hpp>
#include <mlp/data/npy_header.hpp>
#include <mlp/data/pickle.hpp>

namespace mlp {

/// Named arrays from one `.npy` file: what `np.save("x.npy", {"X": x, "labels": y})` makes of a dict, a pickled object.
///
///     NpyDict file = read_npy_dict("x.npy");
///     Matrix<float> x = file.matrix<float>("X");
class NpyDict {
 public:
  /// `name` starts the errors. @throws FormatError if the document is no dict with texts as keys.
  NpyDict(pickle::Document document, std::string name) : document_(std::move(document)), name_(std::move(name)) {
    pickle::Id root = document_.root;
    if (kind(root) == pickle::Kind::array) {                         // NumPy wraps the dict in an array of one object
      const std::vector<pickle::Id>& parts = document_[root].items;  // shape, dtype, data
      if (parts.empty() || kind(parts[2]) != pickle::Kind::list || document_[parts[2]].items.size() != 1)
        throw FormatError(name_ + ": expected one pickled dict");
      root = document_[parts[2]].items[0];
    }
    if (kind(root) != pickle::Kind::dict)
      throw FormatError(name_ + ": expected a pickled dict, got " + describe(kind(root)));
    entries_ = document_[root].items;
    for (std::size_t i = 0; i < entries_.size(); i += 2)
      if (kind(entries_[i]) != pickle::Kind::text)
        throw FormatError(name_ + ": expected a text as key, got " + describe(kind(entries_[i])));
  }

  /// The keys in the order of the file.
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < entries_.size(); i += 2) names.push_back(document_[entries_[i]].text);
    return names;
  }

  /// An array as a matrix, as `read_npy` gives it.
  /// @throws FormatError `x.npy: no array named "X", only "data", "target"`
  template <class T>
  Matrix<T> matrix(const std::string& name) const {
    return detail::to_matrix<T>(array(name), where(name));
  }
  /// An array of shape [n] or [n, 1] as class numbers. @throws FormatError
  Labels labels(const std::string& name) const { return detail::to_labels(array(name), where(name)); }

 private:
  pickle::Kind kind(pickle::Id id) const { return document_[id].kind; }
  std::string where(const std::string& name) const { return name_ + ": " + detail::in_quotes(name); }

  detail::NdArray array(const std::string& name) const {
    std::size_t entry = entries_.size();  // from the back: of two equal keys Python keeps the last
    while (entry > 0 && document_[entries_[entry - 2]].text != name) entry -= 2;
    if (entry == 0)
      throw FormatError(name_ + ": no array named " + detail::in_quotes(name) + ", only " +
                        detail::joined(names(), detail::in_quotes));
    const pickle::Value& value = document_[entries_[entry - 1]];
    if (value.kind != pickle::Kind::array)
      throw FormatError(where(name) + ": expected an array, got " + describe(value.kind));
    if (value.items.empty()) throw FormatError(where(name) + ": expected an array, got one without contents");
    const pickle::Id shape = value.items[0];
    const pickle::Id dtype = value.items[1];
    const pickle::Id data = value.items[2];
    detail::NdArray array;
    for (const pickle::Id n : document_[shape].items) array.shape.push_back(static_cast<Index>(document_[n].integer));
    array.dtype = detail::parse_dtype(document_[dtype].text, where(name));
    array.fortran_order = value.integer != 0;
    array.bytes = document_[data].text;
    return array;
  }

  pickle::Document document_;
  std::string name_;
  std::vector<pickle::Id> entries_;
};

/// Reads a `.npy` file that holds a pickled dict of arrays. Nothing in it is executed.
/// @throws IoError, FormatError `x.npy: byte 130: pickle asks for "os.system", which is not allowed`
inline NpyDict read_npy_dict(const std::string& path) {
  const std::string bytes = read_file(path);
  ByteReader reader(bytes, path);
  const detail::NpyHeader header = detail::read_npy_header(reader);
  const std::string where = path + ": byte " + std::to_string(header.descr_position);
  if (detail::parse_dtype(header.descr, where).kind != 'O')
    throw FormatError(where + ": holds numbers, not a pickled dict: see mlp::read_npy");
  return {pickle::load(reader), path};
}

/// Points and their classes from a `.npy` file that holds a pickled dict of the two.
///
///     auto spiral = read_npy_dataset<float>("NonLinear_data.npy");   // {'X': [300, 2], 'labels': [300]}
///
/// @throws IoError, FormatError `x.npy: "X" has 300 rows, "labels" has 299`
template <class T>
Dataset<Matrix<T>, Labels> read_npy_dataset(const std::string& path, const std::string& x = "X",
                                            const std::string& y = "labels") {
  const NpyDict file = read_npy_dict(path);
  Dataset<Matrix<T>, Labels> data{file.matrix<T>(x), file.labels(y)};
  if (data.x.rows() != static_cast<Index>(data.y.size()))
    throw FormatError(path + ": " + detail::in_quotes(x) + " has " + std::to_string(data.x.rows()) + " rows, " +
                      detail::in_quotes(y) + " has " + std::to_string(data.y.size()));
  return data;
}

}  // namespace mlp
