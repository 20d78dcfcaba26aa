// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include <mlp/models/model.hpp>

namespace mlp {

/// A layer whose type is chosen at run time: one virtual call per layer and batch. Copies are deep.
///
///     AnyLayer<float> layer = Linear(9, 64, rng);
template <class T>
class AnyLayer {
 public:
  using Scalar = T;

  /// The cache of the layer inside, made by its first forward.
  struct AnyCache {
    virtual ~AnyCache() = default;
  };
  using Cache = std::unique_ptr<AnyCache>;

  template <class L>
    requires(!std::same_as<L, AnyLayer> && Layer<L, T>)
  AnyLayer(L layer)  // NOLINT: implicit on purpose
      : self_(std::make_unique<Holder<L>>(std::move(layer))) {}
  AnyLayer(const AnyLayer& other) : self_(other.self_->clone()) {}
  AnyLayer(AnyLayer&&) noexcept = default;
  AnyLayer& operator=(AnyLayer other) noexcept {
    self_ = std::move(other.self_);
    return *this;
  }
  ~AnyLayer() = default;

  std::string describe() const { return self_->describe(); }
  Index in_features() const { return self_->in_features(); }
  Shape output_shape(Shape input) const { return self_->output_shape(input); }

  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const { self_->forward(x, y, cache); }
  /// @throws ValueError if `grad` holds a layer of another type.
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, AnyLayer& grad,
                MatrixView<T> dx) const {
    self_->backward(x, y, dy, cache, *grad.self_, dx);
  }

  /// @throws ValueError if a layer beside the first has fewer parameters.
  template <class F, class First, class... Rest>
  static void visit_parameters(F&& f, First& first, Rest&... rest) {
    Index i = 0;
    const auto side_by_side = [&](const ParameterName& name, MatrixView<T> value) {
      f(name, ViewOf<First>(value), ViewOf<Rest>(rest.parameter(i, first))...);
      ++i;
    };
    first.self_->visit(std::ref(side_by_side));
  }

 private:
  using Visitor = std::function<void(const ParameterName&, MatrixView<T>)>;
  template <class Any>
  using ViewOf = std::conditional_t<std::is_const_v<Any>, ConstMatrixView<T>, MatrixView<T>>;

  struct Base {
    virtual ~Base() = default;
    virtual std::unique_ptr<Base> clone() const = 0;
    virtual std::string describe() const = 0;
    virtual Index in_features() const = 0;
    virtual Shape output_shape(Shape input) const = 0;
    virtual void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const = 0;
    virtual void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, Base& grad,
                          MatrixView<T> dx) const = 0;
    virtual void visit(const Visitor& f) = 0;
  };

  template <class L>
  struct Holder final : Base {
    struct OwnCache final : AnyCache {
      typename L::Cache value;
    };

    explicit Holder(L l) : layer(std::move(l)) {}
    std::unique_ptr<Base> clone() const override { return std::make_unique<Holder>(layer); }
    std::string describe() const override { return layer.describe(); }
    Index in_features() const override { return in_features_of(layer); }
    Shape output_shape(Shape input) const override { return layer.output_shape(input); }
    void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const override {
      layer.forward(x, y, own(cache));
    }
    void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, Base& grad,
                  MatrixView<T> dx) const override {
      if (typeid(grad) != typeid(Holder))
        throw ValueError("mlp::" + describe() + ": expected a gradient of the same type, got " + grad.describe());
      layer.backward(x, y, dy, own(cache), static_cast<Holder&>(grad).layer, dx);
    }
    void visit(const Visitor& f) override { L::visit_parameters(f, layer); }

    /// A new cache where there is none, or one that a layer of another type has left in this place.
    static typename L::Cache& own(Cache& cache) {
      if (AnyCache* const old = cache.get(); old == nullptr || typeid(*old) != typeid(OwnCache))
        cache = std::make_unique<OwnCache>();
      return static_cast<OwnCache&>(*cache).value;
    }

    L layer;
  };

  /// The i-th parameter, found by a walk: views that were kept would dangle where a layer moves its matrices.
  MatrixView<T> parameter(Index i, const AnyLayer& first) const {
    MatrixView<T> found;
    const auto pick = [&](const ParameterName&, MatrixView<T> value) {
      if (i-- == 0) found = value;
    };
    self_->visit(std::ref(pick));
    if (!found) throw ValueError("mlp::" + first.describe() + ": has no counterpart in " + describe());
    return found;
  }

  std::unique_ptr<Base> self_;
};

}  // namespace mlp
