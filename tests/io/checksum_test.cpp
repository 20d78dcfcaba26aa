// SPDX-License-Identifier: MIT
#include <mlp/io/checksum.hpp>

#include <doctest/doctest.h>

#include <string>

using mlp::detail::Checksum;

namespace {

std::string sum_of(const std::string& bytes) {
  Checksum sum;
  sum.add(bytes);
  return sum.text();
}

std::string counting(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(7 * i + 1);
  return bytes;
}

}  // namespace

TEST_CASE("the sums are those that the equation makes in Python") {
  // def mix(h, w): h = (h ^ w) * 0x9E3779B97F4A7C15 % 2**64; return h ^ h >> 32
  // lanes = [0] * 4; padded = b + bytes(-len(b) % 32)
  // for i in range(0, len(padded), 8): lanes[i // 8 % 4] = mix(lanes[i // 8 % 4], int.from_bytes(padded[i:i + 8],
  // "little")) h = 0; for w in lanes + [len(b)]: h = mix(h, w); print(f"{h:016x}")       with b = bytes((7 * i + 1) %
  // 256 ...)
  CHECK(sum_of(counting(0)) == "0000000000000000");
  CHECK(sum_of(counting(1)) == "fbf6d95b3dc1f070");
  CHECK(sum_of(counting(8)) == "76db466db1211440");
  CHECK(sum_of(counting(31)) == "159f647ae5c25951");
  CHECK(sum_of(counting(32)) == "475c1c8ca5dfbe8f");
  CHECK(sum_of(counting(33)) == "62f0ede342a1e2e9");
  CHECK(sum_of(counting(100)) == "6aad440cc47e16db");
}

TEST_CASE("pieces of any size add up to the sum of the whole") {
  const std::string bytes = counting(150);
  for (std::size_t first = 0; first <= 70; ++first)
    for (std::size_t second = 0; second <= 70; ++second) {
      Checksum sum;
      sum.add(std::string_view(bytes).substr(0, first));
      sum.add(std::string_view(bytes).substr(first, second));
      sum.add(std::string_view(bytes).substr(first + second));
      REQUIRE(sum.text() == sum_of(bytes));
    }
}

TEST_CASE("zeros at the end, and every bit, change the sum") {
  const std::string bytes = counting(70);
  CHECK(sum_of(bytes + '\0') != sum_of(bytes));
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string other = bytes;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
    REQUIRE(sum_of(other) != sum_of(bytes));
  }
}
