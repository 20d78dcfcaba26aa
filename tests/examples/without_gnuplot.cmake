# SPDX-License-Identifier: MIT
# Where gnuplot is missing, one line says so and the rest works.
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
unset(ENV{MLP_DATA_DIR})
set(ENV{PATH} ${FOLDER})
run(--epochs 1 --quiet --out ${out})
expect("exit code" "${code}" 0)
string(REGEX MATCHALL "[^\n]*gnuplot is[^\n]*" lines "${stdout}")
expect("lines about gnuplot" "${lines}" "No plots: gnuplot is not installed (Debian: gnuplot-nox).")
if(EXISTS ${out}/plots OR NOT EXISTS ${out}/report.json)
  message(FATAL_ERROR "expected a report and no plots")
endif()
