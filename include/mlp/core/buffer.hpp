// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <new>
#include <utility>

#include <mlp/core/large_pages.hpp>
#include <mlp/core/view.hpp>

namespace mlp {

/// Scratch memory shaped as a matrix: 64-byte aligned, grows and never shrinks, contents undefined after a resize.
///
/// A tape keeps its activations in buffers, so that the smaller last batch of an epoch allocates nothing. A copy is
/// empty: what a buffer holds belongs to the pass that wrote it.
///
///     Buffer<float> buffer;
///     MatrixView<float> y = buffer.resize(32, 10);
template <class T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer&) {}
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer other) noexcept {
    swap(other);
    return *this;
  }
  ~Buffer() { release(); }

  MatrixView<T> resize(Shape shape) { return lay_out(shape, shape.cols); }
  MatrixView<T> resize(Index rows, Index cols) { return resize(Shape{rows, cols}); }

  /// The same with gaps after the rows, so that each begins at a line of the cache (64 bytes): a vector is then in one
  /// line, and no line has columns of two threads. Rows of up to half a line are dense, as they would be gaps for the
  /// most part, and so are those of more than 2 KiB, which would gain little.
  MatrixView<T> resize_padded(Shape shape) {
    constexpr Index line = line_bytes / Index{sizeof(T)}, longest = 2048 / Index{sizeof(T)};
    const bool dense = shape.cols <= line / 2 || shape.cols > longest;
    return lay_out(shape, dense ? shape.cols : (shape.cols + line - 1) / line * line);
  }

  /// The matrix of the last resize.
  MatrixView<T> view() const { return {data_, shape_.rows, shape_.cols, stride_}; }

 private:
  static constexpr Index line_bytes = 64;
  static constexpr std::align_val_t alignment{line_bytes};

  MatrixView<T> lay_out(Shape shape, Index stride) {
    const Index size = shape.rows * stride;
    if (size > capacity_) {
      release();
      const std::size_t bytes = static_cast<std::size_t>(size) * sizeof(T);
      data_ = static_cast<T*>(::operator new(bytes, alignment));
      detail::prefer_large_pages(data_, bytes);
      capacity_ = size;
    }
    shape_ = shape;
    stride_ = stride;
    return view();
  }

  void release() {
    if (data_ != nullptr) ::operator delete(data_, alignment);
    data_ = nullptr;
    capacity_ = 0;
  }
  void swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(capacity_, other.capacity_);
    std::swap(shape_, other.shape_);
    std::swap(stride_, other.stride_);
  }

  T* data_ = nullptr;
  Index capacity_ = 0;
  Shape shape_;
  Index stride_ = 0;
};

}  // namespace mlp
