// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <complex>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <mlp/core/byte_reader.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/file.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/ndarray.hpp>
#include <mlp/core/view.hpp>
#include <mlp/data/npy_header.hpp>

namespace mlp {

namespace detail {

/// Calls `f(array, where)` with the array in the bytes of a `.npy` file of numbers; `where` starts the errors.
template <class F>
auto with_npy(std::string_view bytes, const std::string& name, F&& f) {
  ByteReader reader(bytes, name);
  NpyHeader header = read_npy_header(reader);
  const std::string descr_where = name + ": byte " + std::to_string(header.descr_position);
  const DType dtype = parse_dtype(header.descr, descr_where);
  if (dtype.kind == 'O') throw FormatError(descr_where + ": holds pickled Python objects: see mlp::read_npy_dict");
  const std::string where = name + ": byte " + std::to_string(reader.position());
  return f(NdArray{dtype, std::move(header.shape), header.fortran_order, reader.take(reader.remaining())}, where);
}

}  // namespace detail

/// The numbers of a NumPy `.npy` file, converted to T: bool, integers of 1 to 8 bytes, floats of 2, 4 or 8 bytes,
/// longdouble where it is that of x86, complex numbers of two such floats from 4 bytes on (T is std::complex then),
/// either byte order, C or Fortran order, versions 1 to 3. 0-d gives [1, 1], 1-d [n, 1], 2-d as it is, more dimensions
/// [n, rest]. An integer T takes only numbers that it holds exactly; a float takes no number that would become infinite
/// in it.
///
///     auto x = read_npy<float>("x.npy");   // np.save("x.npy", x)
///
/// @throws IoError if the file cannot be read; FormatError `x.npy: byte 128: expected 48 bytes of data, got 40`
template <class T>
Matrix<T> read_npy(const std::string& path) {
  return detail::with_npy(read_file(path), path, detail::to_matrix<T>);
}

/// Class numbers from a `.npy` file of shape [n] or [n, 1], of any type whose values are whole.
///
///     Labels y = read_npy_labels("y.npy");
///
/// @throws IoError, FormatError `y.npy: byte 128: expected one label a row, got [10, 3]`
inline Labels read_npy_labels(const std::string& path) {
  return detail::with_npy(read_file(path), path, detail::to_labels);
}

/// Writes a matrix as `np.save` does (version 1.0, C order), as a whole or not at all. T is bool, an integer,
/// Eigen::half, float, double, std::complex<float> or std::complex<double>.
///
///     write_npy("x.npy", x);   // np.load("x.npy")
///
/// @throws IoError `x.npy: cannot write: No space left on device`
template <MatrixLike X>
void write_npy(const std::string& path, const X& x) {
  using T = ScalarOf<X>;
  constexpr bool is_float = std::same_as<T, Eigen::half> || std::same_as<T, float> || std::same_as<T, double>;
  constexpr bool is_complex = std::same_as<T, std::complex<float>> || std::same_as<T, std::complex<double>>;
  static_assert(std::integral<T> || is_float || is_complex);
  const char order = sizeof(T) == 1 ? '|' : std::endian::native == std::endian::little ? '<' : '>';
  const char kind = std::same_as<T, bool>     ? 'b'
                    : is_float                ? 'f'
                    : is_complex              ? 'c'
                    : std::signed_integral<T> ? 'i'
                                              : 'u';
  const ConstMatrixView<T> m = view(x);
  std::string header = std::string("{'descr': '") + order + kind + std::to_string(sizeof(T)) +
                       "', 'fortran_order': False, 'shape': (" + std::to_string(m.rows()) + ", " +
                       std::to_string(m.cols()) + "), }";
  const std::size_t prefix = detail::npy_magic.size() + 4;  // magic, version, u16 length
  header.append(63 - (prefix + header.size()) % 64, ' ');
  header += '\n';

  std::string bytes(detail::npy_magic);
  bytes += {'\1', '\0', static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
  bytes += header;
  for (Index i = 0; i < m.rows(); ++i)
    bytes.append(reinterpret_cast<const char*>(m.row(i)), static_cast<std::size_t>(m.cols()) * sizeof(T));
  write_file_atomically(path, bytes);
}

}  // namespace mlp
