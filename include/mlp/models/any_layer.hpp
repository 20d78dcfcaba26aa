// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include <mlp/core/function_ref.hpp>
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
      : self_(new Holder<L>(std::move(layer))),  // not make_unique, which costs the compiler a unique_ptr of each layer
        activation_(activation_of<L>()),
        fuses_activation_(detail::FusesActivation<L, T>) {}
  AnyLayer(const AnyLayer& other)
      : self_(other.self_->clone()), activation_(other.activation_), fuses_activation_(other.fuses_activation_) {}
  AnyLayer(AnyLayer&&) noexcept = default;
  AnyLayer& operator=(AnyLayer other) noexcept {
    self_ = std::move(other.self_);
    activation_ = other.activation_;
    fuses_activation_ = other.fuses_activation_;
    return *this;
  }
  ~AnyLayer() = default;

  std::string describe() const { return self_->describe(); }
  std::vector<std::string> parts() const { return self_->parts(); }
  Index in_features() const { return self_->in_features(); }
  Shape output_shape(Shape input) const { return self_->output_shape(input); }

  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const { self_->forward(x, y, cache, nullptr); }
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache, const Training& training) const {
    self_->forward(x, y, cache, &training);
  }
  /// One of the two: as in a prediction without a `training`.
  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache, const Training* training) const {
    self_->forward(x, y, cache, training);
  }
  /// @throws ValueError if `grad` holds a layer of another type.
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, AnyLayer& grad,
                MatrixView<T> dx, Update<T> update = {}) const {
    self_->backward(x, y, dy, cache, *grad.self_, dx, update, Activation::identity);
  }

  /// What the layer inside can do besides (layers/layer.hpp): its element-wise function, and whether it takes another.
  std::optional<Activation> activation() const { return activation_; }
  bool fuses_activation() const { return fuses_activation_; }
  /// For those that do.
  void fused_forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache, Activation f) const {
    self_->fused_forward(x, y, cache, f);
  }
  void fused_backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, AnyLayer& grad,
                      MatrixView<T> dx, Update<T> update, Activation before) const {
    self_->backward(x, y, dy, cache, *grad.self_, dx, update, before);
  }

  /// @throws ValueError if a layer beside the first has fewer parameters.
  template <class F, class First, class... Rest>
  static void visit_parameters(F&& f, First& first, Rest&... rest) {
    Index i = 0;
    const auto side_by_side = [&](const ParameterName& name, MatrixView<T> value) {
      f(name, ViewOf<First>(value), ViewOf<Rest>(rest.parameter(i, first))...);
      ++i;
    };
    first.self_->visit(side_by_side);
  }

 private:
  using Visitor = detail::FunctionRef<void(const ParameterName&, MatrixView<T>)>;
  template <class Any>
  using ViewOf = std::conditional_t<std::is_const_v<Any>, ConstMatrixView<T>, MatrixView<T>>;

  struct Base {
    virtual ~Base() = default;
    virtual std::unique_ptr<Base> clone() const = 0;
    virtual std::string describe() const = 0;
    virtual std::vector<std::string> parts() const = 0;
    virtual Index in_features() const = 0;
    virtual Shape output_shape(Shape input) const = 0;
    virtual void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache, const Training* training) const = 0;
    virtual void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, Base& grad,
                          MatrixView<T> dx, Update<T> update, Activation before) const = 0;
    virtual void fused_forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache, Activation f) const = 0;
    virtual void visit(Visitor f) = 0;

    [[noreturn, gnu::cold]] void throw_type_of(const Base& grad) const {
      throw ValueError("mlp::" + describe() + ": expected a gradient of the same type, got " + grad.describe());
    }
  };

  template <class L>
  struct Holder final : Base {
    struct OwnCache final : AnyCache {
      detail::LayerCache<L> value;
    };

    explicit Holder(L l) : layer(std::move(l)) {}
    std::unique_ptr<Base> clone() const override { return std::unique_ptr<Base>(new Holder(layer)); }
    std::string describe() const override { return layer.describe(); }
    std::vector<std::string> parts() const override { return parts_of(layer); }
    Index in_features() const override { return in_features_of(layer); }
    Shape output_shape(Shape input) const override { return layer.output_shape(input); }
    void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache,
                 [[maybe_unused]] const Training* training) const override {
      if constexpr (detail::TrainsDifferently<L, T>)
        if (training != nullptr) return layer.forward(x, y, own(cache).own, *training);
      layer.forward(x, y, own(cache).own);
    }
    void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, Base& grad,
                  MatrixView<T> dx, Update<T> update, Activation before) const override {
      if (typeid(grad) != typeid(Holder)) this->throw_type_of(grad);
      L& own_grad = static_cast<Holder&>(grad).layer;
      if constexpr (detail::FusesActivation<L, T>)
        layer.backward(x, y, dy, own(cache).own, own_grad, dx, update, before);
      else
        detail::backward<T>(layer, x, y, dy, own(cache), own_grad, dx, update);
    }
    void fused_forward([[maybe_unused]] ConstMatrixView<T> x, [[maybe_unused]] MatrixView<T> y,
                       [[maybe_unused]] Cache& cache, [[maybe_unused]] Activation f) const override {
      if constexpr (detail::FusesActivation<L, T>) layer.forward(x, y, own(cache).own, f);
    }
    void visit(Visitor f) override { L::visit_parameters(f, layer); }

    /// A new cache where there is none, or one that a layer of another type has left in this place.
    static detail::LayerCache<L>& own(Cache& cache) {
      if (AnyCache* const old = cache.get(); old == nullptr || typeid(*old) != typeid(OwnCache))
        cache.reset(new OwnCache);
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
    self_->visit(pick);
    if (!found) throw ValueError("mlp::" + first.describe() + ": has no counterpart in " + describe());
    return found;
  }

  template <class L>
  static std::optional<Activation> activation_of() {
    if constexpr (detail::ElementWise<L>) return L::activation;
    return std::nullopt;
  }

  std::unique_ptr<Base> self_;
  std::optional<Activation> activation_;
  bool fuses_activation_;
};

}  // namespace mlp
