#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes resize.json: images of bytes resized by torch.nn.functional.interpolate, for tests/data/resize_test.cpp.

The large results are stored as their CRC-32 (zlib) with a few rows in full, the small ones in full.
"""
import json
import pathlib
import zlib

import torch

here = pathlib.Path(__file__).parent
torch.manual_seed(3)
cases = []
sizes = [(48, 48, 180, 180), (48, 48, 128, 128), (48, 48, 32, 32), (48, 48, 224, 224), (7, 5, 13, 11), (13, 9, 5, 4),
         (7, 5, 140, 111), (1, 7, 3, 3), (6, 6, 6, 6), (1, 1, 4, 3)]
for channels in (1, 3):
    for h, w, height, width in sizes:
        # The same pixels for every case of a size: byte i is (i * 7919 + i * i * 31) % 251 + (i % 5), in [0, 255].
        i = torch.arange(h * w * channels, dtype=torch.int64)
        image = ((i * 7919 + i * i * 31) % 251 + i % 5).reshape(h, w, channels).to(torch.uint8)
        x = image.permute(2, 0, 1)[None].contiguous().float()
        y = torch.nn.functional.interpolate(x, size=(height, width), mode="bilinear", align_corners=False)
        y = y.round()[0].permute(1, 2, 0).to(torch.uint8).contiguous().numpy()
        case = {"from": [h, w], "to": [height, width], "channels": channels, "crc32": zlib.crc32(y.tobytes())}
        case["first_row"] = y[0].ravel().tolist()[:40]
        if y.size <= 500:
            case["pixels"] = y.ravel().tolist()
        cases.append(case)
(here / "resize.json").write_text(json.dumps(cases) + "\n")
