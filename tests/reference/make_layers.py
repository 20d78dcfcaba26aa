#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes layers.json: forward and backward of torch's layers, for tests/layers/pytorch_test.cpp.

Inputs are floats, so they are the same numbers in float32 and in float64; results are stored for both.
"""
import json
import pathlib

import torch
from torch import nn

here = pathlib.Path(__file__).parent
torch.manual_seed(17)
LAYERS = {"ReLU": nn.ReLU(), "Tanh": nn.Tanh(), "Sigmoid": nn.Sigmoid(), "Softmax": nn.Softmax(dim=1),
          "LogSoftmax": nn.LogSoftmax(dim=1), "Identity": nn.Identity()}
CURVES = {"GELU": nn.GELU(), "GELU(tanh)": nn.GELU(approximate="tanh"), "SiLU": nn.SiLU(), "LeakyReLU": nn.LeakyReLU(),
          "LeakyReLU(0.2)": nn.LeakyReLU(0.2), "ELU": nn.ELU(), "ELU(0.5)": nn.ELU(0.5), "Softplus": nn.Softplus(),
          "Softplus(2, 3)": nn.Softplus(2, 3)}


def rows(tensor, exact=False):
    """With as many digits as the type needs, or as float64 where the value is to be read as that too."""
    values = tensor.detach().reshape(-1, tensor.shape[-1]).numpy()
    return [[float(v) if exact else float(str(v)) for v in row] for row in values]


def run(name, layer, x, dy):
    case = {"layer": name, "x": rows(x, exact=True), "dy": rows(dy, exact=True)}
    for p, value in layer.named_parameters():
        case[p] = rows(value, exact=True)
    for dtype in (torch.float32, torch.float64):
        layer = layer.to(dtype)
        layer.zero_grad()
        input = x.detach().clone().to(dtype).requires_grad_()
        y = layer(input)
        y.backward(dy.to(dtype))
        results = {"y": rows(y), "dx": rows(input.grad)}
        for p, value in layer.named_parameters():
            results["d" + p] = rows(value.grad)
        case[str(dtype)[6:]] = results
    return case


cases = []
for batch, n_in, n_out in ((1, 1, 1), (1, 9, 4), (5, 3, 7), (17, 13, 11), (2, 1, 3), (3, 6, 1)):
    cases.append(run("Linear", nn.Linear(n_in, n_out), torch.randn(batch, n_in), torch.randn(batch, n_out)))
extreme = torch.tensor([[1e4, -1e4, 0, 100, -100, 3], [0, 0, 0, 0, 0, 0], [-1e4, -1e4, -1e4, -1e4, -1e4, -9999],
                        [1e-30, -1e-30, 0.5, -0.5, 20, -20], [88, 89, 90, -88, -89, -104]])
for name, layer in LAYERS.items():
    for shape in ((1, 1), (1, 7), (5, 3), (9, 17)):
        cases.append(run(name, layer, 3 * torch.randn(shape), torch.randn(shape)))
    cases.append(run(name, layer, extreme, torch.randn(extreme.shape)))
for name, layer in CURVES.items():
    for shape in ((1, 1), (3, 5)):
        cases.append(run(name, layer, 3 * torch.randn(shape), torch.randn(shape)))
    cases.append(run(name, layer, extreme, torch.randn(extreme.shape)))
for batch, features, eps in ((1, 1, 1e-5), (1, 9, 1e-5), (4, 7, 0.1), (9, 3, 1e-5), (2, 20, 1e-5)):
    layer = nn.LayerNorm(features, eps)
    nn.init.normal_(layer.weight)
    nn.init.normal_(layer.bias)
    case = run("LayerNorm", layer, 3 * torch.randn(batch, features) + 1, torch.randn(batch, features))
    cases.append(case | {"eps": eps})
(here / "layers.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
