# SPDX-License-Identifier: MIT
# Runs a program of a document and compares what it prints with what the document says, but for blanks at line ends:
#   cmake -D PROGRAM=... -D EXPECTED=....txt -D FOLDER=<scratch> -P run.cmake
cmake_minimum_required(VERSION 3.22)
file(MAKE_DIRECTORY ${FOLDER})
execute_process(COMMAND ${PROGRAM} WORKING_DIRECTORY ${FOLDER} OUTPUT_VARIABLE got COMMAND_ERROR_IS_FATAL ANY)
file(READ ${EXPECTED} expected)
string(REGEX REPLACE " +\n" "\n" got "${got}")
string(REGEX REPLACE " +\n" "\n" expected "${expected}")
if(NOT got STREQUAL expected)
  message(NOTICE "The document says:\n${expected}\nThe program prints:\n${got}")
  message(FATAL_ERROR "the two differ")
endif()
