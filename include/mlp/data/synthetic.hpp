// SPDX-License-Identifier: MIT
#pragma once

// Generated data, the same from the same seed: for tests, for teaching, and where the real files are not at hand.

#include <mlp/data/synthetic_cars.hpp>  // make_cars: shaped as Auto MPG
#include <mlp/data/synthetic_classes.hpp>  // make_spirals, make_moons, make_circles, make_xor, make_checkerboard, make_blobs
#include <mlp/data/synthetic_faces.hpp>       // make_faces: drawn faces of seven expressions
#include <mlp/data/synthetic_regression.hpp>  // make_regression: a linear law
