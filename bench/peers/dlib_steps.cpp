// SPDX-License-Identifier: MIT
// dlib's networks, stepped without its trainer, which would add threads of its own.
#include <vector>

#include <dlib/dnn.h>
#include <dlib/revision.h>

#include "../support/protocol.hpp"

namespace {

using bench::Index;
using Input = dlib::input<dlib::matrix<float>>;
template <unsigned long Width, class Below>
using Relu = dlib::relu<dlib::fc<Width, Below>>;
template <unsigned long Width, class Below>
using Tanh = dlib::htan<dlib::fc<Width, Below>>;

using A = dlib::loss_mean_squared<dlib::fc<1, Relu<64, Relu<64, Input>>>>;
using B = dlib::loss_multiclass_log<dlib::fc<3, Relu<128, Input>>>;
using C = dlib::loss_multiclass_log<dlib::fc<10, Relu<128, Input>>>;
using D = dlib::loss_multiclass_log<dlib::fc<10, Relu<512, Relu<512, Input>>>>;
using E = dlib::loss_mean_squared<dlib::fc<1, Tanh<300, Tanh<300, Tanh<300, Tanh<300, Tanh<300, Input>>>>>>>;
using F = dlib::loss_multiclass_log<dlib::fc<7, Relu<256, Relu<512, Relu<1024, Input>>>>>;

/// dlib keeps W^T [in, out] and b below it.
template <class Net>
void set_initial_weights(Net& net, const bench::Workload& w) {
  std::vector<dlib::tensor*> parameters;  // from the last layer to the first
  dlib::visit_layer_parameters(net, [&](dlib::tensor& t) {
    if (t.size() > 0) parameters.push_back(&t);
  });
  for (std::size_t i = 0; i < w.layers(); ++i) {
    float* const to = parameters[w.layers() - 1 - i]->host();
    const Index in = w.widths[i], out = w.widths[i + 1];
    const float bound = bench::initial_bound(in);
    std::vector<float> weight(static_cast<std::size_t>(in * out));
    bench::fill_random(weight.data(), in * out, bench::stream_weight(i), bound);
    for (Index r = 0; r < in; ++r)
      for (Index c = 0; c < out; ++c) to[r * out + c] = weight[static_cast<std::size_t>(c * in + r)];
    bench::fill_random(to + in * out, out, bench::stream_bias(i), bound);
  }
}

template <class Net>
void serve(const bench::Workload& w) {
  const bench::Data data = bench::make_data(w);
  std::vector<dlib::matrix<float>> samples;
  for (Index i = 0; i < w.batch; ++i)
    samples.push_back(dlib::mat(data.x.data() + i * w.widths.front(), 1, w.widths.front()));
  using Label = typename Net::training_label_type;
  std::vector<Label> targets;
  for (const float y : data.y) targets.push_back(static_cast<Label>(y));
  for (const int label : data.labels) targets.push_back(static_cast<Label>(label));

  Net net;
  dlib::resizable_tensor x;
  net.to_tensor(samples.begin(), samples.end(), x);
  net.compute_loss(x, targets.begin());  // makes the parameters
  set_initial_weights(net, w);
  std::vector<dlib::sgd> solvers(Net::num_computational_layers, dlib::sgd(0, 0));
  const double lr = w.loss == bench::Loss::mse ? 2 * w.lr : w.lr;  // dlib's gradient of the squared error lacks the 2
  bench::serve_steps(
      w, std::string("dlib ") + std::to_string(DLIB_MAJOR_VERSION) + "." + std::to_string(DLIB_MINOR_VERSION), [&] {
        const double loss = net.compute_parameter_gradients(x, targets.begin());
        net.update_parameters(solvers, lr);
        return loss;
      });
}

}  // namespace

int main(int argc, char** argv) {
  return bench::steps_program(argc, argv, [](const bench::Workload& w, int) {  // threads: those of its BLAS
    const std::string name = w.name;
    if (name == "A") return serve<A>(w);
    if (name == "B") return serve<B>(w);
    if (name == "C") return serve<C>(w);
    if (name == "D") return serve<D>(w);
    if (name == "E") return serve<E>(w);
    serve<F>(w);  // F32, F256 and G differ in sizes known at run time
  });
}
