// SPDX-License-Identifier: MIT
#include <mlp/mlp.hpp>

#define MLP_KERNEL template
#define MLP_T float
#include <mlp/compiled.inc>
