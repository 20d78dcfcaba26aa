# SPDX-License-Identifier: MIT
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
run(none.csv)
expect("exit code" "${code}" 1)
expect("stderr" "${stderr}" "quickstart: none.csv: cannot open: No such file or directory\n")
