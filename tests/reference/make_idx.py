#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes idx/* with struct and gzip, and idx.json with their contents, for tests/data/idx_test.cpp, gzip_test.cpp and
mnist_test.cpp."""
import gzip
import json
import math
import pathlib
import struct

here = pathlib.Path(__file__).parent
folder = here / "idx"
folder.mkdir(exist_ok=True)
contents = {}


def idx(code, letter, shape, values):
    assert len(values) == math.prod(shape)
    header = struct.pack(">BBBB%dI" % len(shape), 0, 0, code, len(shape), *shape)
    return header + struct.pack(">%d%s" % (len(values), letter), *values)


def save(name, code, letter, shape, values):
    (folder / name).write_bytes(idx(code, letter, shape, values))
    columns = math.prod(shape[1:])
    contents[name] = [values[i * columns : (i + 1) * columns] for i in range(shape[0])]


save("u8", 0x08, "B", (2, 3), [0, 1, 2, 127, 128, 255])
save("i8", 0x09, "b", (2, 3), [0, -1, 2, 127, -128, 55])
save("i16", 0x0B, "h", (2, 3), [0, -1, 2, 32767, -32768, 258])
save("i32", 0x0C, "i", (2, 3), [0, -1, 2, 2147483647, -2147483648, 16909060])
save("f32", 0x0D, "f", (2, 3), [0.0, -1.5, 0.1, 3e38, -2.5e-3, 1e-40])
contents["f32"] = [list(struct.unpack(">3f", struct.pack(">3f", *row))) for row in contents["f32"]]
save("f64", 0x0E, "d", (2, 3), [0.0, -1.5, 0.1, 1e300, -2.5e-3, 5e-324])
save("vector", 0x08, "B", (4,), [7, 0, 9, 3])
save("cube", 0x0B, "h", (2, 3, 4), list(range(-12, 12)))
save("four", 0x08, "B", (2, 1, 2, 3), list(range(12)))
save("empty", 0x0D, "f", (0, 3), [])

# gzip: as gzip writes it; two members, the second empty, the third with every optional field; stored blocks; fast blocks.
cube = (folder / "cube").read_bytes()
(folder / "cube.gz").write_bytes(gzip.compress(cube, mtime=0))
crc = lambda data: gzip.zlib.crc32(data)
body = gzip.zlib.compressobj(1, gzip.zlib.DEFLATED, -15)
raw = body.compress(cube[20:]) + body.flush()
header = b"\x1f\x8b\x08" + bytes([2 | 4 | 8 | 16]) + bytes(4) + b"\0\x03" + b"\4\0abcd" + b"name\0" + b"comment\0"
header += struct.pack("<H", crc(header) & 0xFFFF)
full = header + raw + struct.pack("<II", crc(cube[20:]), len(cube) - 20)
(folder / "members.gz").write_bytes(gzip.compress(cube[:20], 0, mtime=0) + gzip.compress(b"", mtime=0) + full)
# A bomb: 64 MiB of zeros, packed twice so that it fits into the repository. A test unpacks it once.
(folder / "bomb.gz.gz").write_bytes(gzip.compress(gzip.compress(bytes(1 << 26), mtime=0), mtime=0))

# A folder shaped like MNIST: 3 + 2 images of 2 x 3 pixels, half of the files packed.
small = folder / "mnist"
small.mkdir(exist_ok=True)
(small / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(8, "B", (3, 2, 3), list(range(0, 180, 10))), mtime=0))
(small / "train-labels-idx1-ubyte").write_bytes(idx(8, "B", (3,), [5, 0, 9]))
(small / "t10k-images-idx3-ubyte").write_bytes(idx(8, "B", (2, 2, 3), list(range(244, 256))))
(small / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(8, "B", (2,), [7, 2]), mtime=0))

(here / "idx.json").write_text(json.dumps(contents) + "\n")
