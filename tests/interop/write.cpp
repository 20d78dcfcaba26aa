// SPDX-License-Identifier: MIT
// Writes files for others to open: `interop_write FOLDER` makes net.safetensors, a model file, and output.safetensors,
// an input and what the model makes of it. tests/interop/check.py opens them with PyTorch.
#include <cstdio>
#include <exception>
#include <string>

#include <mlp/io/model_file.hpp>
#include <mlp/mlp.hpp>

int main(int argc, char** argv) try {
  if (argc != 2) throw mlp::ValueError("expected FOLDER");
  const std::string folder = argv[1];
  mlp::Rng rng(3);
  const mlp::Sequential net{mlp::Linear(6, 16, rng), mlp::ReLU(), mlp::Linear(16, 8, rng), mlp::Sigmoid(),
                            mlp::Linear(8, 1, rng)};
  mlp::Matrix<float> x(10, 6);
  for (float& value : x.reshaped()) value = rng.uniform(-2.0f, 2.0f);
  const mlp::Matrix<float> y = net.predict(x);
  mlp::save_network(net, folder + "/net.safetensors", {.features = {"a", "b", "c", "d", "e", "f"}, .target = "y"});
  mlp::SafeTensorsWriter writer;
  writer.add("x", x);
  writer.add("y", y);
  writer.write(folder + "/output.safetensors");
  mlp::write_npy(folder + "/x.npy", x);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
