// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <mlp/core/matrix.hpp>

namespace mlp::testing {

/// The stored values of another library: tests/reference/NAME, written by the script beside it.
nlohmann::json reference(const std::string& name);  // in a source file of its own: parsing takes long to compile

/// The path of tests/reference/NAME.
std::string stored(const std::string& name);
/// The path of an array or a pickle that make_npy.py wrote.
inline std::string stored_npy(const std::string& name) {
  return stored("npy/" + name + ".npy");
}
/// The path of a file that make_idx.py wrote.
inline std::string stored_idx(const std::string& name) {
  return stored("idx/" + name);
}

/// A JSON array of rows as a matrix; a flat array becomes one row.
template <class T>
Matrix<T> to_matrix(const nlohmann::json& rows) {
  if (rows.empty() || !rows.front().is_array()) {
    const auto values = rows.get<std::vector<T>>();
    return Eigen::Map<const Matrix<T>>(values.data(), 1, static_cast<Index>(values.size()));
  }
  Matrix<T> m(static_cast<Index>(rows.size()), static_cast<Index>(rows.front().size()));
  for (Index i = 0; i < m.rows(); ++i)
    for (Index j = 0; j < m.cols(); ++j)
      m(i, j) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)].get<T>();
  return m;
}

/// The largest |a - b| / max(1, |b|).
template <class A, class B>
double max_relative_error(const A& a, const B& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return 1e300;
  double worst = 0;
  for (Index i = 0; i < a.rows(); ++i)
    for (Index j = 0; j < a.cols(); ++j) {
      const double x = static_cast<double>(a(i, j));
      const double y = static_cast<double>(b(i, j));
      const double error = std::abs(x - y) / std::max(1.0, std::abs(y));
      if (!(error <= worst)) worst = error;  // a NaN is kept
    }
  return worst;
}

}  // namespace mlp::testing
