# SPDX-License-Identifier: MIT
# A program without arguments prints what EXPECTED holds, but for blanks at line ends.
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
run()
expect("exit code" "${code}" 0)
file(READ ${EXPECTED} expected)
string(REGEX REPLACE " +\n" "\n" stdout "${stdout}")
expect("output" "${stdout}" "${expected}")
