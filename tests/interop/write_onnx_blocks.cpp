// SPDX-License-Identifier: MIT
// The blocks of write_onnx.cpp, what they are made of, and models of them.
//
// FeedForward has a GELU, whose Erf ONNX Runtime (1.30) has in float only: it, ChannelMixing, TokenMixing, the Mixer
// and the Vision Transformer are not run in double; all else is.
#include <cmath>
#include <string>

#include <mlp/io/onnx.hpp>
#include <mlp/mlp.hpp>

#include "../support/small_models.hpp"
#include "onnx_case.hpp"

using namespace interop;

namespace {

/// Also what begins as 0 or 1, variances above 0, and matrices so that their products stay about as large as x.
template <class Model>
Model with_random_parameters(Model model, Rng& rng) {
  using T = typename Model::Scalar;
  Model::visit_parameters(
      [&](const ParameterName& name, MatrixView<T> p) {
        const T bound = p.rows() == 1 ? T(0.5) : static_cast<T>(std::sqrt(3.0 / static_cast<double>(p.cols())));
        if (name.leaf().part == "running_var")
          uniform_init(p, T(0.25), T(4), rng);
        else
          uniform_init(p, -bound, bound, rng);
      },
      model);
  return model;
}

constexpr double eps = 1.0 / 128;  // a float, as it is in the file

/// Files of a folder, in the numbers of T.
template <class T>
class Cases {
 public:
  using Net = Network<T>;

  explicit Cases(const std::string& folder) : folder_(folder) {}

  void write(const std::string& name, Net net, const OnnxOptions& options = {}) {
    net = with_random_parameters(std::move(net), rng_);
    interop::write(folder_ + name + (sizeof(T) == 4 ? "_float" : "_double"), net,
                   uniform<T>(7, in_features_of(net), rng_), options);
  }

  void write_layers() {
    write("batch_norm", Net{BatchNorm1d<T>(6, {.eps = eps})});
    write("first_token", Net{FirstToken(4, 3)});
    write("mean_pooling", Net{MeanPooling(5, 3)});
    write("position_embedding", Net{PositionEmbedding<T>(4, 3), Dropout<T>(0.1)});
    write("class_token", Net{ClassToken<T>(4, 3)});
    write("patch_embedding_grey", Net{PatchEmbedding<T>({.height = 4, .width = 8, .patch = 4, .features = 5})});
    write("patch_embedding",
          Net{PatchEmbedding<T>({.height = 6, .width = 4, .channels = 3, .patch = 2, .features = 5})});
    write("patch_embedding_pixels",
          Net{PatchEmbedding<T>({.height = 2, .width = 3, .channels = 2, .patch = 1, .features = 4})});
    write("self_attention", Net{MultiHeadSelfAttention<T>(5, 6, 2)});
    write("self_attention_one_head", Net{MultiHeadSelfAttention<T>(3, 4, 1)});
    write("self_attention_one_token", Net{MultiHeadSelfAttention<T>(1, 4, 4)});
    write("per_token_norm", Net{PerToken(4, LayerNorm<T>(6, eps))});
    write("per_token_linear", Net{PerToken(4, Linear<T>(6, 3)), Linear<T>(12, 2)});
    write("per_token_twice", Net{PerToken(2, PerToken(3, Sequential(Linear<T>(4, 5), Tanh(), Softmax())))});
    write("residual", Net{Residual(Sequential(Linear<T>(6, 8), Tanh(), Linear<T>(8, 6)))});
    write("residual_twice", Net{Residual(Sequential(Residual(Linear<T>(6, 6)), BatchNorm1d<T>(6, {.eps = eps})))});
    write("networks", Net{Linear<T>(3, 4), Net{Tanh(), Net{Linear<T>(4, 5), ReLU()}}, Linear<T>(5, 2)});
    write("encoder_without_mlp",
          Net{PatchEmbedding<T>({.height = 6, .width = 4, .channels = 2, .patch = 2, .features = 8}),
              ClassToken<T>(6, 8), PositionEmbedding<T>(7, 8),
              Residual(
                  Sequential(PerToken(7, LayerNorm<T>(8, eps)), MultiHeadSelfAttention<T>(7, 8, 2), Dropout<T>(0.1))),
              FirstToken(7, 8), LayerNorm<T>(8, eps), Linear<T>(8, 3)});
  }

  /// Its running statistics are those of a training.
  void write_trained() {
    Sequential net{Linear<T>(6, 16, rng_), BatchNorm1d<T>(16, {.eps = eps}), ReLU(), Dropout<T>(0.3),
                   Linear<T>(16, 3, rng_)};
    const Dataset<Matrix<T>, Matrix<T>> data{uniform<T>(64, 6, rng_), uniform<T>(64, 3, rng_), {}};
    fit(net, MSELoss(), SGD({.lr = 0.05}), data, {.epochs = 5, .batch_size = 16, .progress = Progress::silent}, rng_);
    interop::write(folder_ + "batch_norm_trained" + (sizeof(T) == 4 ? "_float" : "_double"), net,
                   uniform<T>(7, 6, rng_));
  }

 private:
  std::string folder_;
  Rng rng_{5};
};

}  // namespace

void interop::write_blocks(const std::string& folder) {
  Cases<float> in_float(folder);
  Cases<double> in_double(folder);
  in_float.write_layers();
  in_double.write_layers();
  in_float.write_trained();
  in_double.write_trained();

  in_float.write("feed_forward", Network<float>{FeedForward<float>(6, 9)});
  in_float.write("feed_forward_dropout", Network<float>{FeedForward<float>(6, 9, 0.25)});
  in_float.write("channel_mixing", Network<float>{ChannelMixing<float>(4, 6, 9)});
  in_float.write("channel_mixing_dropout", Network<float>{ChannelMixing<float>(4, 6, 9, 0.25)});
  in_float.write("token_mixing", Network<float>{TokenMixing<float>(4, 6, 9)});
  in_float.write("token_mixing_dropout", Network<float>{TokenMixing<float>(4, 6, 9, 0.25)});
  in_float.write(
      "residual_own",
      Network<float>{Residual(Sequential(PerToken(2, Linear<float>(3, 3)), Swish{RowVector<float>::Ones(6)}))},
      {.own_layers = swish_nodes});
  Rng rng(7);
  in_float.write("mixer", mlp_mixer<float>(testing::small_mixer, rng));
  in_float.write("vision_transformer", vision_transformer<float>(testing::small_dropping_transformer(), rng));
  // As they are made, for images of MNIST.
  interop::write(
      folder + "mixer_mnist_float",
      mlp_mixer<float>({.height = 28, .width = 28, .classes = 10, .features = 32, .layers = 2, .channel_hidden = 64},
                       rng),
      uniform<float>(7, 28 * 28, rng));
  interop::write(folder + "vision_transformer_mnist_float",
                 vision_transformer<float>(
                     {.height = 28, .width = 28, .classes = 10, .features = 32, .layers = 2, .hidden = 64}, rng),
                 uniform<float>(7, 28 * 28, rng));
}
