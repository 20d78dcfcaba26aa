// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cmath>
#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <mlp/core/byte_reader.hpp>
#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/shape.hpp>
#include <mlp/core/text.hpp>
#include <mlp/core/view.hpp>

/// An array of numbers as it lies in a file, and its conversion to a matrix. `.npy` files, pickles and safetensors
/// share it.
namespace mlp::detail {

/// The type of an element: kind `b`ool, `i`nteger, `u`nsigned, `f`loat, `c`omplex, brain float `g` or `O`bject, its
/// bytes and their order.
struct DType {
  char kind = 'f';
  Index size = 8;
  std::endian order = std::endian::native;
};

/// Whether `<f16` is what NumPy calls longdouble on x86: 80 bits in 16 bytes. The file does not tell it from the 128
/// bits of other machines, so it is a number only where it means the same as there.
inline constexpr bool has_long_double = std::numeric_limits<long double>::digits == 64 && sizeof(long double) == 16;

/// Reads `<f8`, `|u1`, `>i4`, `<c16`.
/// @throws FormatError `x.npy: byte 20: numbers of type "<f12" are not supported`
inline DType parse_dtype(std::string_view text, const std::string& where) {
  const auto refuse = [&] { throw FormatError(where + ": numbers of type " + in_quotes(text) + " are not supported"); };
  std::string_view rest = text;
  DType dtype;
  if (!rest.empty() && (rest[0] == '<' || rest[0] == '>' || rest[0] == '|' || rest[0] == '=')) {
    if (rest[0] == '<') dtype.order = std::endian::little;
    if (rest[0] == '>') dtype.order = std::endian::big;
    rest.remove_prefix(1);
  }
  if (!rest.empty() && rest[0] == 'O') return {'O', 8, dtype.order};
  if (rest == "c8" || rest == "c16") return {'c', rest == "c8" ? 8 : 16, dtype.order};
  if (has_long_double && rest == "f16") return {'f', 16, dtype.order};
  if (has_long_double && rest == "c32") return {'c', 32, dtype.order};
  if (rest.size() != 2) refuse();
  dtype.kind = rest[0];
  dtype.size = rest[1] - '0';
  const bool is_power = dtype.size == 1 || dtype.size == 2 || dtype.size == 4 || dtype.size == 8;
  const bool is_integer = dtype.kind == 'i' || dtype.kind == 'u';
  if (!((is_integer && is_power) || (dtype.kind == 'b' && dtype.size == 1) ||
        (dtype.kind == 'f' && is_power && dtype.size > 1)))
    refuse();
  return dtype;
}

template <class T>
inline constexpr bool is_complex = false;
template <class T>
inline constexpr bool is_complex<std::complex<T>> = true;

/// Calls `f(T())` with the C++ type of an element; floats of 2 bytes are Eigen::half and Eigen::bfloat16.
template <class F>
void with_type(const DType& dtype, F&& f) {
  const bool is_signed = dtype.kind == 'i';
  if (dtype.kind == 'g') return f(Eigen::bfloat16());
  if (dtype.kind == 'f') {
    if (dtype.size == 2) return f(Eigen::half());
    if (dtype.size == 4) return f(float());
    if (dtype.size == 8) return f(double());
    return f(static_cast<long double>(0));
  }
  if (dtype.kind == 'c' && dtype.size == 8) return f(std::complex<float>());
  if (dtype.kind == 'c' && dtype.size == 16) return f(std::complex<double>());
  if (dtype.kind == 'c') return f(std::complex<long double>());
  if (dtype.kind == 'b') return f(bool());
  if (dtype.size == 1) return is_signed ? f(std::int8_t()) : f(std::uint8_t());
  if (dtype.size == 2) return is_signed ? f(std::int16_t()) : f(std::uint16_t());
  if (dtype.size == 4) return is_signed ? f(std::int32_t()) : f(std::uint32_t());
  return is_signed ? f(std::int64_t()) : f(std::uint64_t());
}

/// Numbers in somebody else's memory.
struct NdArray {
  DType dtype;
  std::vector<Index> shape;
  bool fortran_order = false;
  std::string_view bytes;
};

/// One element, of whatever type it was stored. An integer type T takes only numbers that it holds exactly, a floating
/// one rounds, a complex one does so with both parts. @throws FormatError `x.npy: element 3: 2.5 does not fit the type
/// asked for`, `x.npy: holds complex numbers, a real type was asked for`
template <class Source, class T>
T convert_element(const char* bytes, std::endian order, Index element, const std::string& where) {
  const auto refuse = [&](const std::string& value) {
    throw FormatError(where + ": element " + std::to_string(element) + ": " + value +
                      " does not fit the type asked for");
  };
  if constexpr (is_complex<T>) {
    using Real = typename T::value_type;
    if constexpr (is_complex<Source>) {
      using Part = typename Source::value_type;
      return {convert_element<Part, Real>(bytes, order, element, where),
              convert_element<Part, Real>(bytes + sizeof(Part), order, element, where)};
    } else {
      return convert_element<Source, Real>(bytes, order, element, where);
    }
  } else if constexpr (is_complex<Source>) {
    throw FormatError(where + ": holds complex numbers, a real type was asked for");
  } else if constexpr (std::same_as<Source, bool>) {
    return static_cast<T>(*bytes != 0);
  } else if constexpr (std::same_as<Source, Eigen::half> || std::same_as<Source, Eigen::bfloat16>) {
    const auto half = Eigen::numext::bit_cast<Source>(from_bytes<std::uint16_t>(bytes, order));
    const float value = static_cast<float>(half);
    return convert_element<float, T>(reinterpret_cast<const char*>(&value), std::endian::native, element, where);
  } else if constexpr (std::integral<Source> && std::integral<T>) {
    const auto value = from_bytes<Source>(bytes, order);
    using Range = std::conditional_t<std::same_as<T, bool>, std::uint8_t, T>;  // in_range takes no bool
    if (!std::in_range<Range>(value) || (std::same_as<T, bool> && value > 1)) refuse(std::to_string(value));
    return static_cast<T>(value);
  } else if constexpr (std::integral<Source>) {
    return static_cast<T>(from_bytes<Source>(bytes, order));
  } else {
    const auto value = from_bytes<Source>(bytes, order);
    if constexpr (std::integral<T>) {
      // 2^digits is exact in any float where max() may not be. A NaN fails the first comparison.
      const Source end = 2 * static_cast<Source>(std::uint64_t{1} << (std::numeric_limits<T>::digits - 1));
      const Source begin = std::is_signed_v<T> ? -end : 0;
      if (!(value >= begin && value < end) || value != std::floor(value))
        refuse(number_text(static_cast<double>(value)));
    } else if constexpr (sizeof(T) < sizeof(Source)) {
      if (std::isfinite(value) && std::abs(value) > static_cast<Source>(std::numeric_limits<T>::max()))
        refuse(number_text(static_cast<double>(value)));
    }
    return static_cast<T>(value);
  }
}

/// Where each column of the flattened array [n, rest] starts, in elements: the step from row to row comes last.
inline std::vector<Index> column_offsets(const NdArray& array, Index rows, Index cols) {
  std::vector<Index> offsets(static_cast<std::size_t>(cols) + 1);
  if (!array.fortran_order || array.shape.size() < 2) {
    for (Index j = 0; j < cols; ++j) offsets[static_cast<std::size_t>(j)] = j;
    offsets.back() = cols;
    return offsets;
  }
  for (Index j = 0; j < cols; ++j) {  // the last dimension runs fastest in j, slowest in memory
    Index rest = j;
    Index stride = rows * cols;
    for (std::size_t d = array.shape.size() - 1; d > 0; --d) {
      stride /= array.shape[d];
      offsets[static_cast<std::size_t>(j)] += rest % array.shape[d] * stride;
      rest /= array.shape[d];
    }
  }
  offsets.back() = 1;
  return offsets;
}

/// The shape as a matrix: 0-d [1, 1], 1-d [n, 1], 2-d as it is, more dimensions [n, rest] in C order. `where` starts
/// the errors: a file and a byte or name. @throws FormatError where the shape and the number of bytes do not agree
inline Shape matrix_shape(const NdArray& array, const std::string& where) {
  if (array.dtype.kind == 'O') throw FormatError(where + ": holds Python objects, not numbers");
  Index bytes = array.dtype.size;
  bool overflow = false;
  for (std::size_t d = 0; d < array.shape.size(); ++d) {
    const Index n = array.shape[d];
    overflow |= n < 0 || (n > 0 && bytes > std::numeric_limits<Index>::max() / n);
    if (overflow) throw FormatError(where + ": dimension " + std::to_string(d) + " of the shape is out of range");
    if (n > 0) bytes *= n;  // the other dimensions of an empty array must not overflow either
  }
  const Index rows = array.shape.empty() ? 1 : array.shape[0];
  Index cols = 1;
  for (std::size_t d = 1; d < array.shape.size(); ++d) cols *= array.shape[d];
  if (rows == 0 || cols == 0) bytes = 0;
  if (static_cast<std::size_t>(bytes) != array.bytes.size())
    throw FormatError(where + ": expected " + std::to_string(bytes) + " bytes of data, got " +
                      std::to_string(array.bytes.size()));
  return {rows, cols};
}

/// The numbers of the array into m, whose shape is the array's as a matrix. @throws FormatError as `convert_element`
template <class T>
void copy_elements(const NdArray& array, MatrixView<T> m, const std::string& where) {
  if (m.size() == 0) return;
  const std::vector<Index> offsets = column_offsets(array, m.rows(), m.cols());
  with_type(array.dtype, [&](auto zero) {
    using Source = decltype(zero);
    for (Index i = 0; i < m.rows(); ++i) {
      const char* const from = array.bytes.data() + i * offsets.back() * array.dtype.size;
      if constexpr (std::same_as<Source, T> && !std::same_as<T, bool>)
        if (array.dtype.order == std::endian::native && offsets.back() == m.cols()) {  // as it lies in memory
          std::memcpy(m.row(i), from, static_cast<std::size_t>(m.cols()) * sizeof(T));
          continue;
        }
      for (Index j = 0; j < m.cols(); ++j)
        m(i, j) = convert_element<Source, T>(from + offsets[static_cast<std::size_t>(j)] * array.dtype.size,
                                             array.dtype.order, i * m.cols() + j, where);
    }
  });
}

/// The array as a matrix. Nothing is allocated before its shape is checked. @throws FormatError as above
template <class T>
Matrix<T> to_matrix(const NdArray& array, const std::string& where) {
  const Shape shape = matrix_shape(array, where);
  Matrix<T> m(shape.rows, shape.cols);
  copy_elements<T>(array, view(m), where);
  return m;
}

/// One number a sample: shape [n] or [n, 1]. @throws FormatError `y.npy: expected one label a row, got [10, 3]`
inline Labels to_labels(const NdArray& array, const std::string& where) {
  const Shape shape = matrix_shape(array, where);
  if (shape.cols != 1) throw FormatError(where + ": expected one label a row, got " + to_string(shape));
  Labels labels(static_cast<std::size_t>(shape.rows));
  copy_elements<int>(array, {labels.data(), shape.rows, 1}, where);
  return labels;
}

}  // namespace mlp::detail
