// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#include <mlp/core/buffer.hpp>
#include <mlp/core/matrix.hpp>

#include "support/allocation_count.hpp"

using namespace mlp;
using mlp::testing::allocations_of;

namespace {

/// Memory whose address is stored here cannot be optimised away.
const void* volatile seen = nullptr;

}  // namespace

TEST_CASE("operator new is counted in all its forms, and not as a malloc" * doctest::skip(!testing::counts_new)) {
  const auto count = allocations_of([] {
    const auto one = std::make_unique<int>(1);
    seen = one.get();
    const auto many = std::make_unique<int[]>(100);
    seen = many.get();
    int* const maybe = new (std::nothrow) int(2);
    seen = maybe;
    delete maybe;
    Buffer<float> aligned;
    seen = aligned.resize(3, 5).data();
  });
  CHECK(count.by_new == 4);
  CHECK(count.by_malloc == 0);
}

TEST_CASE("malloc is counted, and Eigen's matrices by it" * doctest::skip(!testing::counts_malloc)) {
  bool aligned = false;
  const auto count = allocations_of([&] {
    void* memory = std::malloc(10);
    seen = memory;
    memory = std::realloc(memory, 1000);
    seen = memory;
    std::free(memory);
    memory = std::calloc(10, 10);
    seen = memory;
    std::free(memory);
    memory = std::aligned_alloc(64, 128);
    seen = memory;
    aligned = reinterpret_cast<std::uintptr_t>(memory) % 64 == 0;
    std::free(memory);
  });
  CHECK(aligned);
  CHECK(count.by_malloc == 4);
  CHECK(count.by_new == 0);

  const auto by_eigen = allocations_of([] {
    const Matrix<float> m(10, 10);
    seen = m.data();
  });
  CHECK(by_eigen.by_malloc == 1);
  CHECK(by_eigen.by_new == 0);
}

TEST_CASE("code that takes no memory counts nothing" * doctest::skip(!testing::counts_new)) {
  const auto count = allocations_of([] { seen = nullptr; });
  CHECK(count.by_new == 0);
  CHECK(count.by_malloc == 0);
}
