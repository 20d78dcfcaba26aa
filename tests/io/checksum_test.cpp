// SPDX-License-Identifier: MIT
#include <mlp/io/checksum.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <mlp/math/threads.hpp>

using mlp::detail::Checksum;

namespace {

std::string sum_of(const std::string& bytes) {
  Checksum<> sum;
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
  // def sum_of(b, n):
  //     lanes = [0] * n; padded = b + bytes(-len(b) % (8 * n)); h = 0
  //     for i in range(0, len(padded), 8): lanes[i // 8 % n] = mix(lanes[i // 8 % n],
  //                                                                int.from_bytes(padded[i:i + 8], "little"))
  //     for w in lanes + [len(b)]: h = mix(h, w)
  //     return h
  // print(f"{sum_of(b, 4):016x}")       with b = bytes((7 * i + 1) % 256 ...)
  CHECK(sum_of(counting(0)) == "0000000000000000");
  CHECK(sum_of(counting(1)) == "fbf6d95b3dc1f070");
  CHECK(sum_of(counting(8)) == "76db466db1211440");
  CHECK(sum_of(counting(31)) == "159f647ae5c25951");
  CHECK(sum_of(counting(32)) == "475c1c8ca5dfbe8f");
  CHECK(sum_of(counting(33)) == "62f0ede342a1e2e9");
  CHECK(sum_of(counting(100)) == "6aad440cc47e16db");
}

TEST_CASE("the sums of blocks are those of Python, too") {
  // sums = [sum_of(b[i:i + 2**20], 8) for i in range(0, len(b), 2**20)]
  // print(f'{sum_of(b"".join(s.to_bytes(8, "little") for s in sums), 8):016x}')
  const auto sum_of_8 = [](const std::string& bytes) {
    Checksum<8> sum;
    sum.add(bytes);
    return sum.text();
  };
  CHECK(sum_of_8(counting(1)) == "25e116d3d7690eaa");
  CHECK(sum_of_8(counting(64)) == "7cdcda9f4074942e");
  CHECK(sum_of_8(counting(100)) == "c41b2b6f80f98959");
  const auto sum_of_pieces = [](const std::vector<std::string_view>& pieces) {
    return mlp::detail::sum_of_blocks(pieces);
  };
  const std::size_t block = std::size_t{1} << 20;
  CHECK(sum_of_pieces({}) == "0000000000000000");
  CHECK(sum_of_pieces({counting(1)}) == "2e3fdcb978f03f1e");
  CHECK(sum_of_pieces({counting(block)}) == "6681fd0f116367d7");
  CHECK(sum_of_pieces({counting(block + 1)}) == "7c159a2802ceb878");
  const std::string bytes = counting(3 * block - 7);
  const std::string_view all = bytes;
  CHECK(sum_of_pieces({all}) == "08f207fe19660b5f");
  for (const std::size_t at :
       {std::size_t{0}, std::size_t{1}, block - 1, block, block + 100, 2 * block + 13, all.size()})
    CHECK(sum_of_pieces({all.substr(0, at), "", all.substr(at)}) == "08f207fe19660b5f");
  for (const int threads : {1, 2, 7}) {
    mlp::set_num_threads(threads);
    CHECK(sum_of_pieces({all.substr(0, 5), all.substr(5, 2 * block), all.substr(5 + 2 * block)}) == "08f207fe19660b5f");
  }
  mlp::set_num_threads(0);
}

TEST_CASE("pieces of any size add up to the sum of the whole") {
  const std::string bytes = counting(150);
  for (std::size_t first = 0; first <= 70; ++first)
    for (std::size_t second = 0; second <= 70; ++second) {
      Checksum<> sum;
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
