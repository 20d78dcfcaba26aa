// SPDX-License-Identifier: MIT
// Prints a checksum of the bits of every kind of result, a line each. check.cmake runs it on each instruction set and
// with several numbers of threads, and compares what it prints.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <mlp/mlp.hpp>

using namespace mlp;

namespace {

/// FNV-1a over the bytes of what is added.
class Checksum {
 public:
  template <class T>
  void add(ConstMatrixView<T> m) {
    for (Index i = 0; i < m.rows(); ++i)
      for (Index j = 0; j < m.cols(); ++j) add(m(i, j));
  }
  template <class T>
  void add(T value) {
    unsigned char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    for (const unsigned char byte : bytes) state_ = (state_ ^ byte) * 1099511628211u;
  }
  template <class Model>
  void add_parameters(const Model& model) {
    using T = typename Model::Scalar;
    Model::visit_parameters([this](const ParameterName&, ConstMatrixView<T> w) { add(w); }, model);
  }
  void print(const std::string& name) const {
    std::printf("%-40s %016llx\n", name.c_str(), static_cast<unsigned long long>(state_));
  }

 private:
  std::uint64_t state_ = 14695981039346656037u;
};

template <class T>
Matrix<T> random(Index rows, Index cols, std::uint64_t seed, T low = -3, T high = 3) {
  Rng rng(seed);
  Matrix<T> m(rows, cols);
  uniform_init(view(m), static_cast<double>(low), static_cast<double>(high), rng);
  return m;
}

template <class T>
void products(const std::string& type) {
  constexpr Index shapes[][3] = {{1, 1, 1},      {1, 64, 9},    {32, 64, 64}, {32, 3, 128},   {33, 10, 129},
                                 {2, 128, 32},   {7, 5, 600},   {100, 1, 30}, {100, 300, 28}, {128, 257, 1100},
                                 {31, 65, 4100}, {700, 650, 1}, {32, 128, 3}, {100, 50, 90},  {1, 800, 500},
                                 {50, 113, 700}, {1, 4100, 100}};
  for (const auto& [m, n, k] : shapes) {
    Checksum sum;
    const Matrix<T> a = random<T>(m, k, 1), b = random<T>(k, n, 2), bias = random<T>(1, n, 3), y = random<T>(m, n, 4);
    const Matrix<T> a_t = a.transpose(), b_t = b.transpose();
    for (const T beta : {T(0), T(1), T(0.5)})
      for (const Activation f : {Activation::relu, Activation::identity, Activation::tanh, Activation::sigmoid}) {
        if (k > 1000 && f != Activation::relu) break;  // large ones take most of the time, and seconds if not optimised
        for (const Epilogue<T>& epilogue :
             {Epilogue<T>{.bias = bias.data(), .activation = f}, Epilogue<T>{.output = y, .derivative = f}}) {
          Matrix<T> c = random<T>(m, n, 5);
          gemm_nn(a, b, view(c), T(0.7), beta, epilogue);
          sum.add(ConstMatrixView<T>(c));
          gemm_nt(a, b_t, view(c), T(1), beta, epilogue);
          sum.add(ConstMatrixView<T>(c));
          gemm_tn(a_t, b, view(c), T(1), beta, epilogue);
          sum.add(ConstMatrixView<T>(c));
        }
      }
    sum.print("product " + type + " " + std::to_string(m) + " x " + std::to_string(n) + " x " + std::to_string(k));
  }
}

template <class T, class L>
void layer(const std::string& type, const L& layer) {
  Checksum sum;
  for (const Index batch : {1, 17, 400}) {
    const Matrix<T> x = random<T>(batch, 300, 6, T(-20), T(20));
    const Shape shape = layer.output_shape({batch, 300});
    const Matrix<T> dy = random<T>(shape.rows, shape.cols, 7);
    Matrix<T> y(shape.rows, shape.cols), dx(batch, 300);
    typename L::Cache cache;
    L grad = layer;
    layer.forward(ConstMatrixView<T>(x), view(y), cache);
    layer.backward(ConstMatrixView<T>(x), ConstMatrixView<T>(y), ConstMatrixView<T>(dy), cache, grad, view(dx));
    sum.add(ConstMatrixView<T>(y));
    sum.add(ConstMatrixView<T>(dx));
    L::visit_parameters([&](const ParameterName&, ConstMatrixView<T> dw) { sum.add(dw); }, std::as_const(grad));
  }
  sum.print("layer " + type + " " + layer.describe());
}

template <class T>
void layers(const std::string& type) {
  Rng rng(8);
  layer<T>(type, Linear<T>(300, 500, rng));
  layer<T>(type, ReLU());
  layer<T>(type, Tanh());
  layer<T>(type, Sigmoid());
  layer<T>(type, Softmax());
  layer<T>(type, LogSoftmax());
  layer<T>(type, GELU());
  layer<T>(type, GELU(GELU::tanh));
  layer<T>(type, SiLU());
  layer<T>(type, LeakyReLU());
  layer<T>(type, ELU());
  layer<T>(type, Softplus(0.7));
  LayerNorm<T> norm(300);
  norm.weight().matrix() = random<T>(1, 300, 14);
  norm.bias().matrix() = random<T>(1, 300, 15);
  layer<T>(type, norm);
  layer<T>(type, BatchNorm1d<T>(300));
  layer<T>(type, TokenMixing<T>(15, 20, 33, rng));
  layer<T>(type, ChannelMixing<T>(15, 20, 33, rng));
  layer<T>(type, Residual(MultiHeadSelfAttention<T>(15, 20, 4, rng)));
  layer<T>(type, PatchEmbedding<T>({.height = 10, .width = 15, .channels = 2, .patch = 5, .features = 33}, rng));
  layer<T>(type, PositionEmbedding<T>(15, 20, rng));
  layer<T>(type, ClassToken<T>(15, 20));
  layer<T>(type, MeanPooling(15, 20));
  layer<T>(type, FirstToken(15, 20));
  layer<T>(type, PerToken(15, Linear<T>(20, 33, rng)));
  layer<T>(type, FeedForward<T>(300, 33, rng));
  layer<T>(type, Flatten());
  layer<T>(type, Reshape(15, 20));
  layer<T>(type, Identity());
  layer<T>(type, Dropout<T>(0.3));
}

template <class T, class Loss, class Target>
void loss(const std::string& type, const Loss& loss, const Matrix<T>& y, const Target& target) {
  Checksum sum;
  Matrix<T> dy(y.rows(), y.cols());
  sum.add(loss(y, target, view(dy)));
  sum.add(ConstMatrixView<T>(dy));
  sum.print("loss " + type + " " + loss.describe());
}

template <class T>
void losses(const std::string& type) {
  const Matrix<T> y = random<T>(100, 10, 9), p = random<T>(100, 10, 10, T(0), T(1));
  Labels labels;
  Rng rng(11);
  for (int i = 0; i < 100; ++i) labels.push_back(static_cast<int>(rng.randint(0, 10)));
  loss<T>(type, MSELoss(), y, ConstMatrixView<T>(p));
  loss<T>(type, L1Loss(), y, ConstMatrixView<T>(p));
  loss<T>(type, CrossEntropyLoss({.label_smoothing = 0.1}), y, labels);
  loss<T>(type, CrossEntropyLoss({.weight = std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}), y, labels);
  loss<T>(type, CrossEntropyLoss(), y, ConstMatrixView<T>(p));
  loss<T>(type, BCEWithLogitsLoss(), y, ConstMatrixView<T>(p));
  loss<T>(type, BCEWithLogitsLoss({.pos_weight = {3}}), y, ConstMatrixView<T>(p));
  loss<T>(type, BCELoss(), p, ConstMatrixView<T>(p));
}

template <class T, class Rule, class Model>
void training(const std::string& name, Rule rule, FitOptions options, Model net, Rng rng, Index samples) {
  const Matrix<T> x = random<T>(samples, net.in_features(), 12, T(-1), T(1));
  Labels labels;
  for (Index i = 0; i < x.rows(); ++i) labels.push_back(x(i, 0) * x(i, 1) > 0 ? 1 : 0);
  options.epochs = 3;
  options.batch_size = 128;
  options.progress = Progress::silent;
  const History history = fit(net, CrossEntropyLoss(), rule, Dataset<Matrix<T>, Labels>{x, labels}, options, rng);
  Checksum sum;
  for (const EpochRecord& record : history.epochs) sum.add(record.train_loss);
  sum.add_parameters(net);
  sum.print("training " + name);
}

template <class T, class Rule>
void training(const std::string& name, Rule rule, FitOptions options = {}) {
  Rng rng(13);
  Sequential net{Linear<T>(200, 300, rng), Tanh(), Linear<T>(300, 100, rng), ReLU(), Linear<T>(100, 2, rng)};
  training<T>(name, rule, options, net, rng, 500);
}

template <class T>
void averages(const std::string& type) {
  Rng rng(17);
  AveragedModel average(Linear<T>(300, 500, rng), {.decay = 0.9});
  for (int i = 0; i < 3; ++i) average.update(Linear<T>(300, 500, rng));
  Checksum sum;
  sum.add_parameters(average.model());
  sum.print("average " + type);
}

template <class T>
void all(const std::string& type) {
  products<T>(type);
  layers<T>(type);
  losses<T>(type);
  averages<T>(type);
  training<T>(type + " SGD", SGD({.lr = 0.1}));
  training<T>(type + " SGD, weight decay", SGD({.lr = 0.1, .weight_decay = 0.01}));
  training<T>(type + " SGD, momentum", SGD({.lr = 0.1, .momentum = 0.9, .nesterov = true}));
  training<T>(type + " SGD, dampening", SGD({.lr = 0.1, .momentum = 0.9, .dampening = 0.5}));
  training<T>(type + " SGD, clipped", SGD({.lr = 0.1}), {.clip_grad_norm = 0.1, .clip_grad_value = 0.01});
  training<T>(type + " Adam", Adam({.weight_decay = 0.01, .amsgrad = true}));
  training<T>(
      type + " AdamW, groups",
      RuleWithGroups(AdamW({.weight_decay = 0.05}),
                     {{.of = [](const std::string& name) { return name.ends_with("bias"); }, .rule = AdamW()}}));
  training<T>(type + " RMSprop", RMSprop({.lr = 1e-3, .momentum = 0.5, .centered = true}));
  training<T>(type + " RMSprop, plain", RMSprop({.lr = 1e-3}));
  Rng rng(16);
  training<T>(
      type + " SGD, BatchNorm1d and Dropout", SGD({.lr = 0.1}), {},
      Sequential{Linear<T>(200, 600, rng), BatchNorm1d<T>(600), Tanh(), Dropout<T>(0.3), Linear<T>(600, 2, rng)}, rng,
      500);
  training<T>(type + " AdamW, Mixer", AdamW(), {},
              mlp_mixer<T>({.height = 12, .width = 12, .classes = 2, .features = 40, .layers = 2, .dropout = 0.1}, rng),
              rng, 150);
  training<T>(type + " SGD, Vision Transformer", SGD({.lr = 0.1}), {},
              vision_transformer<T>({.height = 12, .width = 12, .classes = 2, .features = 40, .layers = 2}, rng), rng,
              150);
}

}  // namespace

int main() {
  all<float>("float");
  all<double>("double");
}
