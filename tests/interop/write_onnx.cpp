// SPDX-License-Identifier: MIT
// Writes models for ONNX Runtime to run: `interop_write_onnx FOLDER`.
// tests/interop/check_onnx.js compares.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <mlp/io/onnx.hpp>
#include <mlp/mlp.hpp>

#include "onnx_case.hpp"

using namespace interop;

namespace {

template <class T>
Network<T> tower(const std::vector<Index>& widths, Rng& rng) {
  Network<T> net;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    if (i > 0) net.add(ReLU());
    net.add(Linear<T>(widths[i], widths[i + 1], rng));
  }
  return net;
}

/// Cars, real ones where the files of the exercises are, and a model trained on them.
template <class T>
void write_cars(const std::string& path) {
  Rng rng(59);
  const char* const folder = std::getenv("MLP_DATA_DIR");
  const bool real = folder != nullptr && *folder != '\0';
  Dataset<Matrix<T>, Matrix<T>> cars;
  if (real)
    cars = read_csv(std::string(folder) + "/auto_mpg/Auto_MPG_data.csv").template to_dataset<T>("MPG");
  else if (const auto made = make_cars({.samples = 392}, rng); true)
    cars = {made.x.template cast<T>(), made.y.template cast<T>(), {}};
  std::cout << path << ": " << (real ? "real" : "generated") << " cars\n";
  const auto scaler = StandardScaler::fit(cars.x, {.ddof = 1});
  const Matrix<T> raw = cars.x;
  cars.x = scaler.transform(cars.x);
  Sequential net{Linear<T>(9, 64, rng), ReLU(), Linear<T>(64, 64, rng), ReLU(), Linear<T>(64, 1, rng)};
  fit(net, MSELoss(), SGD({.lr = 0.003}), cars, {.epochs = 20, .batch_size = 32, .progress = Progress::silent}, rng);
  write(path + "_scaled", net, raw, {.preprocessing = {.scaler = scaler}});
  write(path, net, Matrix<T>(cars.x));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) throw ValueError("expected FOLDER");
  const std::string folder = argv[1] + std::string("/");
  Rng rng(3);
  write_cars<float>(folder + "cars_float");
  write_cars<double>(folder + "cars_double");
  for (const std::vector<Index>& widths : {std::vector<Index>{1, 1}, {9, 1}, {5, 17, 3}, {257, 129, 65, 10}}) {
    const std::string name = std::to_string(widths[0]) + "_" + std::to_string(widths.back());
    write(folder + "tower_float_" + name, tower<float>(widths, rng), uniform<float>(7, widths[0], rng));
    write(folder + "tower_double_" + name, tower<double>(widths, rng), uniform<double>(7, widths[0], rng));
  }
  const Matrix<float> x = uniform<float>(7, 6, rng);
  write(folder + "softmax", Sequential{Linear(6, 16, rng), Tanh(), Identity(), Linear(16, 5, rng), Softmax()}, x);
  write(folder + "log_softmax", Network<float>{Linear(6, 16, rng), Sigmoid(), Linear(16, 5, rng), LogSoftmax()}, x);
  const Matrix<double> x_double = x.cast<double>();
  write(folder + "double",
        Sequential{Linear<double>(6, 16, rng), Tanh(), Linear<double>(16, 16, rng), Sigmoid(),
                   Linear<double>(16, 5, rng), LogSoftmax(), Softmax(), Identity()},
        x_double);

  const Network<float> curves{
      Linear(6, 32, rng),  GELU(),           Linear(32, 32, rng), GELU(GELU::tanh),   Linear(32, 32, rng), SiLU(),
      Linear(32, 32, rng), LeakyReLU(0.1),   Linear(32, 32, rng), ELU(0.5),           Linear(32, 32, rng), Softplus(),
      Linear(32, 32, rng), Softplus(2, 0.5), Flatten(),           Linear(32, 6, rng), Reshape(2, 3)};
  write(folder + "curves", curves, Matrix<float>(4 * x));
  for (const double spread : {0.1, 1.0, 10.0}) {  // by itself; below -18 the sigmoid of ONNX Runtime does not fall
    const std::string size = "_" + std::to_string(static_cast<int>(10 * spread));
    const auto alone = [&](const std::string& name, auto layer) {
      Linear<float> stretch(6, 6);
      stretch.weight().matrix().setIdentity();
      stretch.weight().array() *= static_cast<float>(spread);
      write(folder + name + size, Sequential{stretch, layer}, x);
    };
    alone("gelu", GELU());
    alone("gelu_tanh", GELU(GELU::tanh));
    alone("silu", SiLU());
    alone("leaky_relu", LeakyReLU());
    alone("elu", ELU());
    alone("softplus", Softplus());
    alone("softplus_bent", Softplus(0.5, 3));
    alone("layer_norm", LayerNorm(6));
  }
  const auto normal = [&]<class T>(const Matrix<T>& of) {
    LayerNorm<T> norm(16, 1.0 / 128);  // in the file it is a float
    uniform_init(norm.weight(), T(-2), T(2), rng);
    uniform_init(norm.bias(), T(-2), T(2), rng);
    write(folder + "layer_norm_" + (sizeof(T) == 4 ? "float" : "double"),
          Network<T>{Linear<T>(6, 16, rng), norm, SiLU(), GELU(GELU::tanh), Linear<T>(16, 3, rng)}, of);
  };
  normal(x);
  normal(x_double);

  Matrix<float> pixels(7, 12 * 12 * 3);
  for (float& value : pixels.reshaped()) value = static_cast<float>(rng.randint(0, 256));
  write(folder + "image", tower<float>({12 * 12 * 3, 32, 7}, rng), pixels,
        {.preprocessing = {.image = ImageInput{12, 12, 3, 1 / 127.5, -1}}});

  Matrix<float> beta(1, 16);
  uniform_init(view(beta), 0.5f, 2.0f, rng);
  write(folder + "own_layer", Network<float>{Linear(6, 16, rng), Swish{beta}, Linear(16, 2, rng)}, x,
        {.own_layers = swish_nodes});
  write_blocks(folder);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
