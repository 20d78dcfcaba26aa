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

  MatrixView<T> resize(Shape shape) {
    const Index size = shape.rows * shape.cols;
    if (size > capacity_) {
      release();
      const std::size_t bytes = static_cast<std::size_t>(size) * sizeof(T);
      data_ = static_cast<T*>(::operator new(bytes, alignment));
      detail::prefer_large_pages(data_, bytes);
      capacity_ = size;
    }
    shape_ = shape;
    return view();
  }
  MatrixView<T> resize(Index rows, Index cols) { return resize(Shape{rows, cols}); }

  /// The matrix of the last resize.
  MatrixView<T> view() const { return {data_, shape_.rows, shape_.cols}; }

 private:
  static constexpr std::align_val_t alignment{64};

  void release() {
    if (data_ != nullptr) ::operator delete(data_, alignment);
    data_ = nullptr;
    capacity_ = 0;
  }
  void swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(capacity_, other.capacity_);
    std::swap(shape_, other.shape_);
  }

  T* data_ = nullptr;
  Index capacity_ = 0;
  Shape shape_;
};

}  // namespace mlp
