#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes sgd.json: 20 steps of torch.optim.SGD with given gradients, for tests/optim/sgd_test.cpp.

The learning rate is halved after the tenth step. Gradients and first weights are floats, the same numbers in float32
and in float64.
"""
import itertools
import json
import pathlib

import torch

here = pathlib.Path(__file__).parent
STEPS = 20
torch.manual_seed(23)
start = [torch.randn(3, 2), torch.randn(3)]
gradients = [[torch.randn(3, 2), torch.randn(3)] for _ in range(STEPS)]


def flat(tensors, exact=False):
    """Weight row by row, then bias."""
    return [float(v) if exact else float(str(v)) for t in tensors for v in t.detach().numpy().ravel()]


def run(options, dtype):
    parameters = [torch.nn.Parameter(p.clone().to(dtype)) for p in start]
    optimizer = torch.optim.SGD(parameters, lr=0.1, **options)
    steps = []
    for step, gradient in enumerate(gradients):
        if step == STEPS // 2:
            optimizer.param_groups[0]["lr"] = 0.05
        for p, g in zip(parameters, gradient):
            p.grad = g.to(dtype)
        optimizer.step()
        steps.append(flat(parameters))
    return steps


cases = []
for momentum, dampening, weight_decay, nesterov in itertools.product((0, 0.9), (0, 0.3), (0, 0.05), (False, True)):
    if nesterov and (momentum == 0 or dampening != 0):
        continue
    options = {"momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov}
    cases.append({"options": options, "float32": run(options, torch.float32), "float64": run(options, torch.float64)})
result = {"start": flat(start, exact=True), "gradients": [flat(g, exact=True) for g in gradients], "cases": cases}
(here / "sgd.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
