// SPDX-License-Identifier: MIT
// The hand-made trainer on plain Eigen.
#include <Eigen/Core>

#include "hand_made.hpp"

namespace {

using bench::Index;
using bench::hand_made::LayerShape;
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<Matrix>;
using ConstMap = Eigen::Map<const Matrix>;

struct Products {
  static bool parallel() { return true; }
  static void forward(const float* x, const float* w, float* y, const LayerShape& s) {
    Map(y, s.batch, s.out).noalias() = ConstMap(x, s.batch, s.in) * ConstMap(w, s.out, s.in).transpose();
  }
  static void backward(const float* dy, const float* w, float* dx, const LayerShape& s) {
    Map(dx, s.batch, s.in).noalias() = ConstMap(dy, s.batch, s.out) * ConstMap(w, s.out, s.in);
  }
  static void update(const float* dy, const float* x, float* w, const LayerShape& s) {
    Map(w, s.out, s.in).noalias() -= (s.lr * ConstMap(dy, s.batch, s.out).transpose()) * ConstMap(x, s.batch, s.in);
  }
  static void add_bias_tanh(float* y, const float* b, Index n) {
    using Row = Eigen::Array<float, 1, Eigen::Dynamic>;
    Eigen::Map<Row> row(y, n);
    row = (row + Eigen::Map<const Row>(b, n)).tanh();
  }
};

}  // namespace

int main(int argc, char** argv) {
  return bench::steps_program(argc, argv, [](const bench::Workload& w, int threads) {
    Eigen::setNbThreads(threads);
    const std::string version = std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
                                std::to_string(EIGEN_MINOR_VERSION);
    bench::hand_made::serve<bench::hand_made::PlainLayer<Products>>(
        w, "Eigen " + version + ", " + Eigen::SimdInstructionSetsInUse());
  });
}
