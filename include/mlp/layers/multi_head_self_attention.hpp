// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include <mlp/core/buffer.hpp>
#include <mlp/core/check.hpp>
#include <mlp/core/error.hpp>
#include <mlp/layers/layer.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/tokens.hpp>
#include <mlp/math/gemm.hpp>
#include <mlp/math/init.hpp>
#include <mlp/math/softmax.hpp>
#include <mlp/math/threads.hpp>

namespace mlp {

/// Every token asks all tokens of its sample, in several heads, as torch.nn.MultiheadAttention(channels, heads,
/// batch_first=True) with q = k = v = x. A sample X is [tokens, channels], a head has d = channels / heads columns:
///
///     [Q K V] = X W_in^T + b_in
///     P = softmax(Q K^T / sqrt(d)),   O = P V        for each head
///     Y = [O of all heads] W_out^T + b_out
///
///     dV = P^T dO,   dP = dO V^T,   dS = P (dP - sum_k dP_k P_k)
///     dQ = dS K / sqrt(d),   dK = dS^T Q / sqrt(d)
///
/// Shapes: x, y [batch, tokens * channels], W_in [3 channels, channels], W_out [channels, channels]. Parameters
/// `in_proj_weight`, `in_proj_bias`, `out_proj.weight`, `out_proj.bias`, with PyTorch's initial values in its order:
/// W_out as Linear, W_in from Xavier's uniform distribution, both biases 0. Source: Vaswani et al. 2017, section 3.2.
///
///     MultiHeadSelfAttention attention(50, 128, 4, rng);   // 50 tokens of 128 channels, 4 heads of 32
template <class T = float>
class MultiHeadSelfAttention {
 public:
  using Scalar = T;
  struct Cache {
    Buffer<T> qkv, p,
        o;  ///< [batch * tokens, 3 channels], [batch * heads * tokens, tokens], [batch * tokens, channels]
    Buffer<T> dqkv, dp, d_o;  ///< the same of backward; dP of one head at a time and thread
    Buffer<T> x, y;           ///< copies of what has gaps between its rows
    typename Linear<T>::Cache linear;
  };

  /// All zeros. @throws ValueError `mlp::MultiHeadSelfAttention: heads must divide channels, got 3 and 128`, or if a
  /// size is below 1.
  MultiHeadSelfAttention(Index tokens, Index channels, Index heads)
      : tokens_(tokens), heads_(heads), in_(checked(tokens, channels, heads), 3 * channels), out_(channels, channels) {}
  MultiHeadSelfAttention(Index tokens, Index channels, Index heads, Rng& rng)
      : MultiHeadSelfAttention(tokens, channels, heads) {
    linear_init(out_.weight(), out_.bias(), rng);
    xavier_uniform_init(in_.weight(), rng);
    zeros_init(out_.bias());
  }

  Index tokens() const { return tokens_; }
  Index channels() const { return out_.in_features(); }
  Index heads() const { return heads_; }
  Index in_features() const { return tokens_ * channels(); }

  /// "MultiHeadSelfAttention(50 tokens, 128 channels, 4 heads)"
  std::string describe() const {
    return "MultiHeadSelfAttention(" + std::to_string(tokens_) + " tokens, " + std::to_string(channels()) +
           " channels, " + std::to_string(heads_) + " heads)";
  }

  Shape output_shape(Shape input) const {
    check_input(*this, input);
    return input;
  }

  void forward(ConstMatrixView<T> x, MatrixView<T> y, Cache& cache) const {
    check_forward(*this, x, y);
    const Index batch = x.rows();
    const MatrixView<T> qkv = cache.qkv.resize(batch * tokens_, 3 * channels());
    const MatrixView<T> p = cache.p.resize(batch * heads_ * tokens_, tokens_);
    const MatrixView<T> o = cache.o.resize(batch * tokens_, channels());
    in_.forward(detail::read_tokens(x, tokens_, cache.x), qkv, cache.linear);  // [Q K V] = X W_in^T + b_in
    each_head(batch, parts(batch), [&](Index sample, Index head, Index) {
      const MatrixView<T> p_h = rows_of_head(p, sample, head);
      gemm_nt(part(qkv, sample, head, 0), part(qkv, sample, head, 1), p_h, scale());  // S = Q K^T / sqrt(d)
      softmax_rows<T>(p_h, p_h);                                                      // P = softmax(S)
      gemm_nn(p_h, part(qkv, sample, head, 2), part(o, sample, head, 0));             // O = P V
    });
    detail::write_tokens(y, tokens_, cache.y, [&](MatrixView<T> to) { out_.forward(o, to, cache.linear); });
  }

  void backward(ConstMatrixView<T> x, ConstMatrixView<T> y, ConstMatrixView<T> dy, Cache& cache,
                MultiHeadSelfAttention& grad, MatrixView<T> dx, Update<T> update = {}) const {
    check_backward(*this, x, y, dy, dx);
    const Index batch = x.rows();
    const MatrixView<T> qkv = cache.qkv.view(), p = cache.p.view(), o = cache.o.view();
    const MatrixView<T> dqkv = cache.dqkv.resize(qkv.shape()), d_o = cache.d_o.resize(o.shape());
    const Index threads = parts(batch);  // asked once: another thread may set their number meanwhile
    const MatrixView<T> dp = cache.dp.resize(threads * tokens_, tokens_);
    const ConstMatrixView<T> dy_t = detail::read_tokens(dy, tokens_, cache.y);
    out_.backward(o, dy_t, dy_t, cache.linear, grad.out_, d_o, update);  // dO = dY W_out
    each_head(batch, threads, [&](Index sample, Index head, Index thread) {
      const MatrixView<T> q = part(qkv, sample, head, 0), k = part(qkv, sample, head, 1),
                          v = part(qkv, sample, head, 2);
      const MatrixView<T> d_o_h = part(d_o, sample, head, 0), p_h = rows_of_head(p, sample, head);
      const MatrixView<T> ds = dp.rows(thread * tokens_, tokens_);
      gemm_tn(p_h, d_o_h, part(dqkv, sample, head, 2));      // dV = P^T dO
      gemm_nt(d_o_h, v, ds);                                 // dP = dO V^T
      softmax_rows_backward<T>(p_h, ds, ds);                 // dS = P (dP - sum_k dP_k P_k)
      gemm_nn(ds, k, part(dqkv, sample, head, 0), scale());  // dQ = dS K / sqrt(d)
      gemm_tn(ds, q, part(dqkv, sample, head, 1), scale());  // dK = dS^T Q / sqrt(d)
    });
    const ConstMatrixView<T> x_t = detail::read_tokens(x, tokens_, cache.x);
    detail::write_tokens(dx, tokens_, cache.y, [&](MatrixView<T> dx_t) {
      in_.backward(x_t, qkv, dqkv, cache.linear, grad.in_, dx_t, update);  // dX = [dQ dK dV] W_in
    });
  }

  template <class F, class... Layers>
  static void visit_parameters(F&& f, Layers&... layers) {
    f(ParameterName{.part = "in_proj_weight"}, layers.in_.weight()...);
    f(ParameterName{.part = "in_proj_bias", .dimensions = 1}, layers.in_.bias()...);
    Linear<T>::visit_parameters(within("out_proj", f), layers.out_...);
  }

 private:
  static Index checked(Index tokens, Index channels, Index heads) {
    detail::check_at_least("MultiHeadSelfAttention", "tokens", tokens, 1);
    detail::check_at_least("MultiHeadSelfAttention", "channels", channels, 1);
    detail::check_at_least("MultiHeadSelfAttention", "heads", heads, 1);
    if (channels % heads != 0)
      throw ValueError("mlp::MultiHeadSelfAttention: heads must divide channels, got " + std::to_string(heads) +
                       " and " + std::to_string(channels));
    return channels;
  }

  T scale() const { return static_cast<T>(1 / std::sqrt(static_cast<double>(channels() / heads_))); }

  /// The columns of Q (0), K (1) or V (2) of one head and one sample, [tokens, d]; of O with 0.
  MatrixView<T> part(MatrixView<T> m, Index sample, Index head, Index which) const {
    const Index d = channels() / heads_;
    return {m.row(sample * tokens_) + which * channels() + head * d, tokens_, d, m.stride()};
  }
  MatrixView<T> rows_of_head(MatrixView<T> p, Index sample, Index head) const {
    return p.rows((sample * heads_ + head) * tokens_, tokens_);
  }

  Index parts(Index batch) const {
    constexpr Index worth_threads = 400'000;  // multiplications
    const Index work = 2 * batch * tokens_ * tokens_ * channels();
    return work < worth_threads ? 1 : std::min<Index>(batch, num_threads());
  }
  /// f(sample, head, thread); the products inside are then too small for more threads.
  template <class F>
  void each_head(Index batch, Index threads, const F& f) const {
    parallel_parts(threads, [&](Index part, Index parts) {
      for (Index sample = batch * part / parts; sample < batch * (part + 1) / parts; ++sample)
        for (Index head = 0; head < heads_; ++head) f(sample, head, part);
    });
  }

  Index tokens_, heads_;
  Linear<T> in_, out_;
};

}  // namespace mlp
