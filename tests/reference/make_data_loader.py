#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes data_loader.json: the batches of torch.utils.data.DataLoader, for tests/data/data_loader_test.cpp."""
import json
import pathlib

import torch
from torch.utils.data import DataLoader

here = pathlib.Path(__file__).parent
cases = []
for seed, n, batch_size, drop_last in [(0, 10, 3, False), (59, 10, 3, True), (7, 314, 32, False), (2**32 + 5, 5, 8, False),
                                       (3, 5, 8, True), (11, 1, 1, False)]:
    torch.manual_seed(seed)
    train = DataLoader(range(n), batch_size=batch_size, shuffle=True, drop_last=drop_last)
    validation = DataLoader(range(4), batch_size=batch_size)
    epochs = []
    for epoch in range(3):
        epochs.append([batch.tolist() for batch in train])
        for batch in validation:
            pass
    cases.append({"seed": seed, "n": n, "batch_size": batch_size, "drop_last": drop_last, "epochs": epochs,
                  "batches": len(train), "next": torch.randint(0, 1000000, (1,)).item()})
(here / "data_loader.json").write_text(json.dumps(cases) + "\n")
