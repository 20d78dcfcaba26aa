// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/layers/layer.hpp>

namespace mlp::detail {

/// The base of layers without parameters that make one token of all: FirstToken, MeanPooling.
/// Shapes: x [batch, tokens * features], y [batch, features].
class TokenPooling {
 public:
  struct Cache {};

  Index in_features() const { return tokens_ * features_; }

  /// "MeanPooling(49 tokens, 128 features)"
  std::string describe() const {
    return std::string(name_) + "(" + std::to_string(tokens_) + " tokens, " + std::to_string(features_) + " features)";
  }

  Shape output_shape(Shape input) const {
    check_input(*this, input);
    return {input.rows, features_};
  }

  template <class F, class... Layers>
  static void visit_parameters(F&&, Layers&...) {}

 protected:
  /// @throws ValueError `mlp::MeanPooling: tokens must be at least 1, got 0`
  TokenPooling(const char* name, Index tokens, Index features) : name_(name), tokens_(tokens), features_(features) {
    check_at_least(name, "tokens", tokens, 1);
    check_at_least(name, "features", features, 1);
  }

  const char* name_;
  Index tokens_, features_;
};

}  // namespace mlp::detail
