// SPDX-License-Identifier: MIT
// This library as a contestant: a training step with AdamW of an MLP-Mixer and of a Vision Transformer. The weights are
// numbers of the common stream, so PyTorch has the same losses: `bench/peers/pytorch_vision.py`.
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include <mlp/mlp.hpp>

#include <mlp/models/mlp_mixer.hpp>
#include <mlp/models/vision_transformer.hpp>

#include "../support/models.hpp"
#include "../support/protocol.hpp"

namespace {

constexpr mlp::Index side = 28, classes = 10, batch = 64;
constexpr std::uint32_t stream_x = 1, stream_y = 2, stream_parameters = 10;

mlp::Network<float> make_model(const std::string& name) {
  mlp::Rng rng(0);
  if (name == "mixer") return mlp::mlp_mixer<float>({.height = side, .width = side, .classes = classes}, rng);
  if (name == "vit") return mlp::vision_transformer<float>({.height = side, .width = side, .classes = classes}, rng);
  throw std::invalid_argument("expected mixer or vit, got " + name);
}

/// Matrices as Linear starts them, embeddings and biases 0; norms stay at 1.
void set_common_weights(mlp::Network<float>& net) {
  std::uint32_t stream = stream_parameters;
  mlp::Network<float>::visit_parameters(
      [&](const mlp::ParameterName& name, mlp::MatrixView<float> p) {
        if (p.rows() > 1) bench::fill_random(p.data(), p.size(), stream, bench::initial_bound(p.cols()));
        if (name.leaf().file_shape.size() == 3 || name.leaf().part == "in_proj_bias") p.array() = 0;
        if (name.leaf().part == "bias") p.array() = 0;
        ++stream;
      },
      net);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::contestant(argc, argv, [](const std::vector<std::string>& arguments) {
    if (arguments.size() != 2) throw std::invalid_argument("expected mixer|vit THREADS");
    mlp::set_num_threads(std::stoi(arguments[1]));
    mlp::Network<float> net = make_model(arguments[0]);
    set_common_weights(net);
    mlp::Matrix<float> x(batch, side * side);
    bench::fill_random(x.data(), x.size(), stream_x);
    mlp::Labels labels;
    for (std::uint32_t i = 0; i < batch; ++i)
      labels.push_back(static_cast<int>((0.5f + 0.5f * bench::random_number(stream_y, i)) * classes));
    const mlp::CrossEntropyLoss loss;
    mlp::Tape tape(net);
    mlp::Optimizer adamw(net, mlp::AdamW({.lr = 1e-3, .weight_decay = 0.01}));
    const auto step = [&] {
      const auto y = tape.forward(x);
      const double value = loss(y, labels, tape.output_gradient());
      adamw.step(net, tape);
      return value;
    };
    bench::Workload w{arguments[0].c_str(), {}, batch};
    bench::serve_steps(w, bench::mlp_version(), step);
  });
}
