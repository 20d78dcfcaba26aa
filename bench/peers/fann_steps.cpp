// SPDX-License-Identifier: MIT
// FANN, batch training. It has no ReLU, softmax or cross entropy: a bounded ramp, linear outputs and squared errors
// take their places, on its own initial weights, so its loss is another one.
#include <floatfann.h>

#include "../support/protocol.hpp"

int main(int argc, char** argv) {
  return bench::steps_program(argc, argv, [](const bench::Workload& w, int) {
    std::vector<unsigned> widths;
    for (const bench::Index width : w.widths) widths.push_back(static_cast<unsigned>(width));
    fann* const net = fann_create_standard_array(static_cast<unsigned>(widths.size()), widths.data());
    fann_randomize_weights(net, -0.1f, 0.1f);
    fann_set_training_algorithm(net, FANN_TRAIN_BATCH);
    fann_set_train_error_function(net, FANN_ERRORFUNC_LINEAR);
    fann_set_activation_function_hidden(
        net, w.activation == bench::Activation::tanh ? FANN_SIGMOID_SYMMETRIC_STEPWISE : FANN_LINEAR_PIECE);
    fann_set_activation_function_output(net, FANN_LINEAR);
    fann_set_learning_rate(net, w.lr);

    const bench::Data data = bench::make_data(w);
    fann_train_data* const set = fann_create_train(static_cast<unsigned>(w.batch), widths.front(), widths.back());
    for (std::size_t i = 0; i < static_cast<std::size_t>(w.batch); ++i) {
      std::copy_n(data.x.begin() + static_cast<std::ptrdiff_t>(i * widths.front()), widths.front(), set->input[i]);
      for (std::size_t j = 0; j < widths.back(); ++j)
        set->output[i][j] = w.loss == bench::Loss::mse ? data.y[i * widths.back() + j]
                                                       : static_cast<float>(data.labels[i] == static_cast<int>(j));
    }
    bench::serve_steps(w, "FANN 2", [&] { return fann_train_epoch(net, set); });
    fann_destroy_train(set);
    fann_destroy(net);
  });
}
