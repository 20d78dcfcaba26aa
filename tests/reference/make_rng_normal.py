#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes rng_normal.json with the normal deviates of PyTorch's CPU generator, for tests/math/rng_normal_test.cpp.

Below 16 elements torch.randn draws one deviate after another, pairs of them from one Box-Muller transform; from 16 on it
fills the tensor by another rule. Doubles are stored as their hexadecimal text.
"""
import json
import pathlib

import torch

here = pathlib.Path(__file__).parent


def texts(tensor):
    return [float(x).hex() for x in tensor.double().flatten()]


cases = []
for seed in (0, 59, 2**32 - 1):
    torch.manual_seed(seed)
    case = {"seed": seed, "double15": texts(torch.randn(15, dtype=torch.double))}
    case["then3"] = texts(torch.randn(3, dtype=torch.double))  # starts with the second half of a pair
    torch.manual_seed(seed)
    case["float15"] = texts(torch.randn(15))
    torch.manual_seed(seed)
    mixed = [torch.randn(1, dtype=torch.double)]  # the second deviate waits while others draw
    mixed.append(torch.rand(1, dtype=torch.double))
    mixed.append(torch.randn(1, dtype=torch.double))
    mixed.append(torch.randn(1, dtype=torch.double))
    case["mixed"] = texts(torch.cat(mixed))
    torch.manual_seed(seed)
    case["mean3_std0.7"] = texts(torch.empty(15, dtype=torch.double).normal_(3, 0.7))
    torch.manual_seed(seed)
    case["size16"] = texts(torch.randn(16, dtype=torch.double))
    cases.append(case)
(here / "rng_normal.json").write_text(json.dumps(cases) + "\n")
