# SPDX-License-Identifier: MIT
# mlp_link_compiled(TARGET): our programs have their kernels from mlp::compiled and the headers precompiled, as README.md
# advises projects of many files. With CMAKE_DISABLE_PRECOMPILE_HEADERS each file has what it includes, and its own kernels.
set_target_properties(mlp_compiled PROPERTIES CXX_EXTENSIONS OFF)
target_link_libraries(mlp_compiled PRIVATE mlp_warnings)
# The tests wait for kernels most of the time, and these are compiled once. Whether an address wraps around takes clang as
# long as all that the sanitizers look for besides; one that did would be found where it is read.
if(CMAKE_BUILD_TYPE STREQUAL Debug)
  target_compile_options(mlp_compiled PRIVATE "$<$<CXX_COMPILER_ID:GNU,Clang>:-O1;-fno-sanitize=pointer-overflow>")
endif()

# CMake keeps precompiled headers with a target, and a target must have a source file: an empty one. ccache asks for the
# first option. Where g++ cannot use such a header (it does not fit programs where all code is position-independent), it says
# so, and includes it as it is.
add_compile_options("$<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess;-Wno-error=invalid-pch>")
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/precompiled.cpp CONTENT "")
add_library(mlp_precompiled OBJECT EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/precompiled.cpp)
target_link_libraries(mlp_precompiled PRIVATE mlp::mlp mlp_warnings)
target_precompile_headers(mlp_precompiled PRIVATE <mlp/compiled.hpp>)

function(mlp_link_compiled target)
  target_link_libraries(${target} PRIVATE mlp::compiled mlp_warnings)
  target_precompile_headers(${target} REUSE_FROM mlp_precompiled)
endfunction()
