// SPDX-License-Identifier: MIT
#pragma once

/// The version of the library. This is the only place where it is written; CMake reads it from here.
#define MLP_VERSION_MAJOR 0
#define MLP_VERSION_MINOR 1
#define MLP_VERSION_PATCH 0
