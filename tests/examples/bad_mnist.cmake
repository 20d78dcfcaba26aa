# SPDX-License-Identifier: MIT
# Bad data: exit code 1, one line on stderr, nothing left behind.
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
set(small ${SOURCE_DIR}/tests/reference/idx/mnist)  # 3 images to train, 2 to test
set(data ${FOLDER}/digits)
function(refuse text)
  expect_failure(1 "${text}" --data ${data} --epochs 1)
endfunction()

refuse("${data}: cannot open: No such file or directory")
file(MAKE_DIRECTORY ${data})
refuse("${data}: holds neither mnist nor train-images-idx3-ubyte nor train-images-idx3-ubyte.gz")
file(COPY ${small} DESTINATION ${data})
refuse("${data}/mnist: expected at least 6 images to train and 1 to test, got 3 and 2")
file(RENAME ${data}/mnist/t10k-labels-idx1-ubyte.gz ${FOLDER}/labels.gz)
refuse("${data}/mnist: holds neither t10k-labels-idx1-ubyte nor t10k-labels-idx1-ubyte.gz")
file(RENAME ${FOLDER}/labels.gz ${data}/mnist/t10k-labels-idx1-ubyte.gz)
file(WRITE ${data}/mnist/train-labels-idx1-ubyte "no labels")
refuse("${data}/mnist/train-labels-idx1-ubyte: byte 0: not an IDX file")
file(WRITE ${data}/mnist/train-images-idx3-ubyte.gz "no images")
refuse("${data}/mnist/train-images-idx3-ubyte.gz: byte 0: not a gzip file")

# The four files themselves, and a file in their place.
file(REMOVE_RECURSE ${data})
file(COPY ${small}/ DESTINATION ${data})
refuse("${data}: expected at least 6 images to train and 1 to test, got 3 and 2")
set(data ${small}/train-labels-idx1-ubyte)
refuse("${data}: cannot open: Not a directory")
