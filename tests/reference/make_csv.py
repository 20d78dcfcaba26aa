#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes csv.json: texts, the options to read them with, and what pandas makes of them, for tests/data/csv_test.cpp."""
import io
import json
import pathlib

import pandas as pd

cars = "MPG,Weight,Name\n18.0,3504,a\n15.5,3693,b\n\n16,3436,c\n"
raw = '18.0   8   307.0  1\t"chevrolet chevelle"\r\n15.0  8  350.0 1\t"buick"  \r\n  16.0 8  304.0\t1 "amc rebel"'
cases = [
    (cars, {}),
    (cars.replace("\n", "\r\n"), {}),
    (cars.replace("\n", "\r"), {}),
    (cars[:-1], {}),
    ("\ufeff" + cars, {}),
    ('\ufeff"MPG",Weight\n1,2\n', {}),
    (cars, {"usecols": ["Name", "MPG"]}),
    (cars, {"max_rows": 2}),
    (cars, {"max_rows": 9}),
    (cars, {"index_column": "Name"}),
    (cars, {"index_column": "Name", "usecols": ["Name", "Weight"]}),
    (cars, {"header": False, "names": ["a", "b", "c"]}),
    (cars, {"names": ["a", "b", "c"]}),
    (cars, {"header": True, "names": ["a", "b", "c"], "usecols": ["c"]}),
    (cars, {"header": False, "names": ["a", "b", "c"], "max_rows": 1}),
    ("made by hand\nin 1983, \"quote\n" + cars, {"skip_rows": 2}),
    (cars, {"skip_rows": 1, "names": ["a", "b", "c"]}),
    (cars, {"skip_rows": 2, "max_rows": 1, "names": ["a", "b", "c"]}),
    (cars.replace(",", ";"), {"separator": ";"}),
    (cars.replace(",", "\t"), {"separator": "\t"}),
    ("a\tb\n\t\n1\t\n", {"separator": "\t"}),
    (raw, {"separator": " ", "names": ["mpg", "cyl", "disp", "origin", "name"]}),
    (raw, {"separator": " ", "names": ["mpg", "cyl", "disp", "origin", "name"], "usecols": ["name", "disp"]}),
    ('a,b\n"1,5","say ""hi"""\n"two\nlines",""\n"""",x"y"\n', {}),
    ('a,b\r\n"two\r\nlines",1\r\n\r\n"",2', {}),
    ('"a ""b""","c\nd"\n1,2\n', {}),
    ("  \n\na,b\n \t \n 1 , 2\n,\n   \n", {}),
    ("a\n1\n\n2\n", {}),
    ("a,b\n", {}),
    ("a,b", {}),
    ("größe,価格\n1,2\n", {}),
]

renamed = {"separator": "sep", "skip_rows": "skiprows", "max_rows": "nrows", "index_column": "index_col"}


def read(text, options):
    given = {renamed.get(key, key): value for key, value in options.items()}
    if given.get("sep") == " ":
        given["sep"] = r"\s+"
    if "header" in given:
        given["header"] = 0 if given["header"] else None
    table = pd.read_csv(io.StringIO(text.lstrip("\ufeff"), newline=""), dtype=str, keep_default_na=False, **given)
    index = table.index.tolist() if "index_column" in options else []
    return {"names": table.columns.tolist(), "columns": [table[name].tolist() for name in table], "index": index}


numbers = ["1", "-1.5", "+2.5", "3504.", ".5", "1e3", "1E-3", "-0.0", "0.1", "1.7976931348623157e308", "5e-324",
           "123456789012345678", "0.30000000000000004", " 7", "7 ", "2.2250738585072011e-308"]
column = pd.read_csv(io.StringIO("a\n" + "\n".join(numbers) + "\n"), float_precision="round_trip", dtype=float)["a"]
result = {
    "tables": [{"text": text, "options": options, "table": read(text, options)} for text, options in cases],
    "numbers": [[text, value] for text, value in zip(numbers, column)],
}
here = pathlib.Path(__file__).parent
(here / "csv.json").write_text(json.dumps(result) + "\n")
