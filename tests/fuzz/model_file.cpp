// SPDX-License-Identifier: MIT
#include <mlp/compiled.hpp>
#include <mlp/io/model_file.hpp>

#include "fuzz.hpp"
#include "safetensors_mutator.hpp"

using namespace mlp;

// A byte becomes a double; a prediction packs its weights, and its blocks have hidden units for each token.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run(data, size, {8, 1 << 20}, [](std::string_view bytes) {
    const auto [network, how] = load_network(SafeTensors::parse(bytes));
    const Index features = network.in_features() == dynamic ? 3 : network.in_features();
    Matrix<double> x = Matrix<double>::Constant(2, features <= 64 ? features : 0, 0.5);
    fuzz::attempt([&, &how = how] {
      if (how.scaler) x = how.scaler->transform(x);
    });
    // Attention takes the square of the tokens, and a hidden layer of each token what the file says.
    if (features <= 64) network.predict(Matrix<float>(x.cast<float>()));
  });
}
