# SPDX-License-Identifier: MIT
# extract.cmake and run.cmake do what they say, on text that CMake is quick to misread:
#   cmake -D FOLDER=<scratch> -P extract_test.cmake
cmake_minimum_required(VERSION 3.22)
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})

function(extract text result message)
  file(WRITE ${FOLDER}/sample.md "${text}")
  execute_process(COMMAND ${CMAKE_COMMAND} -D DOCUMENT=sample.md -D NAME=sample -D FOLDER=out -P ${CMAKE_CURRENT_LIST_DIR}/extract.cmake
                  WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE code ERROR_VARIABLE error)
  set(${result} ${code} PARENT_SCOPE)
  set(${message} "${error}" PARENT_SCOPE)
endfunction()
function(expect_file name expected)
  file(READ ${FOLDER}/out/${name} got)
  if(NOT got STREQUAL expected)
    message(FATAL_ERROR "${name} should be:\n${expected}\nand is:\n${got}")
  endif()
endfunction()
function(expect_refusal text expected)
  extract("${text}" result message)
  if(result EQUAL 0 OR NOT message MATCHES "${expected}")
    message(FATAL_ERROR "expected an error that says: ${expected}\ngot: ${message}")
  endif()
endfunction()

extract([==[
A [ list; of ``` things
```cpp prelude
#define LIST "a;[b"
```

```cpp
int a[2] = {1, 2};  // ${a} @text@ \
```
```cpp
int main() { return 0; }  // ];
```
It prints
```text
x;]
```
```text
not of the program
```
```cpp
int main() { }
```
```sh
ls
```
]==] result message)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${message}")
endif()
expect_file(sample_fragments.cpp [==[
#line 3 "sample.md"
#define LIST "a;[b"

void fragment_6();
void fragment_6() {
#line 7 "sample.md"
int a[2] = {1, 2};  // ${a} @text@ \
}
]==])
expect_file(sample_1.cpp "#line 10 \"sample.md\"\nint main() { return 0; }  // ];\n")
expect_file(sample_1.txt "x;]\n")
expect_file(sample_2.cpp "#line 20 \"sample.md\"\nint main() { }\n")
if(EXISTS ${FOLDER}/out/sample_2.txt)
  message(FATAL_ERROR "the second program has no output")
endif()

# What a document has lost is lost, and what belongs to others stays.
file(WRITE ${FOLDER}/out/other_1.cpp "")
extract("no code\n" result message)
file(GLOB left RELATIVE ${FOLDER}/out ${FOLDER}/out/*)
if(NOT left STREQUAL "other_1.cpp")
  message(FATAL_ERROR "left over: ${left}")
endif()

expect_refusal("text\n  ```cpp\n  int a;\n  ```\n" "begins with ```cpp in the first column")
expect_refusal("```c++\nint a;\n```\n" "begins with ```cpp in the first column")
expect_refusal("text\n```cpp\nint a;\n" "sample.md:2: the block is never closed")

# The comparison: equal but for blanks at line ends, and not equal.
file(WRITE ${FOLDER}/program "#!/bin/sh\nprintf 'a;b  \\n'\n")
file(CHMOD ${FOLDER}/program PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
function(compare expected result)
  file(WRITE ${FOLDER}/expected.txt "${expected}")
  execute_process(COMMAND ${CMAKE_COMMAND} -D PROGRAM=${FOLDER}/program -D EXPECTED=${FOLDER}/expected.txt -D FOLDER=${FOLDER}/run
                          -P ${CMAKE_CURRENT_LIST_DIR}/run.cmake RESULT_VARIABLE code ERROR_VARIABLE error)
  set(${result} ${code} PARENT_SCOPE)
endfunction()
compare("a;b\n" same)
compare("a;c\n" other)
if(NOT same EQUAL 0 OR other EQUAL 0)
  message(FATAL_ERROR "equal outputs: ${same}, different ones: ${other}")
endif()
