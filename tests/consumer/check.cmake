# SPDX-License-Identifier: MIT
# Builds and runs the consumer with mlp as installed (WAY=find_package) or as a folder (WAY=add_subdirectory):
#   cmake -D WAY=... -D SOURCE_DIR=<mlp> -D BUILD_DIR=<mlp's build> -D FOLDER=<scratch> -D VERSION=0.1.0
#         -D COMPILER=... -D GENERATOR=... -P check.cmake
cmake_minimum_required(VERSION 3.22)
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${FOLDER})
set(arguments -S ${SOURCE_DIR}/tests/consumer -B ${FOLDER}/build -G ${GENERATOR} -D CMAKE_CXX_COMPILER=${COMPILER})
if(WAY STREQUAL find_package)
  run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${FOLDER}/prefix)
  list(APPEND arguments -D CMAKE_PREFIX_PATH=${FOLDER}/prefix -D MLP_EXPECTED_VERSION=${VERSION})
else()
  list(APPEND arguments -D MLP_SOURCE_DIR=${SOURCE_DIR})
endif()
run(${CMAKE_COMMAND} ${arguments})
run(${CMAKE_COMMAND} --build ${FOLDER}/build)
run(${CMAKE_CTEST_COMMAND} --test-dir ${FOLDER}/build --output-on-failure)
