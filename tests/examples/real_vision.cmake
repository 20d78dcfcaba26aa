# SPDX-License-Identifier: MIT
# A mixer or a vit on some of the real digits; docs/results.md has the figures of all. Expected: more than chance by far.
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
require_real_data()
run(--out ${out} --epochs 4 --limit 1000 --batch-size 16)
expect("exit code" "${code}" 0)
include(${CMAKE_CURRENT_LIST_DIR}/report.cmake)
check_data(mnist 3000 1000 1000 1000)
foreach(model 0 1)
  get(accuracy models ${model} test accuracy)
  expect_between("accuracy of model ${model}" ${accuracy} 0.6 1)
endforeach()
