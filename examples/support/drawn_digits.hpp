// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <mlp/core/matrix.hpp>
#include <mlp/data/dataset.hpp>
#include <mlp/math/rng.hpp>

namespace examples {

/// Digits of seven bars, as on old displays, in images of 28 x 28: of any place, size, slant, turn and thickness, some
/// bars faint, on noise. Shaped as MNIST, for programs without it.
inline mlp::Dataset<mlp::ByteMatrix, mlp::Labels> draw_digits(mlp::Index samples, mlp::Rng& rng) {
  struct Bar {
    double x0, y0, x1, y1;
  };
  constexpr std::array<Bar, 7> bars{{{-1, -2, 1, -2},  // top, then clockwise, the middle last
                                     {1, -2, 1, 0},
                                     {1, 0, 1, 2},
                                     {-1, 2, 1, 2},
                                     {-1, 0, -1, 2},
                                     {-1, -2, -1, 0},
                                     {-1, 0, 1, 0}}};
  constexpr std::array<unsigned, 10> bars_of{0b0111111, 0b0000110, 0b1011011, 0b1001111, 0b1100110,
                                             0b1101101, 0b1111101, 0b0000111, 0b1111111, 0b1101111};
  constexpr mlp::Index side = 28;
  mlp::Dataset<mlp::ByteMatrix, mlp::Labels> set{{mlp::Matrix<std::uint8_t>(samples, side * side), 1 / 255.0, 0}, {}};
  for (mlp::Index i = 0; i < samples; ++i) {
    const int digit = static_cast<int>(rng.randint(0, 10));
    set.y.push_back(digit);
    const double size = rng.uniform(3.0, 4.5), slant = rng.uniform(-0.5, 0.5), turn = rng.uniform(-0.3, 0.3);
    const double center_x = 14 + rng.uniform(-3.0, 3.0), center_y = 14 + rng.uniform(-3.0, 3.0);
    const double thickness = rng.uniform(0.6, 1.6);
    const auto place = [&](double x, double y) {
      x -= slant * y;
      return std::pair(center_x + size * (x * std::cos(turn) - y * std::sin(turn)),
                       center_y + size * (x * std::sin(turn) + y * std::cos(turn)));
    };
    mlp::Matrix<double> ink = mlp::Matrix<double>::Zero(side, side);
    for (std::size_t b = 0; b < bars.size(); ++b) {
      if ((bars_of[static_cast<std::size_t>(digit)] >> b & 1u) == 0) continue;
      const auto [x0, y0] = place(bars[b].x0, bars[b].y0);
      const auto [x1, y1] = place(bars[b].x1, bars[b].y1);
      const double strength = rng.uniform(0.5, 1.0);
      for (mlp::Index row = 0; row < side; ++row)
        for (mlp::Index col = 0; col < side; ++col) {
          const double dx = static_cast<double>(col) + 0.5 - x0, dy = static_cast<double>(row) + 0.5 - y0;
          const double along = (dx * (x1 - x0) + dy * (y1 - y0)) / (std::pow(x1 - x0, 2) + std::pow(y1 - y0, 2));
          const double t = std::clamp(along, 0.0, 1.0);
          const double distance = std::hypot(dx - t * (x1 - x0), dy - t * (y1 - y0));
          ink(row, col) = std::max(ink(row, col), strength * std::clamp(0.5 + thickness - distance, 0.0, 1.0));
        }
    }
    for (mlp::Index j = 0; j < ink.size(); ++j)
      set.x.bytes(i, j) =
          static_cast<std::uint8_t>(std::clamp(230 * ink.data()[j] + rng.uniform(-25.0, 25.0), 0.0, 255.0));
  }
  return set;
}

}  // namespace examples
