// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

namespace mlp {

/// Signed size and index type, as in Eigen.
using Index = Eigen::Index;

/// A size that is known at run time only: `Linear<float, dynamic, 10>`.
inline constexpr Index dynamic = Eigen::Dynamic;

/// Row-major matrix, one sample a row: `[batch, features]`. The bytes are those of a contiguous PyTorch or NumPy array.
template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// One row: a bias, the means of the columns of a matrix.
template <class T>
using RowVector = Eigen::Matrix<T, 1, Eigen::Dynamic, Eigen::RowMajor>;

/// Class numbers 0 .. classes-1, one a sample.
using Labels = std::vector<int>;

/// How much each sample counts in a loss or a metric, at least 0; empty: all count 1.
using SampleWeights = std::span<const double>;

}  // namespace mlp
