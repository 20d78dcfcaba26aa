#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes optimizers.json: 100 steps of torch.optim with given gradients, for tests/optim/optimizers_test.cpp.

Two layers of two parameters each. In cases with groups the biases have other options, and the second layer's weight
others again. The learning rate of the first group is halved after the fiftieth step. First weights and gradients are
made without random numbers; they are floats, the same in float32 and in float64. Stored are a few of the steps.
"""
import json
import math
import pathlib

import torch

here = pathlib.Path(__file__).parent
STEPS = 100
STORED = {torch.float64: (1, 2, 10, 51, 100), torch.float32: (10, 100)}
SHAPES = ((3, 2), (3,), (2, 3), (2,))


def numbers(seed, count):
    return [math.sin(12.9898 * seed + 78.233 * i + 0.7 * i * i) for i in range(count)]


def tensors(seed, size=1.0):
    """Weight and bias of both layers, cut to 2^-12, so that few digits say them exactly."""
    values = numbers(seed, sum(math.prod(s) for s in SHAPES))
    values = [round(v * size * 4096) / 4096 for v in values]
    result = []
    for shape in SHAPES:
        count = math.prod(shape)
        result.append(torch.tensor(values[:count], dtype=torch.float64).reshape(shape))
        values = values[count:]
    return result


start = tensors(0)
# Of different sizes, one of them 0 from time to time.
gradients = [tensors(step, 0.1 if step % 7 == 0 else 1.5) for step in range(1, STEPS + 1)]
for step in range(0, STEPS, 5):
    gradients[step][0][0, 0] = 0


def flat(values):
    return [float(v) if v.dtype == torch.float64 else float(str(v)) for t in values for v in t.detach().numpy().ravel()]


def run(name, groups, dtype):
    """groups: options of the rest, of the biases, of the second weight."""
    parameters = [torch.nn.Parameter(p.clone().to(dtype)) for p in start]
    chosen = [[0, 2], [1, 3]] if len(groups) == 2 else [[0], [1, 3], [2]] if len(groups) == 3 else [[0, 1, 2, 3]]
    optimizer = getattr(torch.optim, name)(
        [{"params": [parameters[i] for i in own], **options} for own, options in zip(chosen, groups)],
        lr=groups[0]["lr"], **({} if name in ("SGD", "RMSprop") else {"foreach": False}))
    steps = []
    for step, gradient in enumerate(gradients):
        if step == 50:
            optimizer.param_groups[0]["lr"] /= 2
        for p, g in zip(parameters, gradient):
            p.grad = g.clone().to(dtype)
        optimizer.step()
        if step + 1 in STORED[dtype]:
            steps.append(flat(parameters))
    return steps


adam = [
    [{"lr": 0.01}],
    [{"lr": 0.01, "weight_decay": 0.1}],
    [{"lr": 0.02, "betas": [0.8, 0.95], "eps": 1e-3}],
    [{"lr": 0.01, "amsgrad": True}],
    [{"lr": 0.01, "amsgrad": True, "weight_decay": 0.1, "betas": [0.0, 0.5]}],
    [{"lr": 0.01, "weight_decay": 0.05}, {"lr": 0.001, "weight_decay": 0.0}],
    [{"lr": 0.01}, {"lr": 0.002, "amsgrad": True, "betas": [0.5, 0.9]}, {"lr": 0.03, "weight_decay": 0.2, "eps": 1e-2}],
]
sgd = [
    [{"lr": 0.05, "momentum": 0.9, "nesterov": True}, {"lr": 0.01, "momentum": 0.5, "nesterov": True, "weight_decay": 0.1}],
    [{"lr": 0.05}, {"lr": 0.02, "momentum": 0.9, "dampening": 0.1}, {"lr": 0.03, "weight_decay": 0.1}],
]
rmsprop = [
    [{"lr": 0.01}],
    [{"lr": 0.01, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1}],
    [{"lr": 0.01, "momentum": 0.9}],
    [{"lr": 0.01, "centered": True, "alpha": 0.9}],
    [{"lr": 0.01, "centered": True, "momentum": 0.5, "weight_decay": 0.1}],
    [{"lr": 0.01}, {"lr": 0.002, "momentum": 0.9}, {"lr": 0.02, "centered": True, "weight_decay": 0.1}],
]
cases = []
for name, all_groups in (("SGD", sgd), ("Adam", adam), ("AdamW", adam), ("RMSprop", rmsprop)):
    for groups in all_groups:
        cases.append({"rule": name, "groups": groups, "float32": run(name, groups, torch.float32),
                      "float64": run(name, groups, torch.float64)})


def clipped(max_norm, value, dtype):
    parameters = [torch.nn.Parameter(p.clone().to(dtype)) for p in start]
    for p, g in zip(parameters, gradients[0]):
        p.grad = g.clone().to(dtype)
    norm = torch.nn.utils.clip_grad_norm_(parameters, max_norm).item()
    after_norm = flat([p.grad for p in parameters])
    torch.nn.utils.clip_grad_value_(parameters, value)
    return {"max_norm": max_norm, "value": value, "norm": norm, "after_norm": after_norm,
            "after_value": flat([p.grad for p in parameters])}


def averages(decay, dtype):
    """The average after updates with the gradients as weights."""
    class Holder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.values = torch.nn.ParameterList([torch.nn.Parameter(p.clone().to(dtype)) for p in start])

    model = Holder()
    average = torch.optim.swa_utils.AveragedModel(model, avg_fn=lambda a, w, n: decay * a + (1 - decay) * w)
    steps = []
    for gradient in gradients[:10]:
        for p, g in zip(model.values, gradient):
            p.data.copy_(g)
        average.update_parameters(model)
        steps.append(flat(average.module.values))
    return {"decay": decay, "steps": [steps[i] for i in (0, 1, 9)]}


result = {
    "start": flat(start),
    "gradients": [flat(g) for g in gradients],
    "stored": {str(dtype)[6:]: steps for dtype, steps in STORED.items()},
    "cases": cases,
    "clip": [clipped(*o, torch.float64) for o in ((1.0, 0.25), (2.5, 0.1), (100.0, 1.0))],
    "average": [averages(d, torch.float64) for d in (0.9, 0.5, 0.0)],
}
(here / "optimizers.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
