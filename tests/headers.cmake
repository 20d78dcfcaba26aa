# SPDX-License-Identifier: MIT
# Every header compiles alone.
file(GLOB_RECURSE headers RELATIVE ${PROJECT_SOURCE_DIR}/include CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/mlp/*.hpp)
if(NOT TARGET mlp_images)
  list(FILTER headers EXCLUDE REGEX "image_folder|stb")
endif()
if(NOT TARGET mlp_onnx)
  list(FILTER headers EXCLUDE REGEX "io/onnx(_graph)?.hpp")
endif()
if(NOT ZLIB_FOUND)
  list(FILTER headers EXCLUDE REGEX "data/(gzip|inflate|mnist|npz|zip).hpp")
endif()
set(header_sources)
foreach(header ${headers})
  string(REPLACE "/" "_" name ${header})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/${name}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include <${header}>\n" @ONLY)
  list(APPEND header_sources ${source})
endforeach()
add_library(headers_alone OBJECT EXCLUDE_FROM_ALL ${header_sources})
target_link_libraries(headers_alone PRIVATE mlp::mlp mlp_warnings nlohmann_json::nlohmann_json
                                            $<TARGET_NAME_IF_EXISTS:mlp_images> $<TARGET_NAME_IF_EXISTS:mlp_onnx>
                                            $<TARGET_NAME_IF_EXISTS:ZLIB::ZLIB>)
mlp_build_test(headers_alone headers_alone)
