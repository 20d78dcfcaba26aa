// SPDX-License-Identifier: MIT
#include <mlp/testing/check_gradients.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <string>

#include <mlp/layers/linear.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/layers/softmax.hpp>
#include <mlp/models/network.hpp>
#include <mlp/models/sequential.hpp>

using namespace mlp;
using mlp::testing::check_gradients;
using mlp::testing::GradientCheck;

namespace {

/// What is wrong with a layer y = a x^2 + b, its a and b [1, features].
enum class Fault {
  none,
  sign_of_dx,
  sign_of_da,
  slightly_wrong_db,
  db_forgotten,
  da_added_to_grad,
  dx_not_written,
  dx_misses_an_element,
  y_not_written,
  forward_counts_calls,
  forward_depends_on_the_cache,
  copies_share_their_parameters,
  copies_forget_b,
  visit_mixes_layers,
  backward_changes_the_layer,
  gradient_needs_dx,
  forward_takes_rows_for_adjacent,
  backward_takes_rows_for_adjacent,
  gradient_takes_rows_for_adjacent,
  y_reaches_behind_its_rows,
  dx_reaches_behind_its_rows,
  gradient_has_another_shape
};

template <Fault fault>
class Square {
 public:
  struct Cache {
    double calls = 0;
  };

  explicit Square(Index features) : a_(std::make_shared<Matrix<double>>(1, features)), b_(1, features) {
    for (Index j = 0; j < features; ++j) {
      (*a_)(0, j) = 0.5 + 0.25 * static_cast<double>(j);
      b_(0, j) = 0.1 - static_cast<double>(j);
    }
  }
  Square(const Square& other)
      : a_(fault == Fault::copies_share_their_parameters ? other.a_ : std::make_shared<Matrix<double>>(*other.a_)),
        b_(fault == Fault::copies_forget_b ? Matrix<double>::Zero(1, other.b_.cols()) : other.b_) {}
  Square& operator=(const Square& other) {
    Square copy(other);
    std::swap(a_, copy.a_);
    std::swap(b_, copy.b_);
    return *this;
  }
  ~Square() = default;

  std::string describe() const { return "Square()"; }
  Shape output_shape(Shape input) const { return input; }

  void forward(ConstMatrixView<double> x, MatrixView<double> y, Cache& cache) const {
    cache.calls += 1;
    calls_ += 1;
    if (fault == Fault::y_not_written) return;
    if (fault == Fault::forward_takes_rows_for_adjacent) x = ConstMatrixView<double>(x.data(), x.rows(), x.cols());
    for (Index i = 0; i < x.rows(); ++i)
      for (Index j = 0; j < x.cols(); ++j) y(i, j) = (*a_)(0, j) * x(i, j) * x(i, j) + b_(0, j);
    if (fault == Fault::y_reaches_behind_its_rows && y.stride() > y.cols()) y.row(0)[y.cols()] = 0;
    if (fault == Fault::forward_counts_calls) y(0, 0) += calls_;
    if (fault == Fault::forward_depends_on_the_cache) y(0, 0) += cache.calls;
  }

  void backward(ConstMatrixView<double> x, ConstMatrixView<double>, ConstMatrixView<double> dy, Cache&, Square& grad,
                MatrixView<double> dx) const {
    if (fault == Fault::gradient_needs_dx && !dx) return;
    Matrix<double>& da = *grad.a_;
    if (fault == Fault::gradient_has_another_shape) da.resize(1, 1);
    if (fault != Fault::da_added_to_grad) da.setZero();
    if (fault != Fault::db_forgotten) grad.b_.setZero();
    for (Index i = 0; i < x.rows(); ++i)
      for (Index j = 0; j < x.cols(); ++j) {
        if (fault != Fault::gradient_has_another_shape)
          da(0, j) += (fault == Fault::sign_of_da ? -1 : 1) * dy(i, j) * x(i, j) * x(i, j);
        grad.b_(0, j) += dy(i, j) * (fault == Fault::slightly_wrong_db && i == 1 ? 1 + 1e-5 : 1);
      }
    if (fault == Fault::gradient_takes_rows_for_adjacent) grad.b_(0, 0) = dy.data()[0] + dy.data()[dy.cols()];
    if (fault == Fault::backward_changes_the_layer) (*a_)(0, 0) += 1;
    if (!dx || fault == Fault::dx_not_written) return;
    if (fault == Fault::dx_reaches_behind_its_rows && dx.stride() > dx.cols()) dx.row(0)[dx.cols()] = 0;
    if (fault == Fault::backward_takes_rows_for_adjacent) dy = ConstMatrixView<double>(dy.data(), dy.rows(), dy.cols());
    for (Index i = 0; i < x.rows(); ++i)
      for (Index j = 0; j < x.cols(); ++j)
        if (fault != Fault::dx_misses_an_element || i + j > 0)
          dx(i, j) = (fault == Fault::sign_of_dx ? -2 : 2) * dy(i, j) * (*a_)(0, j) * x(i, j);
  }

  template <class F, class First, class... Rest>
  static void visit_parameters(F&& f, First& first, Rest&... rest) {
    f(ParameterName{"a"}, view_of(first, *first.a_), view_of(rest, *rest.a_)...);
    if (fault == Fault::visit_mixes_layers)
      f(ParameterName{"b"}, view(first.b_), view_of(rest, *rest.a_)...);
    else
      f(ParameterName{"b"}, view(first.b_), view(rest.b_)...);
  }

 private:
  /// A shared pointer forgets the const of its layer.
  static ConstMatrixView<double> view_of(const Square&, const Matrix<double>& m) { return m; }
  static MatrixView<double> view_of(Square&, Matrix<double>& m) { return m; }

  std::shared_ptr<Matrix<double>> a_;
  Matrix<double> b_;
  mutable double calls_ = 0;
};

template <Fault fault>
GradientCheck check_square() {
  Matrix<double> x(2, 3);
  x << 0.3, -1.2, 2.0, 1.1, 0.7, -0.4;
  return check_gradients(Square<fault>(3), x);
}

template <Fault fault>
void check_found(const std::string& where, const std::string& text) {
  const GradientCheck check = check_square<fault>();
  CHECK_FALSE(check);
  CHECK(std::isinf(check.worst_error));
  CHECK(check.where == where);
  CHECK(check.text == text);
}

}  // namespace

TEST_CASE("a right backward passes, far inside the tolerance") {
  const GradientCheck check = check_square<Fault::none>();
  CHECK(check);
  CHECK(check.worst_error < 1e-10);
  CHECK_NOTHROW(check.throw_if_wrong());
}

TEST_CASE("a wrong sign is found and named") {
  const GradientCheck dx = check_square<Fault::sign_of_dx>();
  CHECK_FALSE(dx);
  CHECK(dx.worst_error > 0.5);
  CHECK(dx.where.substr(0, 3) == "dx[");
  const GradientCheck da = check_square<Fault::sign_of_da>();
  CHECK_FALSE(da);
  CHECK(da.worst_error > 0.5);
  CHECK(da.where.substr(0, 2) == "a[");
}

TEST_CASE("an error in the fifth digit of one term is found") {
  const GradientCheck check = check_square<Fault::slightly_wrong_db>();
  CHECK_FALSE(check);
  CHECK(check.worst_error < 1e-4);
  CHECK(check.where.substr(0, 2) == "b[");
  Matrix<double> x(2, 3);
  x << 0.3, -1.2, 2.0, 1.1, 0.7, -0.4;
  CHECK(check_gradients(Square<Fault::slightly_wrong_db>(3), x, {.tolerance = 1e-3}));
}

TEST_CASE("what backward does not write stays NaN and is found") {
  for (const GradientCheck& check :
       {check_square<Fault::db_forgotten>(), check_square<Fault::da_added_to_grad>(),
        check_square<Fault::dx_not_written>(), check_square<Fault::dx_misses_an_element>()}) {
    CHECK_FALSE(check);
    CHECK(std::isinf(check.worst_error));
    CHECK(check.text.find("backward gives nan, differences ") != std::string::npos);
  }
  CHECK(check_square<Fault::db_forgotten>().where == "b[0, 0]");
  CHECK(check_square<Fault::da_added_to_grad>().where == "a[0, 0]");
  CHECK(check_square<Fault::dx_not_written>().where == "dx[0, 0]");
  CHECK(check_square<Fault::dx_misses_an_element>().where == "dx[0, 0]");
}

TEST_CASE("a layer that breaks the rules of a layer is found") {
  check_found<Fault::y_not_written>("forward", "mlp::Square(): forward: y is not finite everywhere");
  check_found<Fault::forward_counts_calls>("forward",
                                           "mlp::Square(): forward: gives another y when it is called again");
  check_found<Fault::forward_depends_on_the_cache>("forward",
                                                   "mlp::Square(): forward: gives another y when it is called again");
  check_found<Fault::copies_forget_b>("forward", "mlp::Square(): forward: gives another y for a copy of the layer");
  check_found<Fault::copies_share_their_parameters>("copy",
                                                    "mlp::Square(): copy: shares its parameters with the layer");
  check_found<Fault::backward_changes_the_layer>("backward",
                                                 "mlp::Square(): backward: changes the parameters of the layer");
  check_found<Fault::gradient_needs_dx>("backward",
                                        "mlp::Square(): backward: gives another gradient when nobody reads dx");
  check_found<Fault::forward_takes_rows_for_adjacent>("forward",
                                                      "mlp::Square(): forward: gives another y where rows lie apart");
  check_found<Fault::y_reaches_behind_its_rows>("forward", "mlp::Square(): forward: writes behind the rows of y");
  check_found<Fault::dx_reaches_behind_its_rows>("backward", "mlp::Square(): backward: writes behind the rows of dx");
  check_found<Fault::backward_takes_rows_for_adjacent>(
      "backward", "mlp::Square(): backward: gives another dx where rows lie apart");
  check_found<Fault::gradient_takes_rows_for_adjacent>(
      "backward", "mlp::Square(): backward: gives another gradient where rows lie apart");
  check_found<Fault::gradient_has_another_shape>("a", "mlp::Square(): a: the gradient is [1, 1], the parameter [1, 3]");
}

TEST_CASE("parameters of two layers that are not those of one name are found") {
  const GradientCheck check = check_square<Fault::visit_mixes_layers>();
  CHECK_FALSE(check);
  CHECK(check.where.substr(0, 2) == "b[");
}

TEST_CASE("a wrong layer can be thrown") {
  CHECK_THROWS_WITH_AS(check_square<Fault::y_not_written>().throw_if_wrong(),
                       "mlp::Square(): forward: y is not finite everywhere", Error);
}

TEST_CASE("a kink within the step of the differences is no error") {
  Matrix<double> x(1, 4);
  x << 1e-4, -1e-4, 3e-6, -5e-4;
  CHECK(check_gradients(ReLU(), x));
}

TEST_CASE("a gradient that is zero by nature is no error") {
  // Softmax does not see a number added to all its inputs: with one weight the gradient of that weight is 0.
  Linear<double> same(1, 3);
  same.weight().matrix().setConstant(0.7);
  const Sequential net{same, Softmax()};
  Matrix<double> x(5, 1);
  x << 0.1, -2, 3, 0.5, 1;
  CHECK(check_gradients(net, x));
}

TEST_CASE("whole models are checked like layers, static or dynamic, and their elements are named") {
  Rng rng(3);
  const Linear<double> first(2, 3, rng), second(3, 1, rng);
  Matrix<double> x(3, 2);
  x << 0.3, -1.2, 2.0, 1.1, 0.7, -0.4;
  CHECK(check_gradients(Sequential{first, ReLU(), second}, x));
  CHECK(check_gradients(Network<double>(first, ReLU(), second), x));
  const GradientCheck wrong = check_gradients(Network<double>(first, Square<Fault::db_forgotten>(3), second), x);
  CHECK(wrong.where == "1.b[0, 0]");
}

TEST_CASE("an empty batch checks nothing and is refused") {
  CHECK_THROWS_WITH_AS(check_gradients(ReLU(), Matrix<double>(0, 3)), "mlp::testing::check_gradients: x or y is empty",
                       ValueError);
}
