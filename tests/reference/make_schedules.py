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
text = json.dumps({"metrics": [None if math.isnan(m) else m for m in metrics], "cases": cases})
(here / "schedules.json").write_text(text + "\n")
