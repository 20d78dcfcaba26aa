#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes init.json: initial values of torch.nn.Linear and torch.nn.init, for tests/math/init_test.cpp. Run it on a
machine with AVX2.

Floats are stored as their bits. A long result is stored as its CRC-32 (zlib, little-endian bytes) and its first values.
"""
import json
import pathlib
import zlib

import numpy as np
import torch
from torch import nn

here = pathlib.Path(__file__).parent
types = {"float": torch.float32, "double": torch.float64}


def stored(tensor):
    values = tensor.detach().numpy()
    first = values.view(np.uint32 if values.dtype == np.float32 else np.uint64).ravel()[:12]
    return {"first": [int(v) for v in first], "crc32": zlib.crc32(values.tobytes())}


cases = []
for dtype in types:
    for seed, n_in, n_out in ((0, 9, 64), (59, 1, 1), (59, 2, 128), (7, 784, 10), (1, 3, 7), (2, 13, 5), (3, 1000, 3)):
        torch.manual_seed(seed)
        layer = nn.Linear(n_in, n_out, dtype=types[dtype])
        case = {"dtype": dtype, "seed": seed, "in": n_in, "out": n_out}
        case["linear"] = {"weight": stored(layer.weight), "bias": stored(layer.bias)}
        w = layer.weight
        nn.init.kaiming_uniform_(w)
        case["kaiming"] = stored(w)
        nn.init.kaiming_uniform_(w, nonlinearity="tanh", mode="fan_out")
        case["kaiming_tanh_fan_out"] = stored(w)
        nn.init.xavier_uniform_(w)
        case["xavier"] = stored(w)
        nn.init.xavier_uniform_(w, gain=nn.init.calculate_gain("relu"))
        case["xavier_relu"] = stored(w)
        nn.init.uniform_(w, -0.1, 0.2)
        case["uniform"] = stored(w)
        cases.append(case)
(here / "init.json").write_text(json.dumps(cases) + "\n")
