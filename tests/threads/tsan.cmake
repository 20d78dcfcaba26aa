# SPDX-License-Identifier: MIT
# Builds tests/threads/main.cpp with ThreadSanitizer and runs it: cmake -D INCLUDE=... -D EIGEN=... -D FOLDER=... -P this
#
# Twice, with clang++: without OpenMP, and with LLVM's, whose Archer tells the sanitizer what waits for what (it comes with
# libomp-dev and is loaded by itself). The runtime itself is not instrumented, so what it does to its own memory is
# ignored; races of two threads of a product are seen all the same, as racy.cpp shows, which must be found. To optimise
# would take longer than it saves.
cmake_minimum_required(VERSION 3.22)
find_program(CLANG clang++)
if(NOT CLANG)
  message("skipped: no clang++")
  return()
endif()
file(MAKE_DIRECTORY ${FOLDER})
set(ENV{TSAN_OPTIONS} "ignore_noninstrumented_modules=1 halt_on_error=0 exitcode=66")

function(build name source)
  execute_process(
    COMMAND ${CLANG} -std=c++20 -O0 -g1 -pthread -fsanitize=thread ${ARGN} -I${INCLUDE} -isystem ${EIGEN}
            ${CMAKE_CURRENT_LIST_DIR}/${source} -o ${FOLDER}/${name}
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  set(built ${result} PARENT_SCOPE)
  set(reason "${output}" PARENT_SCOPE)
endfunction()
function(run name expected)
  execute_process(COMMAND ${FOLDER}/${name} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result STREQUAL expected)
    message(FATAL_ERROR "${name}: exit code ${result}, expected ${expected}\n${output}")
  endif()
  message("${name}: exit code ${result}, as expected")
endfunction()

build(plain main.cpp)
if(NOT built EQUAL 0)
  message("skipped: clang++ cannot build with ThreadSanitizer: ${reason}")
  return()
endif()
run(plain 0)

file(GLOB ARCHER /usr/lib/llvm-*/lib/libarcher.so)
build(racy racy.cpp -fopenmp)
if(NOT ARCHER OR NOT built EQUAL 0)
  message("without OpenMP only: no libomp-dev")
  return()
endif()
run(racy 66)
build(with_openmp main.cpp -fopenmp)
run(with_openmp 0)
