// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <mlp/core/byte_reader.hpp>
#include <mlp/core/file.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/ndarray.hpp>

namespace mlp {

namespace detail {

/// An IDX file, the format of MNIST: two zero bytes, the type, the number of dimensions, their sizes as u32, and the
/// numbers in C order; all big-endian. `array` points into the bytes; `where` starts the errors about them.
/// Source: http://yann.lecun.com/exdb/mnist/
struct IdxFile {
  NdArray array;
  std::string where;
};

struct IdxType {
  int code;
  DType dtype;
};
inline constexpr std::array<IdxType, 6> idx_types{{{0x08, {'u', 1, std::endian::big}},
                                                   {0x09, {'i', 1, std::endian::big}},
                                                   {0x0B, {'i', 2, std::endian::big}},
                                                   {0x0C, {'i', 4, std::endian::big}},
                                                   {0x0D, {'f', 4, std::endian::big}},
                                                   {0x0E, {'f', 8, std::endian::big}}}};

inline IdxFile parse_idx(std::string_view bytes, const std::string& name) {
  ByteReader reader(bytes, name);
  if (bytes.starts_with("\x1F\x8B")) reader.fail("compressed by gzip: see mlp::read_gzip");
  if (reader.remaining() < 2 || reader.read<std::uint16_t>() != 0) reader.fail_at(0, "not an IDX file");
  IdxFile file;
  const int type = reader.read<std::uint8_t>();
  const auto known = std::find_if(idx_types.begin(), idx_types.end(), [&](const IdxType& t) { return t.code == type; });
  if (known == idx_types.end()) reader.fail_at(2, "numbers of type " + std::to_string(type) + " are not known");
  file.array.dtype = known->dtype;
  const int dimensions = reader.read<std::uint8_t>();
  if (dimensions == 0) reader.fail_at(3, "expected at least 1 dimension, got 0");
  for (int d = 0; d < dimensions; ++d)
    file.array.shape.push_back(static_cast<Index>(reader.read<std::uint32_t>(std::endian::big)));
  file.where = name + ": byte " + std::to_string(reader.position());
  file.array.bytes = reader.take(reader.remaining());
  return file;
}

}  // namespace detail

/// The numbers in the bytes of an IDX file, converted to T: integers of 1, 2 and 4 bytes, floats of 4 and 8. One
/// dimension gives [n, 1], two [n, m], more [n, rest]. `name` starts the errors. An integer T takes only numbers that
/// it holds exactly; a float takes no number that would become infinite in it.
///
///     auto pixels = decode_idx<std::uint8_t>(bytes, "train-images-idx3-ubyte");   // [60000, 784]
///
/// @throws FormatError `x-idx3-ubyte: byte 16: expected 784 bytes of data, got 783`
template <class T>
Matrix<T> decode_idx(std::string_view bytes, const std::string& name) {
  const detail::IdxFile file = detail::parse_idx(bytes, name);
  return detail::to_matrix<T>(file.array, file.where);
}

/// Class numbers in the bytes of an IDX file of one dimension [n], or of [n, 1].
/// @throws FormatError `y-idx2-ubyte: byte 12: expected one label a row, got [10, 3]`
inline Labels decode_idx_labels(std::string_view bytes, const std::string& name) {
  const detail::IdxFile file = detail::parse_idx(bytes, name);
  return detail::to_labels(file.array, file.where);
}

/// The numbers of an IDX file as `decode_idx` gives them. Of a `.gz` take `mlp/data/gzip.hpp`.
///
///     Dataset digits{ByteMatrix{read_idx<std::uint8_t>("train-images-idx3-ubyte"), 1 / 255.0},
///                    read_idx_labels("train-labels-idx1-ubyte")};
///
/// @throws IoError if the file cannot be read; FormatError
template <class T>
Matrix<T> read_idx(const std::string& path) {
  return decode_idx<T>(read_file(path), path);
}

/// Class numbers from an IDX file. @throws IoError, FormatError
inline Labels read_idx_labels(const std::string& path) {
  return decode_idx_labels(read_file(path), path);
}

}  // namespace mlp
