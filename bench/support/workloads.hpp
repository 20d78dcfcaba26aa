// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// What is measured: the networks of the exercises and usual sizes, with the numbers they start from. Nothing here needs
// the library, so that all contestants share it and begin with equal weights on equal data.

namespace bench {

using Index = std::ptrdiff_t;

enum class Activation { relu, tanh };
enum class Loss { mse, cross_entropy };

struct Workload {
  const char* name;
  std::vector<Index> widths;
  Index batch;
  Activation activation = Activation::relu;
  Loss loss = Loss::cross_entropy;
  float lr = 0.01f;
  int checked_steps = 20;  ///< after so many steps the loss must be lower than at the first

  std::size_t layers() const { return widths.size() - 1; }
  std::string title() const {
    std::string text = std::string(name) + " ";
    for (std::size_t i = 0; i < widths.size(); ++i) text += (i == 0 ? "" : "-") + std::to_string(widths[i]);
    return text + (activation == Activation::tanh ? " tanh, " : " ReLU, ") + (loss == Loss::mse ? "MSE" : "CE") +
           ", batch " + std::to_string(batch);
  }
};

inline const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all = {
      {"A", {9, 64, 64, 1}, 32, Activation::relu, Loss::mse},
      {"B", {2, 128, 3}, 32},
      {"C", {784, 128, 10}, 32},
      {"D", {784, 512, 512, 10}, 128},
      {"E", {28, 300, 300, 300, 300, 300, 1}, 100, Activation::tanh, Loss::mse},
      {"F32", {32400, 1024, 512, 256, 7}, 32, Activation::relu, Loss::cross_entropy, 0.001f, 3},
      {"F256", {32400, 1024, 512, 256, 7}, 256, Activation::relu, Loss::cross_entropy, 0.001f, 3},
      {"G", {2304, 1024, 512, 256, 7}, 256},
  };
  return all;
}

inline const Workload& workload(std::string_view name) {
  for (const Workload& w : workloads())
    if (name == w.name) return w;
  throw std::invalid_argument("no workload " + std::string(name));
}

/// Multiplications and additions of the products: forward, dW, and dx of all layers but the first, 2 each.
inline double flops(const Workload& w, bool training = true) {
  double sum = 0;
  for (std::size_t i = 0; i < w.layers(); ++i) {
    const double weights = static_cast<double>(w.widths[i] * w.widths[i + 1]);
    sum += 2 * weights * static_cast<double>(w.batch) * (training ? (i == 0 ? 2 : 3) : 1);
  }
  return sum;
}

/// The products of one layer: y = x W^T, dW = dy^T x, dx = dy W.
enum class Form { forward, dw, dx };
inline const char* name_of(Form form) {
  return form == Form::forward ? "forward" : form == Form::dw ? "dW" : "dx";
}

struct Product {
  Index batch, in, out;
  Form form;
  std::string used_by = {};  ///< names of workloads, once for each layer of one

  double flops() const { return 2.0 * static_cast<double>(batch) * static_cast<double>(in) * static_cast<double>(out); }
  std::string shape() const { return std::to_string(batch) + "x" + std::to_string(in) + "x" + std::to_string(out); }
};

/// The products of all workloads, each once.
inline std::vector<Product> products() {
  std::vector<Product> all;
  for (const Workload& w : workloads())
    for (std::size_t i = 0; i < w.layers(); ++i)
      for (const Form form : {Form::forward, Form::dw, Form::dx}) {
        if (form == Form::dx && i == 0) continue;
        const Product next{w.batch, w.widths[i], w.widths[i + 1], form, w.name};
        const auto same = std::find_if(
            all.begin(), all.end(), [&](const Product& p) { return p.shape() == next.shape() && p.form == next.form; });
        if (same == all.end())
          all.push_back(next);
        else
          same->used_by += std::string(" ") + w.name;
      }
  return all;
}

/// A number in [-1, 1): element `i` of the random stream `stream`, made of the two alone so that any program, of any
/// language, can make it.
inline float random_number(std::uint32_t stream, std::uint32_t i) {
  std::uint32_t h = i * 0x9E3779B1u + stream * 0x85EBCA77u + 0x165667B1u;
  h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
  h = (h ^ (h >> 13)) * 0xC2B2AE35u;
  h ^= h >> 16;
  return static_cast<float>(h >> 8) * 0x1p-23f - 1.0f;
}
inline void fill_random(float* to, Index count, std::uint32_t stream, float bound = 1.0f) {
  for (Index i = 0; i < count; ++i) to[i] = bound * random_number(stream, static_cast<std::uint32_t>(i));
}

/// Which stream makes what.
inline constexpr std::uint32_t stream_x = 1, stream_y = 2;
inline std::uint32_t stream_weight(std::size_t layer) {
  return static_cast<std::uint32_t>(10 + 2 * layer);
}
inline std::uint32_t stream_bias(std::size_t layer) {
  return stream_weight(layer) + 1;
}
/// The bound of the weights and biases of a layer, as in PyTorch's Linear.
inline float initial_bound(Index in) {
  return 1.0f / std::sqrt(static_cast<float>(in));
}

/// Memory that begins with a cache line, as tuned programs take it.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}  // NOLINT: allocators convert
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t(64))); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, std::align_val_t(64)); }
  friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) { return true; }
};
using Floats = std::vector<float, AlignedAllocator<float>>;

/// One mini-batch: x [batch, in], and targets y [batch, out] or one class a sample.
struct Data {
  Floats x;
  Floats y;
  std::vector<int> labels;
};
inline Data make_data(const Workload& w) {
  Data data;
  data.x.resize(static_cast<std::size_t>(w.batch * w.widths.front()));
  fill_random(data.x.data(), w.batch * w.widths.front(), stream_x);
  const Index classes = w.widths.back();
  if (w.loss == Loss::mse) {
    data.y.resize(static_cast<std::size_t>(w.batch * classes));
    fill_random(data.y.data(), w.batch * classes, stream_y);
    return data;
  }
  for (Index i = 0; i < w.batch; ++i) {
    const float u = 0.5f + 0.5f * random_number(stream_y, static_cast<std::uint32_t>(i));
    data.labels.push_back(static_cast<int>(u * static_cast<float>(classes)));
  }
  return data;
}

}  // namespace bench
