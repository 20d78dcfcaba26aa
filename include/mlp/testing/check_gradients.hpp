// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/core/function_ref.hpp>
#include <mlp/core/parameter.hpp>
#include <mlp/core/view.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/math/rng.hpp>

namespace mlp::testing {

struct GradientCheckOptions {
  double tolerance = 1e-7;
  std::uint64_t seed = 1;  ///< of dL/dy, drawn from U(-1, 1), and of what a layer draws in training
  bool training = false;   ///< check the forward of training, of a layer that has one
};

/// What `check_gradients` has found: `true` as a condition where the layer is right.
struct GradientCheck {
  double worst_error = 0;  ///< of all elements, relative to the largest of its matrix; infinity for a broken rule
  std::string where;       ///< the worst element, "dx[0, 2]" or "0.weight[3, 1]"
  std::string text;        ///< "mlp::Linear(2 -> 3): bias[0, 1]: backward gives 1, differences 2"
  double tolerance = 0;

  explicit operator bool() const { return worst_error <= tolerance; }

  /// @throws Error with `text` where the layer is wrong.
  void throw_if_wrong() const {
    if (!*this) throw Error(text);
  }
  friend std::ostream& operator<<(std::ostream& out, const GradientCheck& check) { return out << check.text; }
};

namespace detail {

/// A layer of any type, or a copy of one: what the checks below need, so that they are compiled once.
class CheckedLayer {
 public:
  template <class... Views>
  using Visitor = mlp::detail::FunctionRef<void(const ParameterName&, Views...)>;

  virtual ~CheckedLayer() = default;
  virtual std::unique_ptr<CheckedLayer> copy() const = 0;
  virtual std::string describe() const = 0;
  virtual Shape output_shape(Shape input) const = 0;
  /// With the cache of the call before, and as part of a training where there is one.
  virtual void forward(ConstMatrixView<double> x, MatrixView<double> y, const Training* training) = 0;
  virtual void backward(ConstMatrixView<double> x, ConstMatrixView<double> y, ConstMatrixView<double> dy,
                        CheckedLayer& grad, MatrixView<double> dx) = 0;
  virtual void visit(Visitor<ConstMatrixView<double>> f) const = 0;
  /// Of a copy; with the parameters of `grad`, another copy, beside its own.
  virtual void change(Visitor<MatrixView<double>> f) = 0;
  virtual void change(Visitor<MatrixView<double>, ConstMatrixView<double>> f, CheckedLayer& grad) = 0;
};

template <class L>
class CheckedLayerOf final : public CheckedLayer {
 public:
  explicit CheckedLayerOf(const L& layer) : layer_(&layer) {}

  std::unique_ptr<CheckedLayer> copy() const override {
    auto other = std::make_unique<CheckedLayerOf>(*layer_);
    other->layer_ = &other->copy_.emplace(*layer_);
    return other;
  }
  std::string describe() const override { return layer_->describe(); }
  Shape output_shape(Shape input) const override { return layer_->output_shape(input); }
  void forward(ConstMatrixView<double> x, MatrixView<double> y, const Training* training) override {
    if (training != nullptr)
      mlp::detail::forward<double>(*layer_, x, y, cache_, *training);
    else
      layer_->forward(x, y, cache_);
  }
  void backward(ConstMatrixView<double> x, ConstMatrixView<double> y, ConstMatrixView<double> dy, CheckedLayer& grad,
                MatrixView<double> dx) override {
    layer_->backward(x, y, dy, cache_, *own(grad).copy_, dx);
  }
  void visit(Visitor<ConstMatrixView<double>> f) const override { L::visit_parameters(f, *layer_); }
  void change(Visitor<MatrixView<double>> f) override { L::visit_parameters(f, *copy_); }
  void change(Visitor<MatrixView<double>, ConstMatrixView<double>> f, CheckedLayer& grad) override {
    L::visit_parameters(f, *copy_, *own(grad).copy_);
  }

 private:
  static CheckedLayerOf& own(CheckedLayer& other) { return static_cast<CheckedLayerOf&>(other); }

  const L* layer_;  ///< of the caller, or the copy
  std::optional<L> copy_;
  typename L::Cache cache_;
};

class GradientChecker {
 public:
  GradientChecker(CheckedLayer& layer, ConstMatrixView<double> x, GradientCheckOptions options)
      : layer_(layer), probe_(layer.copy()), x_(x.matrix()), options_(options) {
    const Shape output = layer.output_shape(x.shape());
    if (output.rows * output.cols == 0) throw ValueError("mlp::testing::check_gradients: x or y is empty");
    result_.tolerance = options.tolerance;
    y_.resize(output.rows, output.cols);
    dy_.resizeLike(y_);
    Rng rng(options.seed);
    for (Index i = 0; i < dy_.size(); ++i) dy_.data()[i] = rng.uniform(-1.0, 1.0);
  }

  GradientCheck run() {
    const std::vector<double> weights = values(layer_);
    y_ = evaluate(layer_);
    if (!y_.array().isFinite().all()) return broken("forward", "y is not finite everywhere");
    if (!same(evaluate(layer_), y_)) return broken("forward", "gives another y when it is called again");
    if (!same(evaluate(*probe_), y_)) return broken("forward", "gives another y for a copy of the layer");

    const auto grad = not_a_number_like(layer_);
    if (!same(values(layer_), weights)) return broken("copy", "shares its parameters with the layer");
    Matrix<double> dx = not_a_number(x_.rows(), x_.cols());
    layer_.backward(x_, y_, dy_, *grad, view(dx));
    if (!same(values(layer_), weights)) return broken("backward", "changes the parameters of the layer");

    const auto again = not_a_number_like(layer_);
    evaluate(layer_);
    layer_.backward(x_, y_, dy_, *again, {});
    if (!same(values(*again), values(*grad))) return broken("backward", "gives another gradient when nobody reads dx");
    if (!takes_rows_apart(*grad, dx)) return result_;

    compare("dx", dx, view(x_));
    probe_->change(
        [this](const ParameterName& name, MatrixView<double> w, ConstMatrixView<double> dw) {
          if (!name.leaf().statistic) compare(name.str(), dw, w);
        },
        *grad);
    return result_;
  }

 private:
  /// A matrix with something else between its rows, as models keep what is between their layers.
  class RowsApart {
   public:
    explicit RowsApart(const Matrix<double>& m) : memory_(not_a_number(m.rows(), m.cols() + gap)) {
      view().array() = m.array();
    }
    MatrixView<double> view() { return {memory_.data(), memory_.rows(), memory_.cols() - gap, memory_.cols()}; }
    Matrix<double> rows() const { return memory_.leftCols(memory_.cols() - gap); }
    bool has_all_gaps() const { return memory_.rightCols(gap).array().isNaN().all(); }

   private:
    static constexpr Index gap = 3;
    Matrix<double> memory_;
  };

  /// The same results, and `broken` where they are not.
  bool takes_rows_apart(const CheckedLayer& expected, const Matrix<double>& expected_dx) {
    RowsApart x(x_), y(not_a_number(y_.rows(), y_.cols())), dy(dy_), dx(not_a_number(x_.rows(), x_.cols()));
    const auto layer = layer_.copy();  // with a cache of its own
    const auto grad = not_a_number_like(layer_);
    const auto check = [this](bool right, const char* where, const std::string& what) {
      if (!right) broken(where, what);
      return right;
    };
    const std::string another = "gives another ", apart = " where rows lie apart";
    const std::string behind = "writes behind the rows of ";
    forward(*layer, x.view(), y.view());
    if (!check(near(y.rows(), y_), "forward", another + "y" + apart)) return false;
    if (!check(y.has_all_gaps(), "forward", behind + "y")) return false;
    layer->backward(x.view(), y.view(), dy.view(), *grad, dx.view());
    return check(near(dx.rows(), expected_dx), "backward", another + "dx" + apart) &&
           check(dx.has_all_gaps(), "backward", behind + "dx") &&
           check(near(values(*grad), values(expected)), "backward", another + "gradient" + apart);
  }

  static Matrix<double> not_a_number(Index rows, Index cols) {
    return Matrix<double>::Constant(rows, cols, std::numeric_limits<double>::quiet_NaN());
  }
  static std::unique_ptr<CheckedLayer> not_a_number_like(const CheckedLayer& layer) {
    std::unique_ptr<CheckedLayer> copy = layer.copy();
    copy->change(
        [](const ParameterName&, MatrixView<double> w) { w.array() = std::numeric_limits<double>::quiet_NaN(); });
    return copy;
  }
  static std::vector<double> values(const CheckedLayer& layer) {
    std::vector<double> all;
    layer.visit([&](const ParameterName&, ConstMatrixView<double> w) {
      for (Index i = 0; i < w.rows(); ++i) all.insert(all.end(), w.row(i), w.row(i) + w.cols());
    });
    return all;
  }
  /// NaN is equal to NaN: that one is found and named later.
  template <class A>
  static bool same(const A& a, const A& b, double difference = 0) {
    return std::equal(a.data(), a.data() + a.size(), b.data(), b.data() + b.size(), [&](double u, double v) {
      return u == v || std::abs(u - v) <= difference || (std::isnan(u) && std::isnan(v));
    });
  }
  /// The same but for rounding.
  template <class A>
  bool near(const A& a, const A& b) const {
    double scale = rounding_scale();
    for (std::size_t i = 0; i < static_cast<std::size_t>(b.size()); ++i)
      if (std::isfinite(b.data()[i])) scale = std::max(scale, std::abs(b.data()[i]));
    return same(a, b, options_.tolerance * scale);
  }
  /// Everything below it is the rounding of y.
  double rounding_scale() const { return 1e-3 * y_.array().abs().maxCoeff(); }

  void forward(CheckedLayer& layer, ConstMatrixView<double> x, MatrixView<double> y) const {
    Rng rng(options_.seed);
    const Training training{&rng};
    layer.forward(x, y, options_.training ? &training : nullptr);
  }
  Matrix<double> evaluate(CheckedLayer& layer) const {
    Matrix<double> y = not_a_number(y_.rows(), y_.cols());
    forward(layer, x_, view(y));
    return y;
  }

  /// dL/dw by differences of fourth order: (8 (L(w+h) - L(w-h)) - (L(w+2h) - L(w-2h))) / 12h, with L = sum(dy y).
  double difference(double& w, double h) {
    const double middle = w;
    const auto loss_at = [&](double shift) -> Matrix<double> {
      w = middle + shift;
      return evaluate(*probe_);
    };
    const Matrix<double> near = loss_at(h) - loss_at(-h);
    const Matrix<double> far = loss_at(2 * h) - loss_at(-2 * h);
    w = middle;
    return (dy_.array() * (8 * near - far).array()).sum() / (12 * h);
  }

  /// Compares dL/dw with differences, where `w` points into x or the probe's parameters. What is not within the
  /// tolerance is tried again with smaller steps, which do not reach over the kink of a ReLU.
  void compare(const std::string& name, ConstMatrixView<double> dw, MatrixView<double> w) {
    if (dw.shape() != w.shape()) {
      broken(name, "the gradient is " + to_string(dw.shape()) + ", the parameter " + to_string(w.shape()));
      return;
    }
    const auto step = [](double value) { return 0x1p-10 * std::max(1.0, std::abs(value)); };
    Matrix<double> expected(w.rows(), w.cols());
    double scale = rounding_scale();
    for (Index i = 0; i < w.rows(); ++i)
      for (Index j = 0; j < w.cols(); ++j) {
        expected(i, j) = difference(w(i, j), step(w(i, j)));
        for (const double value : {dw(i, j), expected(i, j)})
          if (std::isfinite(value)) scale = std::max(scale, std::abs(value));
      }
    for (Index i = 0; i < w.rows(); ++i)
      for (Index j = 0; j < w.cols(); ++j) {
        double error = error_of(dw(i, j), expected(i, j), scale);
        for (double smaller = 0.1; smaller > 1e-4 && error > options_.tolerance; smaller *= 0.1) {
          const double retry = difference(w(i, j), smaller * step(w(i, j)));
          error = std::min(error, error_of(dw(i, j), retry, scale));
        }
        if (result_.where.empty() || error > result_.worst_error)
          record(error, name + "[" + std::to_string(i) + ", " + std::to_string(j) + "]",
                 "backward gives " + mlp::detail::number_text(dw(i, j)) + ", differences " +
                     mlp::detail::number_text(expected(i, j)));
      }
  }

  static double error_of(double got, double expected, double scale) {
    const double error = got == expected ? 0 : std::abs(got - expected) / scale;
    return std::isfinite(error) ? error : std::numeric_limits<double>::infinity();
  }

  GradientCheck broken(const std::string& where, const std::string& what) {
    record(std::numeric_limits<double>::infinity(), where, what);
    return result_;
  }
  void record(double error, const std::string& where, const std::string& what) {
    result_.worst_error = error;
    result_.where = where;
    result_.text = "mlp::" + layer_.describe() + ": " + where + ": " + what;
  }

  CheckedLayer& layer_;
  std::unique_ptr<CheckedLayer> probe_;  ///< whose parameters are varied
  Matrix<double> x_;
  Matrix<double> y_;
  Matrix<double> dy_;
  GradientCheckOptions options_;
  GradientCheck result_;
};

}  // namespace detail

/// Compares the backward of a layer, or of a whole model, with differences of its forward: for every element of x and
/// of every parameter, in double, after the gradient and dx were filled with NaN. It also finds a forward that gives
/// another answer the second time, a backward that changes the layer or needs dx, either of them where it takes rows to
/// be adjacent or writes behind them, and copies that share their parameters.
///
/// Shapes: x [batch, in]; try a batch of 1, odd sizes and values on both sides of every kink. Each element costs four
/// forwards, so keep the layer small.
///
///     CHECK(check_gradients(MyLayer<double>(3, 2, rng), x));              // in a test
///     check_gradients(MyLayer<double>(3, 2, rng), x).throw_if_wrong();    // says where and by how much
template <Layer<double> L>
GradientCheck check_gradients(const L& layer, ConstMatrixView<double> x, GradientCheckOptions options = {}) {
  detail::CheckedLayerOf<L> checked(layer);
  return detail::GradientChecker(checked, x, options).run();
}

}  // namespace mlp::testing
