# SPDX-License-Identifier: MIT
# Breaks each rule of house_rules.cmake once:   cmake -D FOLDER=somewhere/empty -P tests/house_rules_test.cmake
cmake_minimum_required(VERSION 3.22)
set(head "// SPDX-License-Identifier: MIT\n#pragma once\n")

# Runs the check on a library of two headers, mlp/FOLDER/new.hpp and the umbrella.
function(check_house header text umbrella)
  file(REMOVE_RECURSE ${FOLDER}/include)
  file(WRITE ${FOLDER}/include/${header} "${text}")
  file(WRITE ${FOLDER}/include/mlp/mlp.hpp "${head}${umbrella}")
  execute_process(COMMAND ${CMAKE_COMMAND} -D INCLUDE_DIR=${FOLDER}/include -P ${CMAKE_CURRENT_LIST_DIR}/house_rules.cmake
                  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  set(result ${result} PARENT_SCOPE)
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(must_pass header text)
  check_house(${header} "${text}" "#include <${header}>\n")
  if(NOT result EQUAL 0)
    message(SEND_ERROR "${header} keeps the rules and was refused:\n${output}")
  endif()
endfunction()

function(must_be_refused header text breach)
  check_house(${header} "${text}" "#include <${header}>\n${ARGN}")
  string(FIND "${output}" "${breach}" found)
  if(result EQUAL 0 OR found EQUAL -1)
    message(SEND_ERROR "${header} should be refused with\n  ${breach}\nbut the check said\n${output}")
  endif()
endfunction()

must_pass(mlp/layers/new.hpp "${head}#include <mlp/math/gemm.hpp>\n#include <mlp/layers/layer.hpp>\n")
must_pass(mlp/math/new.hpp "${head}#include <immintrin.h>\n#pragma omp parallel\n")

must_be_refused(mlp/core/new.hpp "#pragma once\n" "mlp/core/new.hpp: must begin with the SPDX line and #pragma once")
must_be_refused(mlp/core/new.hpp "${head}#include <mlp/math/gemm.hpp>\n"
                "mlp/core/new.hpp: includes mlp/math/gemm.hpp, which is not on a lower floor")
must_be_refused(mlp/layers/new.hpp "${head}#include <mlp/losses/mse.hpp>\n"
                "mlp/layers/new.hpp: includes mlp/losses/mse.hpp, which is not on a lower floor")
must_be_refused(mlp/optim/new.hpp "${head}#include <mlp/mlp.hpp>\n"
                "mlp/optim/new.hpp: includes mlp/mlp.hpp, which is not on a lower floor")
must_be_refused(mlp/data/new.hpp "${head}#pragma omp parallel\n"
                "mlp/data/new.hpp: OpenMP and intrinsics belong to math/, found #pragma omp")
must_be_refused(mlp/layers/new.hpp "${head}#include <immintrin.h>\n"
                "mlp/layers/new.hpp: OpenMP and intrinsics belong to math/, found immintrin.h")
must_be_refused(mlp/data/new.hpp "${head}#include \"csv.hpp\"\n"
                "mlp/data/new.hpp: includes with quotes")
must_be_refused(mlp/data/new.hpp "${head}using namespace std;\n"
                "mlp/data/new.hpp: has a using directive")
must_pass(mlp/math/new.hpp "${head}#include <mlp/math/kernels/all.inc>\n")
must_be_refused(mlp/layers/new.inc "\n" "mlp/layers/new.inc: must begin with the SPDX line")
must_be_refused(mlp/attic/new.hpp "${head}" "mlp/attic/new.hpp: lives on no floor of the house")
must_be_refused(mlp/io/new.hpp "${head}" "mlp/mlp.hpp: reaches mlp/io/new.hpp, which is opt-in")
check_house(mlp/core/new.hpp "${head}" "")
if(NOT output MATCHES "mlp/mlp.hpp: does not reach mlp/core/new.hpp")
  message(SEND_ERROR "a header missing in the umbrella was not seen:\n${output}")
endif()
