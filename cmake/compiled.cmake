# SPDX-License-Identifier: MIT
# mlp::compiled: mlp::mlp, and the kernels that mlp/compiled.hpp does not compile. Built where something links it.
add_library(mlp_compiled STATIC EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/compiled_float.cpp
                                                 ${CMAKE_CURRENT_LIST_DIR}/compiled_double.cpp)
set_target_properties(mlp_compiled PROPERTIES UNITY_BUILD OFF  # side by side
                                              POSITION_INDEPENDENT_CODE ON)  # for shared libraries, too
add_library(mlp::compiled ALIAS mlp_compiled)
target_link_libraries(mlp_compiled PUBLIC mlp::mlp)
