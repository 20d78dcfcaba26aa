// SPDX-License-Identifier: MIT
#include <mlp/data/resize.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "support/reference.hpp"

using mlp::Index;
using mlp::Matrix;

namespace {

/// The image that tests/reference/make_resize.py draws.
Matrix<std::uint8_t> drawn(Index height, Index width, Index channels) {
  Matrix<std::uint8_t> image(height, width * channels);
  for (Index i = 0; i < image.size(); ++i)
    image.data()[i] = static_cast<std::uint8_t>((i * 7919 + i * i * 31) % 251 + i % 5);
  return image;
}

std::uint32_t crc32(const Matrix<std::uint8_t>& bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (Index i = 0; i < bytes.size(); ++i) {
    crc ^= bytes.data()[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

}  // namespace

TEST_CASE("a resized image is PyTorch's, to the last bit") {
  for (const auto& expected : mlp::testing::reference("resize.json")) {
    CAPTURE(expected["from"].dump() + " to " + expected["to"].dump() + " x " + expected["channels"].dump());
    const auto channels = expected["channels"].get<Index>();
    const auto from = drawn(expected["from"][0].get<Index>(), expected["from"][1].get<Index>(), channels);
    Matrix<std::uint8_t> to(expected["to"][0].get<Index>(), expected["to"][1].get<Index>() * channels);
    mlp::resize_bilinear(from, to, channels);
    const auto first_row = expected["first_row"].get<std::vector<int>>();
    for (std::size_t i = 0; i < first_row.size(); ++i) CHECK(int{to.data()[i]} == first_row[i]);
    if (expected.contains("pixels")) {
      const auto pixels = expected["pixels"].get<std::vector<int>>();
      for (std::size_t i = 0; i < pixels.size(); ++i) CHECK(int{to.data()[i]} == pixels[i]);
    }
    CHECK(crc32(to) == expected["crc32"].get<std::uint32_t>());
  }
}

TEST_CASE("the half-pixel rule by hand") {
  Matrix<std::uint8_t> pair(1, 2);
  pair << 0, 100;
  Matrix<std::uint8_t> four(1, 4);
  mlp::resize_bilinear(pair, four);
  CHECK(four(0, 0) == 0);  // centers at -1/4, 1/4, 3/4, 5/4 of the input
  CHECK(four(0, 1) == 25);
  CHECK(four(0, 2) == 75);
  CHECK(four(0, 3) == 100);
}

TEST_CASE("the same size is the same image") {
  const auto image = drawn(9, 7, 3);
  Matrix<std::uint8_t> copy(9, 21);
  mlp::resize_bilinear(image, copy, 3);
  CHECK(copy == image);
}

TEST_CASE("images that cannot be resized say why") {
  const Matrix<std::uint8_t> image(4, 4);
  Matrix<std::uint8_t> out(2, 6);
  CHECK_THROWS_WITH_AS(mlp::resize_bilinear(image, out, 3),
                       "mlp::resize_bilinear: expected rows of 3 channels, got [4, 4]", mlp::ShapeError);
  CHECK_THROWS_WITH_AS(mlp::resize_bilinear(image, out, 0), "mlp::resize_bilinear: expected at least 1 channel, got 0",
                       mlp::ValueError);
  out.resize(0, 6);
  CHECK_THROWS_WITH_AS(mlp::resize_bilinear(image, out), "mlp::resize_bilinear: expected an image, got [0, 6]",
                       mlp::ValueError);
}
