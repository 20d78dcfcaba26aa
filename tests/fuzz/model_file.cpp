// SPDX-License-Identifier: MIT
#include <mlp/io/model_file.hpp>

#include "fuzz.hpp"
#include "safetensors_mutator.hpp"

using namespace mlp;

// A byte becomes a double; a prediction packs its weights.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run(data, size, {8, 1 << 17}, [](std::string_view bytes) {
    const auto [network, how] = load_network(SafeTensors::parse(bytes));
    Matrix<double> x = Matrix<double>::Constant(2, network.in_features() == dynamic ? 3 : network.in_features(), 0.5);
    fuzz::attempt([&, &how = how] {
      if (how.scaler) x = how.scaler->transform(x);
    });
    network.predict(Matrix<float>(x.cast<float>()));
  });
}
