// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <string>
#include <string_view>

#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>

namespace mlp::detail {

/// The shortest text that reads back as the same number: "0.1", "1e-08", "nan".
[[gnu::cold]] inline std::string number_text(double value) {
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

/// " 1 2.5 0"
[[gnu::cold]] inline std::string numbers_text(std::span<const double> values) {
  std::string text;
  for (const double value : values) text += " " + number_text(value);
  return text;
}

[[noreturn, gnu::cold]] inline void throw_out_of_range(std::string_view who, std::string_view name,
                                                       std::string_view rule, std::string_view got) {
  throw ValueError("mlp::" + std::string(who) + ": " + std::string(name) + " must be " + std::string(rule) + ", got " +
                   std::string(got));
}

/// "mlp::StepLR: step_size must be at least 1, got 0"
inline void check_at_least(std::string_view who, std::string_view name, Index value, Index least) {
  if (value < least) throw_out_of_range(who, name, "at least " + std::to_string(least), std::to_string(value));
}

/// "mlp::SGD: lr must be at least 0 and finite, got -0.1"
inline void check_not_negative(std::string_view who, std::string_view name, double value) {
  if (!(value >= 0) || !std::isfinite(value))
    throw_out_of_range(who, name, "at least 0 and finite", number_text(value));
}

/// "mlp::SGD: dampening must be finite, got nan"
inline void check_finite(std::string_view who, std::string_view name, double value) {
  if (!std::isfinite(value)) throw_out_of_range(who, name, "finite", number_text(value));
}

/// "mlp::ExponentialLR: gamma must be above 0 and finite, got 0"
inline void check_positive(std::string_view who, std::string_view name, double value) {
  if (!(value > 0) || !std::isfinite(value)) throw_out_of_range(who, name, "above 0 and finite", number_text(value));
}

/// "mlp::clip_grad_norm: max_norm must be above 0, got 0"
inline void check_above_zero(std::string_view who, std::string_view name, double value) {
  if (!(value > 0)) throw_out_of_range(who, name, "above 0", number_text(value));
}

/// "mlp::Adam: betas[0] must be in [0, 1), got 1"
inline void check_below_one(std::string_view who, std::string_view name, double value) {
  if (!(value >= 0 && value < 1)) throw_out_of_range(who, name, "in [0, 1)", number_text(value));
}

}  // namespace mlp::detail
