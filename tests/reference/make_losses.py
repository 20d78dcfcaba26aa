#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes losses.json: values and gradients of PyTorch's losses in float32 and float64, for tests/losses/*_test.cpp.

Every input is a float32 number, so that both types start from the same ones. Sample weights w, which PyTorch's losses do
not have, are applied to its unreduced losses: sum_i w_i mean_j l_ij / sum_i w_i, and for class indices with class weights
c sum_i w_i l_i / sum_i w_i c_{t_i} over the samples that are not ignored. A number that is not finite is stored as null.
"""
import itertools
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(11)
cases = []


def plain(values, dtype):
    """Lists of numbers, each in the fewest digits that its type needs."""
    if isinstance(values, list):
        return [plain(v, dtype) for v in values]
    if not math.isfinite(values):
        return None
    return float(str(np.float32(values))) if dtype == torch.float32 else values


def short(x):
    """x in steps of 1/128: few digits in the file."""
    return (x * 128).round() / 128


def add(name, loss, y, target, weights=None, options=None):
    """`loss(y, target, options in the type of y, reduction)` is PyTorch's."""
    options = options or {}
    case = {"loss": name, "y": y.tolist(), "target": target.tolist(), "options": dict(options)}
    if weights is not None:
        case["weights"] = weights.tolist()
    for dtype, key in ((torch.float64, "float64"), (torch.float32, "float32")):
        x = y.detach().to(dtype, copy=True).requires_grad_(True)
        t = target.to(dtype) if target.is_floating_point() else target
        typed = {k: torch.tensor(v, dtype=dtype) if isinstance(v, list) else v for k, v in options.items()}
        if weights is None:
            value = loss(x, t, reduction="mean", **typed)
        else:
            w = weights.to(dtype)
            each = loss(x, t, reduction="none", **typed)
            counted = w
            if not t.is_floating_point():
                kept = t != options.get("ignore_index", -100)
                c = typed.get("weight", torch.ones(x.shape[1], dtype=dtype))
                counted = w * torch.where(kept, c[torch.where(kept, t, 0)], torch.zeros((), dtype=dtype))
            each = each if each.dim() == 1 else each.mean(1)
            value = (w * each).sum() / counted.sum()
        value.backward()
        case[key] = {"loss": plain(value.item(), dtype), "dy": plain(x.grad.tolist(), dtype)}
    cases.append(case)


def weights_of(n):
    """Some of them 0, the last one never."""
    w = short(torch.rand(n) * 3) + 0.0625
    w[1:-1:3] = 0
    return w


shapes = [(1, 1), (1, 5), (7, 1), (7, 3), (17, 5)]

for name, loss in (("MSELoss", F.mse_loss), ("L1Loss", F.l1_loss)):
    for n, d in shapes:
        y, t = short(torch.randn(n, d) * 3), short(torch.randn(n, d))
        t[0, 0] = y[0, 0]  # no error at all
        for w in (None, weights_of(n)):
            add(name, loss, y, t, w)
    add(name, loss, torch.tensor([[1e4, -1e4], [0.0, 1e-4]]), torch.tensor([[-1e4, -1e4], [1e4, 0.0]]))

for n, d in shapes:
    y, t = short(torch.rand(n, d) * 0.96 + 0.02), short(torch.rand(n, d))
    for w in (None, weights_of(n)):
        add("BCELoss", F.binary_cross_entropy, y, t, w)
        add("BCELoss", F.binary_cross_entropy, y, t.round(), w)
grid = torch.tensor([0.0, 1e-30, 1e-10, 1e-6, 0.5, 0.999999, 1.0])
for t in (0.0, 0.25, 1.0):  # where the logs are cut at -100 and the slope at 1e12
    add("BCELoss", F.binary_cross_entropy, grid.reshape(1, 7), torch.full((1, 7), t))
    for y in grid:
        if t == 0 and 0 < y < 0.5:
            continue  # computed as log(1 - y), which has lost most of y: not worth meeting
        add("BCELoss", F.binary_cross_entropy, y.reshape(1, 1), torch.full((1, 1), t))

for n, d in shapes:
    y, t = short(torch.randn(n, d) * 4), short(torch.rand(n, d))
    for w, p in itertools.product((None, weights_of(n)), (None, [0.5, 3.0, 1.0, 0.0, 2.5][:d], [2.5])):
        options = {} if p is None else {"pos_weight": p}
        add("BCEWithLogitsLoss", F.binary_cross_entropy_with_logits, y, t, w, options)
        add("BCEWithLogitsLoss", F.binary_cross_entropy_with_logits, y, t.round(), w, options)
extreme = torch.tensor([[1e4, -1e4, 800.0, -800.0, 100.0, -100.0, 30.0, -30.0, 0.0, -0.0]])
for t in (0.0, 0.25, 1.0):
    for p in ({}, {"pos_weight": [3.0]}):
        add("BCEWithLogitsLoss", F.binary_cross_entropy_with_logits, extreme, torch.full((1, 10), t), None, p)

class_weights = [0.5, 2.0, 1.0, 0.0, 1.5, 3.0, 0.25]
smoothings = (0.0, 0.1, 1.0)


def cross_entropy(y, t, w, c, e, ignore=None):
    options = {}
    if c:
        options["weight"] = class_weights[: y.shape[1]]
    if e:
        options["label_smoothing"] = e
    if ignore is not None:
        options["ignore_index"] = ignore
    add("CrossEntropyLoss", F.cross_entropy, y, t, w, options)


for n, d in [(1, 1), (1, 3), (7, 2), (6, 7)]:
    y = short(torch.randn(n, d) * 3)
    labels = torch.arange(n) * 5 % d
    if d > 3:
        labels[labels == 3] = 2  # the class of weight 0 takes part through label smoothing only
    some = labels.clone()
    some[1::3] = -100
    odd = short(torch.rand(n, d))
    probabilities = short(torch.softmax(torch.randn(n, d), 1))
    probabilities[:, 0] += 1 - probabilities.sum(1)
    for w, c, e in itertools.product((None, weights_of(n)), (False, True), smoothings):
        cross_entropy(y, labels, w, c, e)
        cross_entropy(y, some, w, c, e)
        if n > 1:
            cross_entropy(y, labels, w, c, e, 1)  # a class is ignored
        cross_entropy(y, some.where(some >= 0, torch.tensor(-7)), w, c, e, -7)
        cross_entropy(y, probabilities, w, c, e)
        cross_entropy(y, odd, w, c, e)  # rows that do not sum to 1

big = torch.tensor([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4], [-1e4, -1e4, -1e4], [1e4, 9.999e3, 9.998e3]])
for e in smoothings:
    for t in ([0, 1, 2, 0], [1, 0, 0, 2], [2, 2, 1, -100]):
        cross_entropy(big, torch.tensor(t), None, False, e)
    cross_entropy(big, short(torch.rand(4, 3)), None, True, e)
    cross_entropy(big[:2], torch.tensor([-100, -100]), None, False, e)  # nothing counts
    cross_entropy(short(torch.randn(2, 5)), torch.tensor([3, 3]), None, True, e)  # the weights of what counts are 0

text = json.dumps(cases, separators=(",", ":"), allow_nan=False)
(pathlib.Path(__file__).parent / "losses.json").write_text(text.replace('},{"loss":"', '},\n{"loss":"') + "\n")
