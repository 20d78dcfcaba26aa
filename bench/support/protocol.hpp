// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "product_data.hpp"
#include "workloads.hpp"

// How a contestant is measured. bench/compare starts all of them, lets one after the other run for a while, and does so
// for some rounds:
//
//     $ CONTESTANT WORKLOAD THREADS        a training step; $ CONTESTANT SHAPE FORM THREADS   a product
//     ready 0.7431 0.7102 mlp 0.1.0        first and last loss of the checked steps (or -), then what it is
//     > run 0.5                            steps for about half a second
//     13.01 12.92                          microseconds a step: mean, median
//     > quit

namespace bench {

inline double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The middle one; the upper of two.
inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Mean and median of the microseconds of `step()`, for about `seconds`. Steps of less than 100 us are timed by the
/// dozen, as looking at the clock takes time too.
template <class Step>
std::pair<double, double> time_of(Step&& step, double seconds) {
  const double start = seconds_now();
  step();
  const double once = std::max(seconds_now() - start, 1e-9);
  const long block = std::clamp(static_cast<long>(100e-6 / once), 1L, 100'000L);
  std::vector<double> times;
  double total = 0;
  do {
    const double begin = seconds_now();
    for (long i = 0; i < block; ++i) step();
    const double time = seconds_now() - begin;
    total += time;
    times.push_back(1e6 * time / static_cast<double>(block));
  } while (total < seconds);
  const double mean = 1e6 * total / static_cast<double>(times.size()) / static_cast<double>(block);
  return {mean, median(std::move(times))};
}

/// Answers the lines of standard input until `quit`. `measure(seconds)` gives mean and median.
template <class Measure>
void answer(Measure&& measure) {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string word;
    double seconds = 0;
    words >> word;
    if (word == "quit") return;
    if (word != "run" || !(words >> seconds))
      throw std::invalid_argument("expected `run SECONDS` or `quit`, got " + line);
    const auto [mean, median] = measure(seconds);
    std::printf("%.4f %.4f\n", mean, median);
    std::fflush(stdout);
  }
}

/// A contestant whose `step()` trains one step and returns the loss it began with.
template <class Step>
void serve_steps(const Workload& w, const std::string& what, Step&& step) {
  const double first = static_cast<double>(step());
  double last = first;
  for (int i = 1; i <= w.checked_steps; ++i) last = static_cast<double>(step());
  if (!(last < first))
    throw std::runtime_error("the loss did not fall: from " + std::to_string(first) + " to " + std::to_string(last));
  std::printf("ready %.6f %.6f %s\n", first, last, what.c_str());
  std::fflush(stdout);
  answer([&](double seconds) { return time_of(step, seconds); });
}

/// A contestant whose `run()` is what is measured, of which nothing is known.
template <class Run>
void serve(const std::string& what, Run&& run) {
  std::printf("ready - - %s\n", what.c_str());
  std::fflush(stdout);
  answer([&](double seconds) { return time_of(run, seconds); });
}

/// A contestant whose `multiply()` writes the product into `data`.
template <class Multiply>
void serve_product(const ProductData& data, const std::string& what, Multiply&& multiply) {
  for (int i = 0; i < 3; ++i) multiply();
  data.check();
  serve(what, multiply);
}

/// The program of a contestant: `f(arguments)`, errors to standard error.
template <class F>
int contestant(int argc, char** argv, F&& f) try {
  f(std::vector<std::string>(argv + 1, argv + argc));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
  return 1;
}

/// `WORKLOAD THREADS`: calls `f(workload, threads)`.
template <class F>
int steps_program(int argc, char** argv, F&& f) {
  return contestant(argc, argv, [&](const std::vector<std::string>& arguments) {
    if (arguments.size() != 2) throw std::invalid_argument("expected WORKLOAD THREADS");
    f(workload(arguments[0]), std::stoi(arguments[1]));
  });
}

/// `SHAPE FORM THREADS`, such as `32x784x128 forward 1`: calls `f(data, threads)`.
template <class F>
int products_program(int argc, char** argv, F&& f) {
  return contestant(argc, argv, [&](const std::vector<std::string>& arguments) {
    if (arguments.size() != 3) throw std::invalid_argument("expected BATCHxINxOUT forward|dW|dx THREADS");
    for (const Form form : {Form::forward, Form::dw, Form::dx}) {
      if (arguments[1] != name_of(form)) continue;
      long batch = 0, in = 0, out = 0;
      if (std::sscanf(arguments[0].c_str(), "%ldx%ldx%ld", &batch, &in, &out) != 3 || batch < 1 || in < 1 || out < 1)
        break;
      ProductData data({batch, in, out, form});
      return f(data, std::stoi(arguments[2]));
    }
    throw std::invalid_argument("no product " + arguments[0] + " " + arguments[1]);
  });
}

}  // namespace bench
