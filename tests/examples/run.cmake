# SPDX-License-Identifier: MIT
# For the scripts of this folder.

file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})
set(out ${FOLDER}/out)

# run(ARG...): the program in FOLDER; sets code, stdout and stderr.
macro(run)
  execute_process(COMMAND ${PROGRAM} ${ARGN} WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE code OUTPUT_VARIABLE stdout
                  ERROR_VARIABLE stderr)
endmacro()

# expect(WHAT GOT EXPECTED)
function(expect what got expected)
  if(NOT got STREQUAL expected)
    message(FATAL_ERROR "${what}: expected\n${expected}\ngot\n${got}")
  endif()
endfunction()

# expect_between(WHAT GOT LOW HIGH): numbers, the ends included
function(expect_between what got low high)
  if(NOT (got GREATER_EQUAL low AND got LESS_EQUAL high))
    message(FATAL_ERROR "${what}: expected ${low} to ${high}, got ${got}")
  endif()
endfunction()

# expect_failure(CODE TEXT ARG...): the program ends with CODE and this one line on stderr, and leaves no folder behind.
function(expect_failure expected_code text)
  run(--out ${out} ${ARGN})
  list(JOIN ARGN " " arguments)
  expect("stderr of ${arguments}" "${stderr}" "${NAME}: ${text}\n")
  expect("exit code of ${arguments}" "${code}" ${expected_code})
  file(GLOB left LIST_DIRECTORIES TRUE ${out} ${FOLDER}/mlp-report)
  expect("left behind by ${arguments}" "${left}" "")
endfunction()

macro(require_real_data)
  if("$ENV{MLP_DATA_DIR}" STREQUAL "")
    message("MLP_DATA_DIR is not set")
    return()
  endif()
endmacro()
