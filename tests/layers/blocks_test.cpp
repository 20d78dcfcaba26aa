// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <string>
#include <type_traits>

#include <mlp/layers/channel_mixing.hpp>
#include <mlp/layers/class_token.hpp>
#include <mlp/layers/feed_forward.hpp>
#include <mlp/layers/first_token.hpp>
#include <mlp/layers/layer_norm.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/mean_pooling.hpp>
#include <mlp/layers/multi_head_self_attention.hpp>
#include <mlp/layers/patch_embedding.hpp>
#include <mlp/layers/per_token.hpp>
#include <mlp/layers/position_embedding.hpp>
#include <mlp/layers/residual.hpp>
#include <mlp/layers/token_mixing.hpp>
#include <mlp/testing/check_gradients.hpp>

#include "support/bits.hpp"
#include "support/random_matrix.hpp"
#include "support/reference.hpp"
#include "support/set_parameters.hpp"

using namespace mlp;
using mlp::testing::bitwise_equal;
using mlp::testing::check_gradients;
using mlp::testing::max_relative_error;
using mlp::testing::random_matrix;
using mlp::testing::set_parameters;
using mlp::testing::to_matrix;
using mlp::testing::worst_gradient_error;

namespace {

/// Gives every parameter a value, also those that start at 0.
template <class L>
L with_values(L layer) {
  Rng rng(8);
  L::visit_parameters([&](const ParameterName&, MatrixView<double> p) { uniform_init(p, -1, 1, rng); }, layer);
  return layer;
}

/// The layer of a stored case, and of none of its parameters.
template <class T, class F>
void with_layer(const std::string& name, Index heads, const F& f) {
  if (name == "FeedForward") return f(FeedForward<T>(5, 7));
  if (name == "PerToken") return f(PerToken(3, LayerNorm<T>(5)));
  if (name == "TokenMixing") return f(TokenMixing<T>(3, 5, 4));
  if (name == "ChannelMixing") return f(ChannelMixing<T>(3, 5, 7));
  if (name == "PatchEmbedding")
    return f(PatchEmbedding<T>({.height = 4, .width = 6, .channels = 2, .patch = 2, .features = 5}));
  if (name == "ClassToken") return f(ClassToken<T>(3, 5));
  if (name == "PositionEmbedding") return f(PositionEmbedding<T>(3, 5));
  if (name == "MeanPooling") return f(MeanPooling(3, 5));
  if (name == "FirstToken") return f(FirstToken(3, 5));
  if (name == "MultiHeadSelfAttention") return f(MultiHeadSelfAttention<T>(heads == 2 ? 5 : 1, 6, heads));
  REQUIRE(name == "Residual");
  f(Residual(Linear<T>(5, 5)));
}

template <class T>
void check_case(const nlohmann::json& c, Index heads) {
  const bool is_float = sizeof(T) == sizeof(float);
  const double tolerance = is_float ? 1e-5 : 1e-12;
  const nlohmann::json& expected = c[is_float ? "float32" : "float64"];
  with_layer<T>(c["layer"], heads, [&](auto layer) {
    using L = decltype(layer);
    set_parameters<T>(layer, c["parameters"]);
    const Matrix<T> x = to_matrix<T>(c["x"]), dy = to_matrix<T>(c["dy"]);
    const T nan = std::numeric_limits<T>::quiet_NaN();
    Matrix<T> y = Matrix<T>::Constant(dy.rows(), dy.cols(), nan), dx = Matrix<T>::Constant(x.rows(), x.cols(), nan);
    typename L::Cache cache;
    L grad = layer;
    L::visit_parameters([nan](const ParameterName&, MatrixView<T> g) { g.array() = nan; }, grad);
    layer.forward(ConstMatrixView<T>(x), view(y), cache);
    layer.backward(ConstMatrixView<T>(x), ConstMatrixView<T>(y), ConstMatrixView<T>(dy), cache, grad, view(dx));
    CHECK(max_relative_error(y, to_matrix<T>(expected["y"])) <= tolerance);
    CHECK(max_relative_error(dx, to_matrix<T>(expected["dx"])) <= tolerance);
    CHECK(worst_gradient_error<T>(grad, expected["gradients"]) <= tolerance);
  });
}

/// Rows with gaps between them give the numbers of rows without.
template <class L>
void check_strides(const L& layer, Index batch) {
  CAPTURE(layer.describe());
  const Index in = layer.in_features(), out = layer.output_shape({batch, in}).cols;
  const Matrix<double> x = random_matrix(batch, in), dy = random_matrix(batch, out);
  Matrix<double> wide_x = Matrix<double>::Constant(batch, in + 3, 1e30), wide_dy = wide_x, wide_dx = wide_x;
  Matrix<double> wide_y = Matrix<double>::Constant(batch, out + 5, 1e30);
  wide_dy = wide_y;
  wide_x.leftCols(in) = x;
  wide_dy.leftCols(out) = dy;
  const auto part = [batch](Matrix<double>& m, Index cols) {
    return MatrixView<double>(m.data(), batch, cols, m.cols());
  };

  Matrix<double> y(batch, out), dx(batch, in);
  typename L::Cache cache, wide_cache;
  L grad = layer, wide_grad = layer;
  layer.forward(ConstMatrixView<double>(x), view(y), cache);
  layer.backward(ConstMatrixView<double>(x), ConstMatrixView<double>(y), ConstMatrixView<double>(dy), cache, grad,
                 view(dx));
  layer.forward(ConstMatrixView<double>(part(wide_x, in)), part(wide_y, out), wide_cache);
  layer.backward(ConstMatrixView<double>(part(wide_x, in)), ConstMatrixView<double>(part(wide_y, out)),
                 ConstMatrixView<double>(part(wide_dy, out)), wide_cache, wide_grad, part(wide_dx, in));
  CHECK(bitwise_equal(part(wide_y, out), y));
  CHECK(bitwise_equal(part(wide_dx, in), dx));
  CHECK((wide_y.rightCols(5).array() == 1e30).all());
  CHECK((wide_dx.rightCols(3).array() == 1e30).all());
  L::visit_parameters(
      [](const ParameterName&, ConstMatrixView<double> a, ConstMatrixView<double> b) { CHECK(bitwise_equal(a, b)); },
      grad, wide_grad);
}

template <class F>
void each_block(const F& f) {
  for (const Index tokens : {1, 3, 8})
    for (const Index channels : {2, 6}) {
      f(with_values(PerToken(tokens, LayerNorm<double>(channels))));
      f(with_values(TokenMixing<double>(tokens, channels, 5)));
      f(with_values(ChannelMixing<double>(tokens, channels, 3)));
      f(with_values(MultiHeadSelfAttention<double>(tokens, channels, 2)));
      f(with_values(PositionEmbedding<double>(tokens, channels)));
      f(with_values(ClassToken<double>(tokens, channels)));
      f(FirstToken(tokens, channels));
      f(MeanPooling(tokens, channels));
      f(with_values(Residual(Residual(TokenMixing<double>(tokens, channels, 2)))));
    }
  f(with_values(PatchEmbedding<double>({.height = 4, .width = 6, .channels = 3, .patch = 2, .features = 5})));
  f(with_values(PatchEmbedding<double>({.height = 3, .width = 3, .patch = 1, .features = 2})));
}

}  // namespace

TEST_CASE("blocks give PyTorch's outputs and gradients, in float32 and in float64") {
  const nlohmann::json cases = testing::reference("blocks.json")["blocks"];
  REQUIRE(cases.size() == 12);
  for (const nlohmann::json& c : cases) {
    CAPTURE(c["layer"].get<std::string>());
    const Index heads = c["x"].size() == 1 ? 3 : 2;
    check_case<double>(c, heads);
    check_case<float>(c, heads);
  }
}

TEST_CASE("the gradients of blocks are right, one token and one sample included") {
  each_block([](const auto& layer) {
    CAPTURE(layer.describe());
    for (const Index batch : {1, 3}) CHECK(check_gradients(layer, random_matrix(batch, layer.in_features())));
  });
  for (const bool training : {true, false}) {
    const testing::GradientCheckOptions options{.training = training};
    CHECK(check_gradients(with_values(FeedForward<double>(3, 5, 0.3)), random_matrix(4, 3), options));
    CHECK(check_gradients(with_values(TokenMixing<double>(4, 3, 5, 0.3)), random_matrix(2, 12), options));
    CHECK(check_gradients(with_values(Residual(ChannelMixing<double>(4, 3, 5, 0.3))), random_matrix(2, 12), options));
  }
}

TEST_CASE("blocks read and write rows with gaps between them") {
  each_block([](const auto& layer) { check_strides(layer, 3); });
}

TEST_CASE("a block moves its own weights where its gradient would be") {
  each_block([](const auto& layer) {
    using L = std::remove_cvref_t<decltype(layer)>;
    CAPTURE(layer.describe());
    const Matrix<double> x = random_matrix(3, layer.in_features());
    const Shape out = layer.output_shape(x.cols() > 0 ? Shape{3, x.cols()} : Shape{});
    const Matrix<double> dy = random_matrix(out.rows, out.cols);
    Matrix<double> y(out.rows, out.cols), dx(3, x.cols()), moved_dx(3, x.cols());
    detail::LayerCache<L> cache;
    L grad = layer, moved = layer;
    layer.forward(ConstMatrixView<double>(x), view(y), cache.own);
    layer.backward(ConstMatrixView<double>(x), ConstMatrixView<double>(y), ConstMatrixView<double>(dy), cache.own, grad,
                   view(dx));
    detail::backward<double>(moved, ConstMatrixView<double>(x), ConstMatrixView<double>(y), ConstMatrixView<double>(dy),
                             cache, moved, view(moved_dx), Update<double>{-0.1, 1, 0.01});
    CHECK(bitwise_equal(moved_dx, dx));
    L::visit_parameters(
        [](const ParameterName& name, ConstMatrixView<double> w, ConstMatrixView<double> g, ConstMatrixView<double> m) {
          CAPTURE(name.str());
          CHECK(max_relative_error(m, w.array() - 0.1 * (g.array() + 0.01 * w.array())) <= 1e-14);
        },
        layer, grad, moved);
  });
}

TEST_CASE("blocks start with PyTorch's values from the same seed") {
  const nlohmann::json starts = testing::reference("blocks.json")["initial"];
  const auto check = [](const auto& layer, const nlohmann::json& sums) {
    std::remove_cvref_t<decltype(layer)>::visit_parameters(
        [&](const ParameterName& name, ConstMatrixView<float> p) {
          CAPTURE(name.str());
          CHECK(p.array().cast<double>().sum() ==
                doctest::Approx(sums[name.str()].template get<double>()).epsilon(1e-12));
        },
        layer);
  };
  Rng a(41), b(41), c(41);
  check(FeedForward<float>(5, 7, a), starts["FeedForward"]);
  check(PatchEmbedding<float>({.height = 4, .width = 6, .channels = 2, .patch = 2, .features = 5}, b),
        starts["PatchEmbedding"]);
  check(MultiHeadSelfAttention<float>(5, 6, 2, c), starts["MultiHeadSelfAttention"]);
  // torch.empty(24, dtype=torch.float64).normal_(0, 0.02, generator=torch.Generator().manual_seed(9))
  Rng d(9);
  const PositionEmbedding<double> positions(3, 8, d);
  const ConstMatrixView<double> p = positions.weight();
  CHECK(p(0, 0) == doctest::Approx(0.008518053835069136).epsilon(1e-14));
  CHECK(p(0, 8) == doctest::Approx(-0.0034757464164396163).epsilon(1e-14));
  CHECK(p(0, 23) == doctest::Approx(0.052091563176075016).epsilon(1e-14));
  CHECK(p.array().abs().sum() == doctest::Approx(0.34199283014701315).epsilon(1e-14));
}

TEST_CASE("blocks say what they are") {
  CHECK(PerToken(49, LayerNorm<float>(128)).describe() == "PerToken(49, LayerNorm(128, eps 1e-05))");
  CHECK(FeedForward<float>(128, 512).describe() == "FeedForward(128 -> 512 -> 128)");
  CHECK(FeedForward<float>(128, 512, 0.1).describe() == "FeedForward(128 -> 512 -> 128, dropout 0.1)");
  CHECK(TokenMixing<float>(49, 128, 64).describe() == "TokenMixing(128 channels, 49 -> 64 -> 49)");
  CHECK(ChannelMixing<float>(49, 128, 512).describe() == "ChannelMixing(49 tokens, 128 -> 512 -> 128)");
  CHECK(MultiHeadSelfAttention<float>(50, 128, 4).describe() ==
        "MultiHeadSelfAttention(50 tokens, 128 channels, 4 heads)");
  CHECK(PatchEmbedding<float>({.height = 28, .width = 28, .patch = 4, .features = 128}).describe() ==
        "PatchEmbedding(1 x 28 x 28, patch 4 -> 49 tokens, 128 features)");
  CHECK(Residual(Linear<float>(3, 3)).describe() == "Residual(Linear(3 -> 3))");
}

TEST_CASE("blocks refuse sizes that cannot be and inputs that do not fit") {
  CHECK_THROWS_WITH_AS(MultiHeadSelfAttention<float>(50, 128, 3),
                       "mlp::MultiHeadSelfAttention: heads must divide channels, got 3 and 128", ValueError);
  CHECK_THROWS_WITH_AS(MultiHeadSelfAttention<float>(0, 128, 4),
                       "mlp::MultiHeadSelfAttention: tokens must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(PatchEmbedding<float>({.height = 28, .width = 28, .patch = 5, .features = 8}),
                       "mlp::PatchEmbedding: patch must divide height and width, got 5, 28 and 28", ValueError);
  CHECK_THROWS_WITH_AS(PatchEmbedding<float>({.width = 28, .patch = 4, .features = 8}),
                       "mlp::PatchEmbedding: height must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(TokenMixing<float>(3, 0, 5), "mlp::TokenMixing: channels must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(PerToken(0, Linear<float>(2, 2)), "mlp::PerToken: tokens must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(Residual(Linear<float>(3, 4)),
                       "mlp::Residual(Linear(3 -> 4)): expected output [batch, 3], got [batch, 4]", ShapeError);
  CHECK_THROWS_WITH_AS(TokenMixing<float>(3, 5, 4).output_shape({2, 14}),
                       "mlp::TokenMixing(5 channels, 3 -> 4 -> 3): expected input [batch, 15], got [2, 14]",
                       ShapeError);
  CHECK_THROWS_WITH_AS(MeanPooling(3, 5).output_shape({2, 14}),
                       "mlp::MeanPooling(3 tokens, 5 features): expected input [batch, 15], got [2, 14]", ShapeError);
}
