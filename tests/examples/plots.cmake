# SPDX-License-Identifier: MIT
# For the scripts of this folder, after run.cmake.

# check_plots(NAME...): pictures, each beside its script; a PNG begins with 89 50 4e 47.
function(check_plots)
  foreach(name ${ARGN})
    if(NOT EXISTS ${out}/plots/${name}.gp)
      message(FATAL_ERROR "${out}/plots/${name}.gp is missing")
    endif()
    file(READ ${out}/plots/${name}.png begin LIMIT 4 HEX)
    expect("begin of ${name}.png" "${begin}" 89504e47)
  endforeach()
endfunction()
