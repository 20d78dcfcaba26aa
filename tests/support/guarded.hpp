// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <new>
#include <stdexcept>
#include <vector>

#ifdef __unix__
#include <sys/mman.h>
#include <unistd.h>
#endif

#include <mlp/core/view.hpp>

namespace mlp::testing {

/// A copy of a matrix that ends where a page begins that nobody may touch: to read or write a number behind the last
/// one ends the program. Sanitizers do not see what vectors with masks read.
template <class T>
class Guarded {
 public:
  explicit Guarded(const Matrix<T>& m) {
    const auto count = static_cast<std::size_t>(m.size());
#ifdef __unix__
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t usable = (count * sizeof(T) + page - 1) / page * page;
    size_ = usable + page;
    pages_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages_ == MAP_FAILED) throw std::bad_alloc();
    char* const end = static_cast<char*>(pages_) + usable;
    if (::mprotect(end, page, PROT_NONE) != 0) throw std::runtime_error("mprotect failed: nothing is guarded");
    T* const data = reinterpret_cast<T*>(end) - count;
#else
    memory_.resize(count);
    T* const data = memory_.data();
#endif
    std::copy_n(m.data(), count, data);
    view_ = {data, m.rows(), m.cols(), m.cols()};
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
#ifdef __unix__
  ~Guarded() { ::munmap(pages_, size_); }
#endif

  MatrixView<T> view() const { return view_; }

 private:
#ifdef __unix__
  void* pages_ = nullptr;
  std::size_t size_ = 0;
#else
  std::vector<T> memory_;
#endif
  MatrixView<T> view_;
};

}  // namespace mlp::testing
