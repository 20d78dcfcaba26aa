# SPDX-License-Identifier: MIT
# predict on the models that the exercises leave, and on what is none.
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
unset(ENV{MLP_DATA_DIR})

function(train program name)
  execute_process(COMMAND ${program} --quiet --epochs 30 --out ${FOLDER}/${name} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Cars: columns by their names, in any order, with others among them.
train(${AUTO_MPG} auto_mpg)
set(model ${FOLDER}/auto_mpg/models/mlp.safetensors)
file(WRITE ${FOLDER}/cars.csv
  "Name,USA,Japan,Europe,Model Year,Acceleration,Weight,Horsepower,Displacement,Cylinders\n"
  "heavy,1,0,0,70,12,4500,200,400,8\n"
  "light,0,1,0,82,18,2000,60,90,4\n")
run(${model} ${FOLDER}/cars.csv)
expect("exit code" "${code}" 0)
if(NOT stdout MATCHES "^row,MPG\n0,([0-9.]+)\n1,([0-9.]+)\n$")
  message(FATAL_ERROR "stdout: ${stdout}\nstderr: ${stderr}")
endif()
expect_between("miles a gallon of the heavy car" ${CMAKE_MATCH_1} 5 22)
expect_between("miles a gallon of the light car" ${CMAKE_MATCH_2} 25 50)
run(${model} ${FOLDER}/cars.csv --out ${FOLDER}/predicted.csv)
file(READ ${FOLDER}/predicted.csv written)
expect("the file" "${written}" "row,MPG\n0,${CMAKE_MATCH_1}\n1,${CMAKE_MATCH_2}\n")

# Points: three classes and their probability.
train(${NONLINEAR} nonlinear)
file(WRITE ${FOLDER}/points.csv "x,y\n0,0.1\n")
run(${FOLDER}/nonlinear/models/mlp.safetensors ${FOLDER}/points.csv)
if(NOT stdout MATCHES "^row,class,probability\n0,class [012],(0\\.[0-9]+|1)\n$")
  message(FATAL_ERROR "stdout: ${stdout}\nstderr: ${stderr}")
endif()
expect_between("the largest of three probabilities" ${CMAKE_MATCH_1} 0.333 1)

function(refuse text)
  run(${ARGN})
  expect("stderr of ${ARGN}" "${stderr}" "predict: ${text}\n")
  expect("exit code of ${ARGN}" "${code}" 1)
endfunction()
refuse("none.safetensors: cannot open: No such file or directory" none.safetensors ${FOLDER}/cars.csv)
refuse("none.csv: cannot open: No such file or directory" ${model} none.csv)
refuse("${FOLDER}/points.csv: no column \"Cylinders\"; it has: x, y" ${model} ${FOLDER}/points.csv)
set(foreign ${SOURCE_DIR}/tests/reference/io/torch_f32.safetensors)
refuse("${foreign}: not a model file: has no mlp.model" ${foreign} ${FOLDER}/cars.csv)
