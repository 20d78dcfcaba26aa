# SPDX-License-Identifier: MIT
# Bad data: exit code 1, one line on stderr that names the place, nothing left behind.
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
set(header "MPG,Cylinders,Displacement,Horsepower,Weight,Acceleration,Model Year,Europe,Japan,USA\n")
set(car "18,8,307,130,3504,12,70,0,0,1\n")

# refuse(TEXT CONTENT): a file of this content; @ in TEXT stands for its path
function(refuse text content)
  set(file ${FOLDER}/cars.csv)
  file(WRITE ${file} "${content}")
  string(REPLACE @ ${file} text "${text}")
  expect_failure(1 "${text}" --data ${file})
endfunction()
refuse("@: is empty" "")
string(REPLACE Weight Mass other "${header}")
string(REPLACE "," ", " names "${other}")
string(STRIP "${names}" names)
refuse("@: no column \"Weight\"; it has: ${names}" "${other}${car}")
refuse("@:3: column \"Horsepower\": expected a number, got \"strong\"" "${header}${car}18,8,307,strong,3504,12,70,0,0,1\n")
refuse("@:3: expected 10 fields, got 9" "${header}${car}18,8,307,130,3504,12,70,0,0\n")
refuse("@:2: column \"Weight\": missing value \"?\"" "${header}18,8,307,130,?,12,70,0,0,1\n${car}")
refuse("@:2: column \"Weight\": missing value \"nan\"" "${header}18,8,307,130,nan,12,70,0,0,1\n${car}")
refuse("@:2: column \"MPG\": expected a number, got \"inf\"" "${header}inf,8,307,130,3504,12,70,0,0,1\n${car}")
refuse("mlp::fit: the validation set has infinity in row 0, column 0 of y" "${header}1e39,8,307,130,3504,12,70,0,0,1\n${car}${car}${car}")

expect_failure(1 "${FOLDER}/none.csv: cannot open: No such file or directory" --data ${FOLDER}/none.csv)
file(MAKE_DIRECTORY ${FOLDER}/empty)
set(neither "${FOLDER}/empty: holds neither auto_mpg/Auto_MPG_data.csv nor Auto_MPG_data.csv")
expect_failure(1 "${neither}" --data ${FOLDER}/empty)
set(ENV{MLP_DATA_DIR} ${FOLDER}/empty)
expect_failure(1 "${neither}")

# The raw file of the UCI repository: a car without horsepower is left out, an origin that is no country is not.
set(raw ${FOLDER}/auto-mpg.data)
file(WRITE ${raw} "18 8 307 ? 3504 12 70 1\t\"chevrolet\"\n15 8 350 165 3693 11.5 70 4\t\"buick skylark\"\n")
expect_failure(1 "${raw}:2: column \"Origin\": expected one of \"2\", \"3\", \"1\", got \"4\"" --data ${raw})
