#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes split.json: permutations of NumPy's legacy RandomState and splits of pandas and scikit-learn, for
tests/math/numpy_rng_test.cpp and tests/data/split_test.cpp.

Long permutations are stored as their first ten values and the sum of i * order[i], which every swap changes.
"""
import json
import pathlib

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

result = {"permutations": [], "long_permutations": [], "draws": [], "sample": [], "split": [], "stratified": []}

for seed in (0, 59, 2**32 - 1):
    for n in (0, 1, 2, 3, 17, 300):
        result["permutations"].append({"seed": seed, "n": n, "order": np.random.RandomState(seed).permutation(n).tolist()})
for seed, n in ((0, 28709), (59, 65536), (59, 65537), (7, 70000)):
    order = np.random.RandomState(seed).permutation(n)
    total = int(np.sum(np.arange(n, dtype=np.int64) * order))
    result["long_permutations"].append({"seed": seed, "n": n, "first": order[:10].tolist(), "weighted_sum": total})
for most in (0, 1, 2, 255, 256, 1000003, 2**32 - 1, 2**32, 2**40 + 12345, 2**64 - 1):
    rng = np.random.RandomState(5)
    values = [int(rng.randint(0, most + 1, dtype=np.uint64)) for _ in range(8)]
    result["draws"].append({"seed": 5, "most": str(most), "values": [str(v) for v in values]})

for n, frac, seed in ((392, 0.8, 0), (392, 0.8, 59), (5, 0.5, 1), (7, 0.5, 1), (10, 0.25, 3), (10, 0.35, 3), (10, 1.0, 3),
                      (10, 0.0, 3), (0, 0.5, 0), (1, 0.8, 0), (150, 0.7, 2**32 - 1)):
    frame = pd.DataFrame({"row": np.arange(n)})
    train = frame.sample(frac=frac, random_state=seed)
    rest = frame.drop(train.index)
    result["sample"].append({"n": n, "frac": frac, "seed": seed, "train": train["row"].tolist(), "test": rest["row"].tolist()})

for n, test_size, seed, shuffle in ((392, 0.2, 59, True), (313, 0.125, 59, True), (2, 0.5, 0, True), (3, 0.01, 0, True),
                                    (10, 0.3, 42, True), (10, 0.25, 42, True), (100, 0.29, 1, True), (10, 0.3, 42, False),
                                    (3, 0.5, 0, False)):
    train, test = train_test_split(np.arange(n), test_size=test_size, random_state=seed if shuffle else None, shuffle=shuffle)
    result["split"].append({"n": n, "test_size": test_size, "seed": seed, "shuffle": shuffle, "train": train.tolist(),
                            "test": test.tolist()})


def stratified(labels, test_size, seed):
    train, test = train_test_split(np.arange(len(labels)), test_size=test_size, random_state=seed, stratify=labels)
    result["stratified"].append({"labels": [int(x) for x in labels], "test_size": test_size, "seed": seed,
                                 "train": train.tolist(), "test": test.tolist()})


even = [0, 1, 2] * 20
uneven = [0] * 50 + [1] * 30 + [2] * 11 + [3] * 2
ties = [i % 7 for i in range(7 * 3)]  # every class leaves the same remainder: lots decide
scattered = [(i * i * 7 + i) % 5 - 2 for i in range(83)]  # negative class numbers, uneven
numbers = [1000000 * (i % 3) for i in range(31)]
for seed in (0, 1, 59):
    stratified(even, 0.2, seed)
    stratified(uneven, 0.2, seed)
    stratified(uneven, 0.1, seed)
    stratified(ties, 0.4, seed)
    stratified(ties, 0.5, seed)
    stratified(scattered, 0.25, seed)
    stratified(scattered, 0.9, seed)
    stratified(numbers, 0.33, seed)

here = pathlib.Path(__file__).parent
(here / "split.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
