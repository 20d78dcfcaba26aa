// SPDX-License-Identifier: MIT
#define MLP_KERNEL template
#include <mlp/compiled.hpp>
