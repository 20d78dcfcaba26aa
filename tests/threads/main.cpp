// SPDX-License-Identifier: MIT
// Many threads at once, for ThreadSanitizer as for everybody: predictions of one model, trainings of several, and thread
// counts of OpenMP and Eigen that are the caller's own. Prints what went wrong and fails.
#include <cstdio>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include <mlp/mlp.hpp>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace {

int failures = 0;

void expect(bool good, const std::string& what) {
  if (good) return;
  ++failures;
  std::printf("not so: %s\n", what.c_str());
}

/// Calls f(i) on `count` threads at once.
template <class F>
void on_threads(std::size_t count, F f) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) threads.emplace_back([=] { f(i); });
  for (std::thread& thread : threads) thread.join();
}

mlp::Matrix<float> random_matrix(mlp::Index rows, mlp::Index cols, std::uint64_t seed) {
  mlp::Rng rng(seed);
  mlp::Matrix<float> m(rows, cols);
  for (float& value : m.reshaped()) value = rng.uniform(-1.0f, 1.0f);
  return m;
}

template <class Model>
void predict_from_many_threads(const Model& model, const char* what) {
  const mlp::Matrix<float> x = random_matrix(1500, 40, 1);  // more than one chunk, and enough for several threads
  const mlp::Matrix<float> expected = model.predict(x);
  std::vector<mlp::Matrix<float>> y(8);
  on_threads(y.size(), [&](std::size_t i) {
    for (int repeat = 0; repeat < 3; ++repeat) y[i] = model.predict(x);
  });
  for (const mlp::Matrix<float>& each : y) expect(each == expected, what);
}

mlp::Matrix<float> train(std::uint64_t seed) {
  mlp::Dataset<mlp::Matrix<float>, mlp::Labels> data{random_matrix(200, 10, seed), {}};
  for (mlp::Index i = 0; i < 200; ++i) data.y.push_back(data.x(i, 0) > data.x(i, 1) ? 1 : 0);
  mlp::Rng rng(seed);
  mlp::Sequential net{mlp::Linear(10, 64, rng), mlp::ReLU(), mlp::Linear(64, 2, rng)};
  mlp::fit(net, mlp::CrossEntropyLoss(), mlp::SGD({.lr = 0.1, .momentum = 0.9}), data, data,
           {.epochs = 3, .batch_size = 100, .progress = mlp::Progress::silent}, rng);
  return net.predict(data.x);
}

void train_on_many_threads() {
  constexpr std::size_t count = 8;
  std::vector<mlp::Matrix<float>> expected, got(count);
  for (std::size_t i = 0; i < count; ++i) expected.push_back(train(i));
  on_threads(count, [&](std::size_t i) { got[i] = train(i); });
  expect(got == expected, "models trained at once are those trained one after the other");
}

void leave_thread_counts_alone() {
  Eigen::setNbThreads(3);
#ifdef _OPENMP
  omp_set_num_threads(3);
  omp_set_dynamic(0);
#endif
  mlp::set_num_threads(2);
  train(1);
  mlp::set_num_threads(0);
#ifdef _OPENMP
  expect(omp_get_max_threads() == 3, "the caller's omp_set_num_threads stays");
  expect(Eigen::nbThreads() == 3, "the caller's Eigen::setNbThreads stays");
#endif
}

}  // namespace

int main() try {
  mlp::Rng rng(2);
  predict_from_many_threads(mlp::Sequential{mlp::Linear(40, 256, rng), mlp::Tanh(), mlp::Linear(256, 7, rng)},
                            "every thread predicts the same bits with a Sequential");
  predict_from_many_threads(
      mlp::Network<float>(mlp::Linear(40, 256, rng), mlp::ReLU(), mlp::Linear(256, 7, rng), mlp::Softmax()),
      "every thread predicts the same bits with a Network");
  train_on_many_threads();
  leave_thread_counts_alone();
  if (failures == 0) std::printf("All as with one thread.\n");
  return failures == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::printf("%s\n", error.what());
  return 1;
}
