#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Draws images/*: a tiny picture in each format that tests/data/image_folder_test.cpp reads."""
import pathlib

import numpy as np
from PIL import Image

here = pathlib.Path(__file__).parent / "images"
grey = np.array([[0, 50, 100, 150], [200, 250, 10, 20], [30, 40, 60, 70]], dtype=np.uint8)
rgb = np.stack([grey, 255 - grey, grey // 2], axis=-1)
Image.fromarray(grey).save(here / "grey.png")
Image.fromarray(rgb).save(here / "rgb.png")
Image.fromarray(rgb).save(here / "rgb.bmp")
# A slow ramp: a JPEG keeps it to within two grey levels.
Image.fromarray((np.arange(64).reshape(8, 8) * 2 + 60).astype(np.uint8)).save(here / "ramp.jpg", quality=95)
