# SPDX-License-Identifier: MIT
# The C++ blocks of a Markdown document as sources that compile:
#
#   cmake -D DOCUMENT=docs/tutorial.md -D NAME=tutorial -D FOLDER=<scratch> -P extract.cmake
#
#   ```cpp            with "int main": a program,            <FOLDER>/tutorial_1.cpp, 2 ...
#     ```text         the next block after it: its output,   <FOLDER>/tutorial_1.txt
#   ```cpp            else: the inside of a function,        <FOLDER>/tutorial_fragments.cpp, all of them
#   ```cpp prelude    stands before these functions; without one: #include <mlp/mlp.hpp>, using namespace mlp
#
# Errors of the compiler name the document and its line. Text is cut with FIND and SUBSTRING: CMake's lists would split
# it at its semicolons and brackets.
cmake_minimum_required(VERSION 3.22)

function(write file text)  # where it has changed: what has not is not compiled again
  string(REGEX REPLACE "\n$" "" text "${text}")  # CONFIGURE ends the last line itself
  file(CONFIGURE OUTPUT ${FOLDER}/${file} CONTENT "@text@" @ONLY NEWLINE_STYLE UNIX)
  set(written ${written} ${FOLDER}/${file} PARENT_SCOPE)
endfunction()

function(count_lines text result)
  string(REGEX REPLACE "[^\n]" "" ends "${text}")
  string(LENGTH "${ends}" count)
  set(${result} ${count} PARENT_SCOPE)
endfunction()

get_filename_component(FOLDER ${FOLDER} ABSOLUTE)
file(READ ${DOCUMENT} text)
set(rest "\n${text}")
if(rest MATCHES "\n[ >]+```cpp|\n```(c\\+\\+|cxx|C\\+\\+|CPP)")
  message(FATAL_ERROR "${DOCUMENT}: a C++ block begins with ```cpp in the first column")
endif()

set(prelude "#include <mlp/mlp.hpp>\nusing namespace mlp;\n")
set(fragments "")
set(programs 0)
set(is_after_program FALSE)  # the last block was a program
set(written)
set(line 0)  # lines of the document passed so far
while(TRUE)
  string(FIND "${rest}" "\n```" begin)
  if(begin EQUAL -1)
    break()
  endif()
  math(EXPR begin "${begin} + 4")
  string(SUBSTRING "${rest}" 0 ${begin} passed)
  string(SUBSTRING "${rest}" ${begin} -1 rest)
  count_lines("${passed}" lines)
  math(EXPR line "${line} + ${lines}")

  string(FIND "${rest}" "\n" info_end)
  string(FIND "${rest}" "\n```" block_end)
  if(info_end EQUAL -1 OR block_end EQUAL -1)
    message(FATAL_ERROR "${DOCUMENT}:${line}: the block is never closed")
  endif()
  string(SUBSTRING "${rest}" 0 ${info_end} info)
  math(EXPR first "${info_end} + 1")
  math(EXPR size "${block_end} - ${info_end}")
  string(SUBSTRING "${rest}" ${first} ${size} block)
  math(EXPR first_line "${line} + 1")
  set(place "#line ${first_line} \"${DOCUMENT}\"\n")

  if(info STREQUAL "text" AND is_after_program)
    write(${NAME}_${programs}.txt "${block}")
  endif()
  set(is_after_program FALSE)
  if(info STREQUAL "cpp prelude")
    set(prelude "${place}${block}")
  elseif(info STREQUAL "cpp" AND block MATCHES "int main\\(")
    math(EXPR programs "${programs} + 1")
    write(${NAME}_${programs}.cpp "${place}${block}")
    set(is_after_program TRUE)
  elseif(info STREQUAL "cpp")
    string(APPEND fragments "\nvoid fragment_${line}();\nvoid fragment_${line}() {\n${place}${block}}\n")
  endif()

  math(EXPR passed_end "${block_end} + 4")
  string(SUBSTRING "${rest}" 0 ${passed_end} passed)
  string(SUBSTRING "${rest}" ${passed_end} -1 rest)
  count_lines("${passed}" lines)
  math(EXPR line "${line} + ${lines}")
endwhile()
if(fragments)
  write(${NAME}_fragments.cpp "${prelude}${fragments}")
endif()

file(GLOB old ${FOLDER}/${NAME}_*)
list(REMOVE_ITEM old ${written})
if(old)
  file(REMOVE ${old})
endif()
