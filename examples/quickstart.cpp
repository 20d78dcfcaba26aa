// SPDX-License-Identifier: MIT
// Trains a multi-layer perceptron on cars:   quickstart [Auto_MPG_data.csv]
#include <cstdio>
#include <iostream>

#include <mlp/mlp.hpp>

using namespace mlp;

int main(int argc, char** argv) try {
  Rng rng(59);  // the stream of torch.manual_seed(59)
  Dataset cars = argc > 1 ? read_csv(argv[1]).to_dataset<double>("MPG") : make_cars({.samples = 392}, rng);
  auto [train, val] = train_val_split(cars, {.train_fraction = 0.8, .seed = 0});
  auto scaler = StandardScaler::fit(train.x, {.ddof = 1});
  train.x = scaler.transform(train.x);
  val.x = scaler.transform(val.x);

  Sequential net{Linear<double>(9, 64, rng), ReLU(), Linear<double>(64, 64, rng), ReLU(), Linear<double>(64, 1, rng)};
  std::cout << summary(net);
  fit(net, MSELoss(), SGD({.lr = 0.003}), train, val, {.epochs = 100, .batch_size = 32}, rng);
  std::printf("R2 on cars it has not seen: %.3f\n", r2_score(val.y, net.predict(val.x)));
} catch (const std::exception& error) {
  std::cerr << "quickstart: " << error.what() << '\n';
  return 1;
}
