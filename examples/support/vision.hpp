// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <mlp/mlp.hpp>

#include "command_line.hpp"
#include "data_source.hpp"
#include "images.hpp"

// What `mixer` and `vit` share: the images, the MLP of exercise 3 beside their model, the report.

namespace examples {

struct VisionOptions : Options {
  std::string images = "mnist";
  mlp::Index limit = 0;
  mlp::Index decay_epochs = 0;

  bool faces() const { return images == "fer2013"; }
};

/// What a program takes for the digits: attention wants fewer tokens, and longer to learn where they are.
struct DigitSettings {
  mlp::Index patch = 4;
  mlp::Index epochs = 10;
};

struct VisionData {
  Images train, validation, test;
  std::vector<std::string> classes;
  mlp::Index side = 0;   ///< of an image, in pixels
  mlp::Index patch = 0;  ///< of a model's patches
  DataSource source;
};

/// How a program makes its model.
template <class T>
using MakeVisionModel = mlp::Network<T> (*)(const VisionData&, const VisionOptions&, mlp::Rng&);

/// The program `name`: trains the MLP of exercise 3 and a model of about as many parameters for the same epochs by the
/// same rule. Compiled once for both programs.
int run_vision(int argc, char** argv, const std::string& name, const std::string& title, const DigitSettings& digits,
               MakeVisionModel<float> in_float, MakeVisionModel<double> in_double);

}  // namespace examples
