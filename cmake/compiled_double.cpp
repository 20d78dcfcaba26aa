// SPDX-License-Identifier: MIT
#include <mlp/mlp.hpp>

#define MLP_KERNEL template
#define MLP_T double
#include <mlp/compiled.inc>
