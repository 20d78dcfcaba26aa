// SPDX-License-Identifier: MIT
#pragma once

// Opt-in: not in mlp.hpp. Needs zlib (Debian: zlib1g-dev; find_package(ZLIB), link ZLIB::ZLIB).

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mlp/core/error.hpp>
#include <mlp/core/file.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/ndarray.hpp>
#include <mlp/core/text.hpp>
#include <mlp/data/npy.hpp>
#include <mlp/data/zip.hpp>

namespace mlp {

/// Named arrays from one `.npz` file, a zip archive of `.npy` files: `np.savez("x.npz", X=x, labels=y)`, or
/// `np.savez_compressed`. The file is held as it is; an array is unpacked when it is asked for, and must not come to
/// more than `limit` bytes where it is compressed.
///
///     NpzFile file = read_npz("x.npz");
///     Matrix<float> x = file.matrix<float>("X");
class NpzFile {
 public:
  /// `name` starts the errors. @throws FormatError `x.npz: byte 0: not a zip archive`
  NpzFile(std::string bytes, std::string name, std::size_t limit = unpack_limit)
      : archive_(std::move(bytes), std::move(name)), limit_(limit) {}

  /// The names of the arrays in the order of the file.
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& member : archive_.members())
      if (member.name.ends_with(ending)) names.push_back(member.name.substr(0, member.name.size() - ending.size()));
    return names;
  }

  /// An array as a matrix, as `read_npy` gives it.
  /// @throws FormatError `x.npz: no array named "X", only "data", "target"`, `x.npz: "X": byte 128: expected 48 bytes
  /// of data, got 40`, `x.npz: member "X.npy": damaged: its bytes do not make its CRC-32`
  template <class T>
  Matrix<T> matrix(const std::string& name) const {
    return as<Matrix<T>>(name, detail::to_matrix<T>);
  }
  /// An array of shape [n] or [n, 1] as class numbers. @throws FormatError
  Labels labels(const std::string& name) const { return as<Labels>(name, detail::to_labels); }

 private:
  static constexpr std::string_view ending = ".npy";

  template <class Result>
  Result as(const std::string& name, Result (*convert)(const detail::NdArray&, const std::string&)) const {
    for (const auto& member : archive_.members())
      if (member.name == name + std::string(ending))
        return archive_.with_bytes(member, limit_, [&](std::string_view bytes) {
          return detail::with_npy(bytes, archive_.name() + ": " + detail::in_quotes(name), convert);
        });
    throw FormatError(archive_.name() + ": no array named " + detail::in_quotes(name) + ", only " +
                      detail::joined(names(), detail::in_quotes));
  }

  detail::ZipArchive archive_;
  std::size_t limit_;
};

/// @throws IoError if the file cannot be read; FormatError as `NpzFile`
inline NpzFile read_npz(const std::string& path, std::size_t limit = unpack_limit) {
  return {read_file(path), path, limit};
}

}  // namespace mlp
