// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <mlp/core/parameter.hpp>
#include <mlp/core/view.hpp>
#include <mlp/io/checksum.hpp>

namespace mlp::testing {

/// The bytes of a matrix.
template <MatrixLike X>
std::string bytes_of(const X& x) {
  const auto m = view(x);
  std::string bytes;
  for (Index i = 0; i < m.rows(); ++i)
    bytes.append(reinterpret_cast<const char*>(m.row(i)), static_cast<std::size_t>(m.cols()) * sizeof(*m.row(i)));
  return bytes;
}

/// 16 digits that stand for all weights of a model, to the last bit.
template <class Model>
std::string sum_of(const Model& model) {
  mlp::detail::Checksum<> sum;
  Model::visit_parameters([&](const ParameterName&, auto w) { sum.add(bytes_of(w)); }, model);
  return sum.text();
}

}  // namespace mlp::testing
