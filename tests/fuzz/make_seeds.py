#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes seeds/csv, seeds/pickle and seeds/image, and has make_seeds.cpp write the others:

    python3 tests/fuzz/make_seeds.py build/fuzz/make_seeds

Needs NumPy and Pillow. tests/reference has more seeds: see `run`.
"""
import io
import pathlib
import pickle
import subprocess
import sys

import numpy as np
from PIL import Image

here = pathlib.Path(__file__).parent / "seeds"


def write(folder, name, data):
    (here / folder).mkdir(parents=True, exist_ok=True)
    (here / folder / name).write_bytes(data)


# The first byte chooses the options: csv.cpp.
write("csv", "plain", b"\x00a,b,c\n1,2,3\n-4.5,+6e2,.7\n")
write("csv", "quoted", b'\x00\xef\xbb\xbfa,"b ""x"", y"\r\n"1","2\n3"\r\n\r\n1,2')
write("csv", "missing_dropped", b"\x30a,b\n1,?\nNA,2\n3,4\n")
write("csv", "missing_filled", b"\x11a;b\n1;\nnan;2\n")
write("csv", "blanks_no_header", b"\x06  18.0   8\t307.0  \"chevy\"\n 15.0 8 350.0 x\n")
write("csv", "index", b"\x8ca,b,c\nx,1,2\ny,3,4\n")
write("csv", "skipped", b"\x40about\na,b\n1,2\n1,2\n1,2\n1,2\n")

arrays = {"X": np.arange(4, dtype="<f4").reshape(2, 2), "labels": np.array([0, 1])}
for protocol in (2, 3, 4, 5):
    write("pickle", f"protocol{protocol}", pickle.dumps(arrays, protocol))
write("pickle", "others", pickle.dumps({"a": [1, -2, 2.5, None, True, b"x", ("y",) * 2], "b": np.asfortranarray(np.eye(2))}, 4))

grey = (np.arange(64).reshape(8, 8) * 2 + 60).astype(np.uint8)
rgb = np.stack([grey, 255 - grey, grey // 2], axis=-1)


def image(name, picture, **how):
    buffer = io.BytesIO()
    picture.save(buffer, **how)
    write("image", name, buffer.getvalue())


image("grey.jpg", Image.fromarray(grey), format="JPEG", quality=60)
image("rgb.jpg", Image.fromarray(rgb), format="JPEG", quality=60)  # with subsampled colors
image("progressive.jpg", Image.fromarray(rgb), format="JPEG", quality=60, progressive=True)
image("restarts.jpg", Image.fromarray(np.tile(rgb, (3, 3, 1))), format="JPEG", quality=20, restart_marker_blocks=1)
image("cmyk.jpg", Image.fromarray(rgb).convert("CMYK"), format="JPEG", quality=60)
image("rgb.png", Image.fromarray(rgb[:4, :4]), format="PNG")
image("rgba.png", Image.fromarray(rgb[:4, :4]).convert("RGBA"), format="PNG")
image("grey_alpha.png", Image.fromarray(grey[:4, :4]).convert("LA"), format="PNG")
image("grey16.png", Image.fromarray(grey[:4, :4].astype(np.uint16) * 257), format="PNG")
image("palette.png", Image.fromarray(rgb[:4, :4]).quantize(4), format="PNG", transparency=1)
image("bits.png", Image.fromarray(grey > 100), format="PNG")
image("rgb.bmp", Image.fromarray(rgb[:4, :4]), format="BMP")
image("rgba.bmp", Image.fromarray(rgb[:4, :4]).convert("RGBA"), format="BMP")
image("palette.bmp", Image.fromarray(rgb[:4, :4]).quantize(4), format="BMP")
image("bits.bmp", Image.fromarray(grey > 100), format="BMP")

subprocess.run([sys.argv[1], here], check=True)
