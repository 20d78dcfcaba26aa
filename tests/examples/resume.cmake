# SPDX-License-Identifier: MIT
# An exercise that is stopped and goes on leaves the same models as one that runs through, byte for byte.
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
unset(ENV{MLP_DATA_DIR})
set(small)
if(NAME STREQUAL fer2013)
  set(small --image-size 8 --limit 5)
elseif(NAME STREQUAL mnist)
  set(small --limit 300 --decay-epochs 5)  # the rates of the first epochs depend on how many there are to be
endif()

function(train)
  run(${small} --quiet ${ARGN})
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGN}: exit code ${code}\n${stdout}\n${stderr}")
  endif()
endfunction()
train(--epochs 5 --out ${FOLDER}/whole)
train(--epochs 2 --out ${FOLDER}/parts --checkpoint ${FOLDER}/checkpoints)
train(--epochs 5 --out ${FOLDER}/parts --checkpoint ${FOLDER}/checkpoints --resume)

file(GLOB models RELATIVE ${FOLDER}/whole ${FOLDER}/whole/models/*.safetensors)
list(LENGTH models count)
if(count LESS 2)
  message(FATAL_ERROR "expected at least 2 models, got ${count}")
endif()
foreach(model ${models})
  file(SHA256 ${FOLDER}/whole/${model} expected)
  file(SHA256 ${FOLDER}/parts/${model} got)
  expect(${model} ${got} ${expected})
endforeach()

# all columns but the seconds
foreach(run whole parts)
  file(STRINGS ${FOLDER}/${run}/history.csv lines)
  list(TRANSFORM lines REPLACE ",[^,]*$" "")
  set(history_${run} "${lines}")
endforeach()
expect("history.csv" "${history_parts}" "${history_whole}")

# The file belongs to one training.
run(${small} --quiet --epochs 5 --batch-size 7 --out ${FOLDER}/other --checkpoint ${FOLDER}/checkpoints --resume)
expect("exit code for a checkpoint of another training" "${code}" 1)
if(NOT stderr MATCHES "^${NAME}: ${FOLDER}/checkpoints/[a-z_]+.ckpt: of another training: ")
  message(FATAL_ERROR "stderr: ${stderr}")
endif()
run(--resume)
expect("exit code of --resume alone" "${code}" 2)
