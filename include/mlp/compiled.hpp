// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/mlp.hpp>

// Opt-in: not in mlp.hpp. The umbrella for projects of many files, which need not compile the kernels in each: the
// CMake target mlp::compiled has two object files of them, one for float and one for double. The kernels are those of
// mlp.hpp, and files that include this header and files that include mlp.hpp can be linked together.
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
