# SPDX-License-Identifier: MIT
# mlp_warnings: linked by everything of our own that is compiled; never reaches a consumer.
add_library(mlp_warnings INTERFACE)
target_compile_options(mlp_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(MLP_WARNINGS_AS_ERRORS)
  target_compile_options(mlp_warnings INTERFACE -Werror)
endif()
