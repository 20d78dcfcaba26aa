#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes npz/*.npz with NumPy and zipfile, and npz.json with their contents, for tests/data/npz_test.cpp."""
import io
import json
import pathlib
import zipfile

import numpy as np

here = pathlib.Path(__file__).parent
folder = here / "npz"
folder.mkdir(exist_ok=True)

arrays = {
    "X": np.asfortranarray(np.arange(10.0).reshape(5, 2) / 7),
    "labels": np.array([0, 1, 2, 1, 255], dtype="u1"),
    "big": np.array([[1, -2, 300]], dtype=">i4"),
    "empty": np.zeros((0, 3), dtype="f4"),
    "half": np.array([[0.1, 65504, -6e-8]], dtype="f2"),
    "zeros": np.zeros((40, 10)),
    "../up": np.array([4.5]),
}
np.savez(folder / "stored.npz", **arrays)
np.savez_compressed(folder / "deflated.npz", **arrays)
np.savez(folder / "positional.npz", arrays["X"], arrays["labels"])
np.savez(folder / "nothing.npz")
# From Python 3.11.4 on the sizes of the local headers are in their zip64 fields alone, where zipfile was told that they
# may be large, which NumPy does.
newer = bytearray((folder / "positional.npz").read_bytes())
for at in (0, newer.index(b"PK\3\4", 1)):
    newer[at + 18 : at + 26] = b"\xff" * 8
(folder / "newer.npz").write_bytes(newer)


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


class Pipe(io.RawIOBase):
    """What cannot be sought: zipfile then writes sizes behind the members."""

    def __init__(self):
        self.bytes = b""

    def writable(self):
        return True

    def write(self, data):
        self.bytes += bytes(data)
        return len(data)


def entry(name, method):
    info = zipfile.ZipInfo(name)  # of 1980, so that each run writes the same bytes
    info.compress_type = method
    return info


def write(file, method, members):
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members:
            archive.writestr(entry(name, method), data)


x = npy(arrays["X"])
pipe = Pipe()
write(pipe, zipfile.ZIP_DEFLATED, [("X.npy", x), ("labels.npy", npy(arrays["labels"]))])
(folder / "streamed.npz").write_bytes(pipe.bytes)
pipe = Pipe()
with zipfile.ZipFile(pipe, "w") as archive:
    with archive.open(entry("X.npy", zipfile.ZIP_DEFLATED), "w", force_zip64=True) as file:
        file.write(x)
(folder / "streamed64.npz").write_bytes(pipe.bytes)
# Sizes and positions of 8 bytes in the directory and at the end: zipfile writes them beyond 2 GiB.
zipfile.ZIP64_LIMIT = 100
with zipfile.ZipFile(folder / "zip64.npz", "w") as archive:
    for name in ("X", "labels", "zeros"):
        with archive.open(entry(name + ".npy", zipfile.ZIP_DEFLATED), "w", force_zip64=True) as file:
            file.write(npy(arrays[name]))
zipfile.ZIP64_LIMIT = (1 << 31) - 1
write(folder / "notes.npz", zipfile.ZIP_STORED, [("notes.txt", b"not an array"), ("X.npy", x), ("bad.npy", b"hello")])
write(folder / "bzip2.npz", zipfile.ZIP_BZIP2, [("X.npy", x)])
with zipfile.ZipFile(folder / "comment.npz", "w") as archive:
    archive.writestr(entry("X.npy", zipfile.ZIP_STORED), x)
    archive.comment = b"made by hand"
# As tools that join archives do it, two members of one name. zipfile warns, and writes.
import warnings

warnings.simplefilter("ignore")
write(folder / "twice.npz", zipfile.ZIP_STORED, [("X.npy", x), ("X.npy", x)])


def rows(array):
    return [row.ravel().tolist() for row in np.atleast_1d(array.astype(float))]


(here / "npz.json").write_text(json.dumps({name: rows(array) for name, array in arrays.items()}) + "\n")
