// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/mlp.hpp>

// Opt-in: not in mlp.hpp. The umbrella for projects of many files, which need not compile the kernels in each: two object
// files have them, for float and for double, those of the CMake target mlp::compiled. They are the same, and files that
// include mlp.hpp alone can be linked with them.
//
//     target_link_libraries(app PRIVATE mlp::compiled)
//     target_precompile_headers(app PRIVATE <mlp/compiled.hpp>)   // or include it; this is faster still
//
// Without CMake, a file of four lines is compiled to such an object file, and one with `double`, where it is used:
//
//     #include <mlp/mlp.hpp>
//     #define MLP_KERNEL template
//     #define MLP_T float
//     #include <mlp/compiled.inc>

#define MLP_KERNEL extern template
#define MLP_T float
#include <mlp/compiled.inc>

#define MLP_KERNEL extern template
#define MLP_T double
#include <mlp/compiled.inc>
