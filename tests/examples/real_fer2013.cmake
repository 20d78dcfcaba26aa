# SPDX-License-Identifier: MIT
# The subset of the real faces, small and for few epochs: all four models train.
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
require_real_data()
run(--out ${out} --image-size 24 --epochs 3)
expect("exit code" "${code}" 0)
include(${CMAKE_CURRENT_LIST_DIR}/report.cmake)
check_data(fer2013 1120 840 280 "")
if(HAS_SHA256)
  expect_value(097df6af941fb4bcc7bb951fb11a9578348c24a7aba1712d2572690c567c889c data sha256)
endif()
check_models(accuracy "train_loss;val_loss;val_accuracy" "train;validation"
             "softmax_raw;softmax_normalized;mlp_tanh;mlp_relu" "4039;4039;1248775;1248775" "3;3;3;3")
foreach(model 1 2 3)
  get(first models ${model} history 0 train_loss)
  get(last models ${model} history 2 train_loss)
  expect_between("training loss of model ${model} in the last epoch" ${last} 0 ${first})
endforeach()
