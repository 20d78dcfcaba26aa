# SPDX-License-Identifier: MIT
# `cmake --install` and `find_package(mlp)`.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/mlp)

install(TARGETS mlp EXPORT mlp-targets)
install(EXPORT mlp-targets NAMESPACE mlp:: DESTINATION ${package_dir})
install(DIRECTORY include/mlp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES cmake/compiled.cmake cmake/compiled_float.cpp cmake/compiled_double.cpp DESTINATION ${package_dir})
configure_package_config_file(cmake/mlp-config.cmake.in ${PROJECT_BINARY_DIR}/mlp-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/mlp-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/mlp-config.cmake ${PROJECT_BINARY_DIR}/mlp-config-version.cmake DESTINATION ${package_dir})
