#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes rng.json: the stream of torch's CPU generator, for tests/math/rng_test.cpp. Run it on a machine with AVX2.

Floats are stored as their bits. A long result is stored as its CRC-32 (zlib, little-endian bytes) and its first values.
"""
import json
import pathlib
import zlib

import numpy as np
import torch

here = pathlib.Path(__file__).parent


def bits(tensor):
    values = tensor.numpy()
    return [int(v) for v in values.view(np.uint32 if values.dtype == np.float32 else np.uint64).ravel()]


cases = []
for seed in (0, 1, 59, 4294967295, 2**32 + 7):
    torch.manual_seed(seed)
    case = {"seed": seed}
    case["float"] = bits(torch.rand(7))
    case["float_range"] = bits(torch.empty(7).uniform_(-0.3, 0.6))
    case["double"] = bits(torch.rand(7, dtype=torch.float64))
    case["double_range"] = bits(torch.empty(7, dtype=torch.float64).uniform_(-0.1, 0.3))
    ranges = [(0, 1), (0, 10), (-5, 5), (-(2**31), 2**31), (0, 2**32 - 1), (0, 2**32), (0, 2**40), (-(2**62), 2**62 + 3)]
    case["randint"] = [{"range": r, "values": torch.randint(*r, (4,)).tolist()} for r in ranges]
    case["randperm"] = []
    for n in (0, 1, 2, 3, 10, 1000):
        order = torch.randperm(n)
        case["randperm"].append({"n": n, "first": order.tolist()[:12], "crc32": zlib.crc32(order.numpy().tobytes())})
    case["after"] = bits(torch.rand(1))
    case["float_around_0"] = bits(torch.empty(7).uniform_(-0.3, 0.3))
    case["double_around_0"] = bits(torch.empty(7, dtype=torch.float64).uniform_(-0.1, 0.1))
    case["bernoulli"] = torch.empty(40).bernoulli_(0.3).int().tolist()
    cases.append(case)
torch.manual_seed(3)
# 2000 draws: the state is refilled three times.
long = {"seed": 3, "count": 2000, "crc32": zlib.crc32(torch.rand(2000).numpy().tobytes())}
(here / "rng.json").write_text(json.dumps({"cases": cases, "long": long}) + "\n")
