# SPDX-License-Identifier: MIT
# Bad data: exit code 1, one line on stderr, nothing left behind. make_bad_npy.py made the files beside this one.
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
# refuse(FILE TEXT)
function(refuse file text)
  expect_failure(1 "${file}${text}" --data ${file})
endfunction()

refuse(${FOLDER}/none.npy ": cannot open: No such file or directory")
file(WRITE ${FOLDER}/points.csv "x,y,label\n0,1,2\n")
refuse(${FOLDER}/points.csv ": byte 0: not a .npy file")
refuse(${CMAKE_CURRENT_LIST_DIR}/truncated.npy ": byte 476: the file ends, expected 1 more byte")
refuse(${CMAKE_CURRENT_LIST_DIR}/foreign_object.npy ": byte 282: pickle asks for \"datetime.date\", which is not allowed")
refuse(${CMAKE_CURRENT_LIST_DIR}/three_columns.npy ": expected points of 2 coordinates, got 3")
refuse(${CMAKE_CURRENT_LIST_DIR}/no_points.npy ": no points")
refuse(${CMAKE_CURRENT_LIST_DIR}/huge_label.npy ": expected labels in [0, 3), at most one class a point, got 2147483647")
refuse(${SOURCE_DIR}/tests/reference/npy/f8.npy ": byte 20: holds numbers, not a pickled dict: see mlp::read_npy")
refuse(${SOURCE_DIR}/tests/reference/npy/unequal.npy ": \"X\" has 3 rows, \"labels\" has 2")
