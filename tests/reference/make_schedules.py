#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes schedules.json: learning rates of torch.optim.lr_scheduler, for tests/optim/schedule_test.cpp."""
import json
import math
import pathlib

import torch
from torch.optim import lr_scheduler

here = pathlib.Path(__file__).parent
EPOCHS = 60


def rates(lr, name, options, metrics=None):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    schedule = getattr(lr_scheduler, name)(optimizer, **options)
    result = []
    for epoch in range(EPOCHS):
        optimizer.step()
        schedule.step(metrics[epoch]) if metrics else schedule.step()
        result.append(optimizer.param_groups[0]["lr"])
    return {"name": name, "options": options, "lr": lr, "rates": result}


# Falls, stalls for a while, falls slowly, jumps, and is NaN once.
metrics = [1 / (1 + 0.5 * min(e, 12)) + 1e-5 * (e % 3) - 2e-5 * max(0, e - 30) for e in range(EPOCHS)]
metrics[17] = 0.9
metrics[45] = math.nan
metrics[50] = -0.25
cases = [rates(0.1, "StepLR", o) for o in ({"step_size": 1}, {"step_size": 7, "gamma": 0.3}, {"step_size": 100})]
cases += [rates(lr, "ExponentialLR", {"gamma": gamma}) for lr, gamma in ((0.003, 0.95), (0.1, 1.01))]
cases += [rates(lr, "CosineAnnealingLR", o) for lr, o in (
    (0.1, {"T_max": 60}), (0.003, {"T_max": 7, "eta_min": 1e-4}), (0.1, {"T_max": 1}), (0.5, {"T_max": 2, "eta_min": 0.01}))]
cases += [rates(0.1, "ReduceLROnPlateau", o, metrics) for o in (
    {}, {"factor": 0.5, "patience": 2}, {"patience": 0, "factor": 0.7, "cooldown": 3}, {"patience": 3, "threshold": 0.05},
    {"patience": 2, "threshold": 1e-5, "threshold_mode": "abs"}, {"patience": 0, "factor": 0.2, "min_lr": 1e-3},
    {"patience": 0, "factor": 0.2, "eps": 1e-4}, {"patience": 2, "factor": 0.0})]
flipped = [-m for m in metrics]
cases += [rates(0.1, "ReduceLROnPlateau", {"mode": "max", "factor": 0.5, **o}, flipped) for o in (
    {"patience": 2}, {"patience": 2, "threshold": 1e-5, "threshold_mode": "abs"})]


def rates_from_first(lr, name, options, make):
    """With the rate of the first epoch, which a warm-up changes."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    schedule = make(optimizer)
    first = optimizer.param_groups[0]["lr"]
    result = []
    for _ in range(EPOCHS):
        optimizer.step()
        schedule.step()
        result.append(optimizer.param_groups[0]["lr"])
    return {"name": name, "options": options, "lr": lr, "first": first, "rates": result}


def warmup_cosine(lr, o):
    def make(optimizer):
        linear = lr_scheduler.LinearLR(optimizer, total_iters=o["warmup"],
                                       **{k: o[k] for k in ("start_factor",) if k in o})
        cosine = lr_scheduler.CosineAnnealingLR(optimizer, T_max=o["T_max"], eta_min=o.get("eta_min", 0))
        return lr_scheduler.SequentialLR(optimizer, [linear, cosine], milestones=[o["warmup"]])
    return rates_from_first(lr, "WarmupCosineLR", o, make)


cases += [rates_from_first(lr, "LinearLR", o, lambda optimizer: lr_scheduler.LinearLR(optimizer, **o)) for lr, o in (
    (0.1, {}), (0.003, {"start_factor": 0.01, "total_iters": 17}), (0.1, {"start_factor": 1, "end_factor": 0.25}),
    (0.2, {"start_factor": 0.5, "end_factor": 0, "total_iters": 30}), (0.1, {"start_factor": 0.1, "total_iters": 1}))]
cases += [warmup_cosine(lr, o) for lr, o in (
    (0.1, {"warmup": 5, "T_max": 55}), (0.003, {"warmup": 10, "T_max": 50, "start_factor": 0.01, "eta_min": 1e-5}),
    (0.1, {"warmup": 1, "T_max": 59, "start_factor": 0.5}), (0.3, {"warmup": 7, "T_max": 9, "eta_min": 0.1}))]
text = json.dumps({"metrics": [None if math.isnan(m) else m for m in metrics], "cases": cases})
(here / "schedules.json").write_text(text + "\n")
