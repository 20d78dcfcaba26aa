// SPDX-License-Identifier: MIT
// Writes the seeds that the library writes itself:   make_seeds tests/fuzz/seeds
#include <mlp/io/checkpoint.hpp>
#include <mlp/io/model_file.hpp>
#include <mlp/models/mlp_mixer.hpp>
#include <mlp/models/sequential.hpp>
#include <mlp/models/vision_transformer.hpp>

#include <filesystem>

#include "checkpoint_training.hpp"

using namespace mlp;

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string folder = argv[1];
  for (const char* name : {"/checkpoint", "/model_file", "/safetensors"})
    std::filesystem::create_directories(folder + name);
  Rng rng(1);

  std::vector<double> kept{1, 2};
  for (const Index epochs : {1, 3}) {
    const std::string path = folder + "/checkpoint/epoch" + std::to_string(epochs) + ".safetensors";
    std::filesystem::remove(path);
    fuzz::train(epochs, Checkpoint({.path = path, .also_keep = &kept}));
  }

  save_network(Sequential{Linear(2, 3, rng), ReLU(), Linear(3, 1, rng)}, folder + "/model_file/cars.safetensors",
               {.features = {"a", "b"},
                .scaler = StandardScaler(RowVector<double>::Constant(2, 1), RowVector<double>::Constant(2, 2)),
                .target = "mpg"});
  save_network(Sequential{Linear(4, 2, rng), LogSoftmax()}, folder + "/model_file/faces.safetensors",
               {.image = ImageInput{2, 2, 1, 1 / 127.5, -1}, .classes = {"sad", "happy"}});
  save_network(mlp_mixer({.height = 2,
                          .width = 4,
                          .classes = 2,
                          .patch = 2,
                          .features = 2,
                          .layers = 1,
                          .token_hidden = 2,
                          .channel_hidden = 2},
                         rng),
               folder + "/model_file/mixer.safetensors");
  save_network(vision_transformer({.height = 2,
                                   .width = 2,
                                   .classes = 2,
                                   .patch = 2,
                                   .features = 2,
                                   .layers = 1,
                                   .heads = 2,
                                   .hidden = 2,
                                   .dropout = 0.5},
                                  rng),
               folder + "/model_file/transformer.safetensors");
  save_network(
      Sequential{BatchNorm1d(2), Residual(Linear(2, 2, rng)), Residual(Network<float>(Linear(2, 2, rng), ReLU()))},
      folder + "/model_file/blocks.safetensors");
  save_network(Sequential{Tanh(), Sigmoid(), Softmax(), Identity()}, folder + "/model_file/no_weights.safetensors");

  const Matrix<std::uint8_t> bytes = Matrix<std::uint8_t>::Constant(2, 3, 7);
  const Matrix<std::int64_t> integers = Matrix<std::int64_t>::Constant(1, 2, -1);
  const Matrix<float> nothing(0, 3);
  SafeTensorsWriter writer;
  writer.add("bytes", bytes);
  writer.add("integers", integers, {1, 1, 2});
  writer.add("nothing", nothing);
  writer.write(folder + "/safetensors/types.safetensors", {{"key", "text"}});
}
