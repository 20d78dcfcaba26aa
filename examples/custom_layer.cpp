// SPDX-License-Identifier: MIT
// A layer of one's own: Swish with a slope that is learned. It satisfies the concept mlp::Layer, so it works wherever
// the layers of the library do, and mlp::testing::check_gradients finds out whether its backward is right.
#include <cstdio>
#include <iostream>
#include <string>

#include <mlp/mlp.hpp>

#include <mlp/testing/check_gradients.hpp>

using namespace mlp;

/// y = x s with s = 1 / (1 + exp(-beta x)), element by element; one beta a feature, 1 at first.
/// Shapes: x, y [batch, features], beta [1, features]. Source: Ramachandran, Zoph and Le 2017.
template <class T>
class Swish {
 public:
  using Scalar = T;
  struct Cache {  // what backward needs beyond x and y
    Buffer<T> s;
  };

  explicit Swish(Index features, T beta = 1) : beta_(RowVector<T>::Constant(features, beta)) {}

  ConstMatrixView<T> beta() const { return beta_; }
  Index in_features() const { return beta_.cols(); }
  std::string describe() const { return "Swish(" + std::to_string(in_features()) + ")"; }

  Shape output_shape(Shape input) const {
    check_input(*this, input);
    return input;
  }

  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const {
    auto s = cache.s.resize(output_shape(x.shape())).array();
    s = T(1) / (T(1) + (-(x.array().rowwise() * beta_.array())).exp());
    y.array() = x.array() * s;
  }

  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, Swish& grad,
                MatrixView<T> dx) const {
    const auto s = cache.s.view().array();
    // ds/dx = beta s (1 - s), ds/dbeta = x s (1 - s), and x s = y:
    grad.beta_ = (dy.array() * x.array() * y.array() * (T(1) - s)).colwise().sum().matrix();  // over the batch
    if (dx) dx.array() = dy.array() * (s + (y.array() * (T(1) - s)).rowwise() * beta_.array());
  }

  template <class F, class... Layers>
  static void visit_parameters(F&& f, Layers&... layers) {
    f(ParameterName{.part = "beta", .dimensions = 1}, view(layers.beta_)...);
  }

 private:
  RowVector<T> beta_;
};

int main() {
  const Matrix<double> x{{-2, 0, 0.5}, {1, 3, -0.1}};
  const testing::GradientCheck check = testing::check_gradients(Swish<double>(3, 0.7), x);
  std::cout << (check ? "The gradients of Swish are right.\n" : "WRONG: " + check.text + "\n");

  Rng rng(0);
  const Dataset train = make_moons({.samples = 400, .noise = 0.2}, rng);
  const Dataset test = make_moons({.samples = 400, .noise = 0.2}, rng);
  const FitOptions how{.epochs = 100, .batch_size = 32, .progress = Progress::silent};

  // Its type known to the compiler ...
  Rng stream(59);
  Sequential net{Linear<double>(2, 16, stream), Swish<double>(16), Linear<double>(16, 2, stream)};
  fit(net, CrossEntropyLoss(), SGD({.lr = 0.5}), train, how, stream);
  std::cout << summary(net);
  std::printf("accuracy %.2f, slopes %.2f to %.2f\n", accuracy_score(test.y, argmax_rows(net.predict(test.x))),
              net.get<1>().beta().array().minCoeff(), net.get<1>().beta().array().maxCoeff());

  // ... or chosen at run time, with the same outcome.
  stream = Rng(59);
  Network<double> chosen;
  chosen.add(Linear<double>(2, 16, stream)).add(Swish<double>(16)).add(Linear<double>(16, 2, stream));
  fit(chosen, CrossEntropyLoss(), SGD({.lr = 0.5}), train, how, stream);
  const bool same = net.predict(test.x) == chosen.predict(test.x);
  std::printf("The Network learned %s.\n", same ? "the same" : "SOMETHING ELSE");
  return check && same ? 0 : 1;
}
