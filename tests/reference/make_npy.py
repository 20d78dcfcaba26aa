#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes npy/*.npy with NumPy and npy.json with their contents, for tests/data/npy_test.cpp and pickle_test.cpp."""
import io
import json
import pathlib
import pickle

import numpy as np

here = pathlib.Path(__file__).parent
contents = {}


def rows(array):
    array = np.asarray(array)
    if array.ndim == 0:
        return [[array.item()]]
    return [row.ravel().tolist() for row in np.atleast_1d(array)]


def save(name, array, version=None):
    with open(here / "npy" / (name + ".npy"), "wb") as file:
        np.lib.format.write_array(file, array, version=version)
    contents[name] = rows(array.astype(float))


numbers = [[0, 1, 2], [100, 101, 127]]
save("bool", np.array([[True, False, True], [False, False, True]]))
for kind in ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "f16"):
    for order in "<>":
        if kind[1:] == "1" and order == ">":
            continue
        array = np.array(numbers, dtype=order + kind)
        if kind[0] != "u":
            array[0, 0] = -3
        if kind[0] == "f":
            array[0, 1] = 0.1
        save(("big_" if order == ">" else "") + kind, array)
save("f2_special", np.array([6e-8, 65504, 1 / 3, -0.0], dtype="f2"))
save("scalar", np.array(2.5))
save("vector", np.array([1.5, 2.5, -3.5]))
save("fortran", np.asfortranarray(np.arange(6.0).reshape(2, 3)))
save("cube", np.arange(24.0).reshape(2, 3, 4))
save("cube_fortran", np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)))
save("empty", np.zeros((0, 3)))
save("version2", np.array(numbers, dtype="f4"), (2, 0))
save("version3", np.array(numbers, dtype="f4"), (3, 0))
save("labels", np.array([2, 0, 1], dtype="i8"))
save("float_labels", np.array([[2.0], [0.0], [1.0]]))
save("half_label", np.array([2.0, 0.5]))
for name, dtype in (("c8", "<c8"), ("c16", "<c16"), ("big_c8", ">c8"), ("big_c16", ">c16"),
                    ("c32", "<c32"), ("big_c32", ">c32")):
    array = np.array([[1 + 2j, -0.5j, 0.1 - 0.2j], [3, 1e30 + 1e-30j, complex(float("inf"), -7)]], dtype=dtype)
    with open(here / "npy" / (name + ".npy"), "wb") as file:
        np.lib.format.write_array(file, array)
    contents[name] = [[float(z.real).hex() + " " + float(z.imag).hex() for z in row] for row in array]
with open(here / "npy" / "long.npy", "wb") as file:
    np.lib.format.write_array(file, np.array(["1152921504606846977", "1e4000"], dtype="<f16"))
with open(here / "npy" / "f12.npy", "wb") as file:  # as 32-bit x86 has it
    header = b"{'descr': '<f12', 'fortran_order': False, 'shape': (2,), }"
    file.write(b"\x93NUMPY\x01\x00\x76\x00" + header + b" " * (117 - len(header)) + b"\n" + bytes(24))
with open(here / "npy" / "structured.npy", "wb") as file:
    np.lib.format.write_array(file, np.zeros(2, [("a", "f8")]))

points = {
    "X": np.asfortranarray(np.arange(10.0).reshape(5, 2) / 7),
    "labels": np.array([0, 1, 2, 1, 255], dtype="u1"),
    "big": np.array([[1, -2, 300]], dtype=">i4"),
    "empty": np.zeros((0, 3), dtype="f4"),
    "same": None,
    "n": 70000,
    "ratio": 0.5,
}
points["same"] = points["X"]  # the second mention comes from the memo


def save_object(name, value, protocol, edit=lambda data: data):
    header = io.BytesIO()
    array = np.array(None, dtype=object)
    array[()] = value
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    (here / "npy" / (name + ".npy")).write_bytes(header.getvalue() + edit(pickle.dumps(array, protocol=protocol)))


for protocol in (2, 3, 4, 5):
    save_object("dict_protocol%d" % protocol, points, protocol)
# NumPy 2 names its modules numpy._core; the rest of its pickles is the same.
save_object("dict_numpy2", points, 3, lambda data: data.replace(b"cnumpy.core.", b"cnumpy._core."))
save_object("unequal", {"X": np.zeros((3, 2)), "labels": np.zeros(2, "u1")}, 4)
save_object("list", [1, 2], 4)
with open(here / "npy" / "two_objects.npy", "wb") as file:
    np.lib.format.write_array(file, np.array([{}, {}], dtype=object))
for name in ("X", "labels", "big", "empty"):
    contents["dict." + name] = rows(points[name].astype(float))

(here / "npy.json").write_text(json.dumps(contents) + "\n")
