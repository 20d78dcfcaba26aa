# SPDX-License-Identifier: MIT
# Packages that only some parts use. Each missing one costs only those parts, and says so.
find_package(doctest QUIET)
find_package(benchmark QUIET)
find_package(CLI11 QUIET)
find_package(nlohmann_json QUIET)
find_package(OpenSSL QUIET COMPONENTS Crypto)
find_package(Protobuf QUIET)  # ONNX asks for its target and does not look for it
find_package(ONNX QUIET)
find_package(ZLIB QUIET)
find_path(STB_IMAGE_INCLUDE_DIR stb_image.h PATH_SUFFIXES stb)
find_program(GNUPLOT_EXECUTABLE gnuplot)

function(mlp_missing package debian cost)
  message(STATUS "mlp: ${package} not found (Debian: ${debian}): ${cost}")
endfunction()

# mlp_images: stb_image for data/image_folder.hpp.
if(STB_IMAGE_INCLUDE_DIR)
  add_library(mlp_images INTERFACE)
  target_include_directories(mlp_images SYSTEM INTERFACE ${STB_IMAGE_INCLUDE_DIR})
else()
  mlp_missing(stb_image libstb-dev "no images, no example fer2013")
endif()
# mlp_onnx: the messages of ONNX for io/onnx.hpp. Newer versions have their targets in a namespace.
if(TARGET ONNX::onnx_proto)
  set(onnx ONNX::)
elseif(TARGET onnx_proto)
  set(onnx "")
endif()
if(TARGET ${onnx}onnx_proto AND TARGET protobuf::libprotobuf AND TARGET nlohmann_json::nlohmann_json)
  add_library(mlp_onnx INTERFACE)
  target_link_libraries(mlp_onnx INTERFACE ${onnx}onnx_proto nlohmann_json::nlohmann_json)
  add_library(mlp_onnx_checker INTERFACE)  # for tests: all of ONNX
  target_link_libraries(mlp_onnx_checker INTERFACE ${onnx}onnx)
else()
  mlp_missing("ONNX, protobuf or nlohmann-json" "libonnx-dev libprotobuf-dev nlohmann-json3-dev" "no export to ONNX")
endif()
# ZLIB::ZLIB for data/gzip.hpp, data/mnist.hpp and data/npz.hpp.
if(NOT ZLIB_FOUND)
  mlp_missing(zlib zlib1g-dev "no .gz, no .npz, no example mnist")
endif()
if(NOT GNUPLOT_EXECUTABLE)
  mlp_missing(gnuplot gnuplot-nox "the examples draw no plots")
endif()
