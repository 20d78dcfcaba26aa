# SPDX-License-Identifier: MIT
# With -fopenmp, clang looks for something to gain in every function of a file, for each of them anew: a third of the time
# that our programs take to compile, and nothing gained.
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  include(CheckCXXSourceCompiles)
  set(CMAKE_REQUIRED_FLAGS "-mllvm -openmp-opt-disable")
  check_cxx_source_compiles("int main() {}" MLP_CLANG_CAN_SKIP_OPENMP_PASS)
  unset(CMAKE_REQUIRED_FLAGS)
  if(MLP_CLANG_CAN_SKIP_OPENMP_PASS)
    add_compile_options("SHELL:-mllvm -openmp-opt-disable")
  endif()
endif()
