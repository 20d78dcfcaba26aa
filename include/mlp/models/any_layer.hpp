// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <mlp/models/model.hpp>

namespace mlp {

/// A layer whose type is chosen at run time: one virtual call per layer and batch. Copies are deep.
///
///     AnyLayer<float> layer = Linear(9, 64, rng);
template <class T>
class AnyLayer {
 public:
  using Scalar = T;
  struct Parameter {
    std::string name;
    MatrixView<T> value;
  };

  /// Made by the layer it belongs to, and only usable with that one's type.
  struct CacheConcept {
    virtual ~CacheConcept() = default;
  };
  using Cache = std::unique_ptr<CacheConcept>;

  template <class L>
    requires(!std::same_as<L, AnyLayer> && Layer<L, T>)  // in this order, or the second asks for itself
  AnyLayer(L layer)  // NOLINT: implicit on purpose
      : self_(std::make_unique<Model<L>>(std::move(layer))) {}
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
  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, AnyLayer& grad,
                MatrixView<T> dx) const {
    self_->backward(x, y, dy, cache, *grad.self_, dx);
  }

  /// Layers side by side must hold layers of one type: copies of one model do.
  template <class F, class First, class... Rest>
  static void visit_parameters(F&& f, First& first, Rest&... rest) {
    for (std::size_t i = 0; i < first.self_->parameters.size(); ++i)
      f(ParameterName{first.self_->parameters[i].name}, parameter(first, i), parameter(rest, i)...);
  }

 private:
  struct Concept {
    virtual ~Concept() = default;
    virtual std::unique_ptr<Concept> clone() const = 0;
    virtual std::string describe() const = 0;
    virtual Index in_features() const = 0;
    virtual Shape output_shape(Shape input) const = 0;
    virtual void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const = 0;
    virtual void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache,
                          Concept& grad, MatrixView<T> dx) const = 0;

    std::vector<Parameter> parameters;  // views of the layer's own matrices, so that walking them allocates nothing
  };

  template <class L>
  struct Model final : Concept {
    explicit Model(L l) : layer(std::move(l)) {
      L::visit_parameters(
          [this](const ParameterName& name, MatrixView<T> value) {
            this->parameters.push_back({name.str(), value});
          },
          layer);
    }
    std::unique_ptr<Concept> clone() const override { return std::make_unique<Model>(layer); }
    std::string describe() const override { return layer.describe(); }
    Index in_features() const override { return in_features_of(layer); }
    Shape output_shape(Shape input) const override { return layer.output_shape(input); }
    void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const override {
      layer.forward(x, y, own(cache));
    }
    void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache, Concept& grad,
                  MatrixView<T> dx) const override {
      layer.backward(x, y, dy, own(cache), static_cast<Model&>(grad).layer, dx);
    }

    struct OwnCache final : CacheConcept {
      typename L::Cache value;
    };
    static typename L::Cache& own(Cache& cache) {
      if (!cache) cache = std::make_unique<OwnCache>();
      return static_cast<OwnCache&>(*cache).value;
    }

    L layer;
  };

  static MatrixView<T> parameter(AnyLayer& layer, std::size_t i) { return layer.self_->parameters[i].value; }
  static ConstMatrixView<T> parameter(const AnyLayer& layer, std::size_t i) { return layer.self_->parameters[i].value; }

  std::unique_ptr<Concept> self_;
};

}  // namespace mlp
