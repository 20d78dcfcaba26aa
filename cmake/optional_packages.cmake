# SPDX-License-Identifier: MIT
# Packages that only some parts use. Each missing one costs only those parts, and says so.
find_package(doctest QUIET)
find_package(benchmark QUIET)
find_package(CLI11 QUIET)
find_package(nlohmann_json QUIET)
find_package(OpenSSL QUIET COMPONENTS Crypto)
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
if(NOT GNUPLOT_EXECUTABLE)
  mlp_missing(gnuplot gnuplot-nox "the examples draw no plots")
endif()
