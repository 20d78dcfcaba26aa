#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes training.json: torch's layers that do something else in training, for tests/layers/training_test.cpp.

Dropout draws from the stream of the seed; BatchNorm1d sees three batches and then predicts.
"""
import json
import pathlib

import torch
from torch import nn

here = pathlib.Path(__file__).parent
torch.manual_seed(23)


def flat(tensor):
    return [[float(v) for v in row] for row in tensor.detach().reshape(-1, tensor.shape[-1]).to(torch.float64)]


def dropout(p, shape, dtype):
    x = torch.randn(shape).to(dtype).requires_grad_()
    dy = torch.randn(shape).to(dtype)
    state = torch.get_rng_state()
    torch.manual_seed(5)
    y = nn.Dropout(p)(x)
    after = torch.rand(1, dtype=torch.float64)
    torch.set_rng_state(state)
    y.backward(dy)
    return {"p": p, "type": str(dtype)[6:], "x": flat(x), "dy": flat(dy), "y": flat(y), "dx": flat(x.grad),
            "next": float(after)}


def batch_norm(features, sizes, eps, momentum, dtype):
    inputs = [(3 * torch.randn(n, features) + 1, torch.randn(n, features)) for n in sizes]
    layer = nn.BatchNorm1d(features, eps=eps, momentum=momentum)
    nn.init.uniform_(layer.weight, 0.5, 1.5)
    nn.init.uniform_(layer.bias, -1, 1)
    layer = layer.to(dtype)
    case = {"eps": eps, "momentum": momentum, "type": str(dtype)[6:], "weight": flat(layer.weight[None]),
            "bias": flat(layer.bias[None]), "steps": []}
    for i, (x, dy) in enumerate(inputs):
        if i + 1 == len(inputs):
            layer.eval()
        x = x.to(dtype).requires_grad_()
        layer.zero_grad()
        y = layer(x)
        y.backward(dy.to(dtype))
        case["steps"].append({"x": flat(x), "dy": flat(dy), "y": flat(y), "dx": flat(x.grad),
                              "dweight": flat(layer.weight.grad[None]), "dbias": flat(layer.bias.grad[None]),
                              "running_mean": flat(layer.running_mean[None]),
                              "running_var": flat(layer.running_var[None])})
    return case


cases = {
    "dropout": [dropout(p, shape, dtype) for p, shape in ((0.5, (3, 7)), (0.2, (3, 20)), (0.0, (2, 3)), (1.0, (2, 3)))
                for dtype in (torch.float32, torch.float64)],
    "batch_norm": [batch_norm(features, sizes, eps, momentum, dtype)
                   for features, sizes, eps, momentum in ((1, (2, 5, 3), 1e-5, 0.1), (19, (4, 2, 2), 1e-3, 0.3))
                   for dtype in (torch.float32, torch.float64)],
    "normal": [{"n": n, "mean": mean, "std": std,
                "values": flat(torch.empty(n, dtype=torch.float64).normal_(mean, std, generator=torch.Generator().manual_seed(9))[None])}
               for n, mean, std in ((15, 0, 1), (16, 0, 0.02), (40, 1, 3), (64, 0, 1))],
}
(here / "training.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
