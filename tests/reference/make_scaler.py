#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes scaler.json: statistics and scaled values of scikit-learn (ddof 0, min-max) and pandas (ddof 1), for
tests/data/scaler_test.cpp."""
import json
import pathlib

import numpy as np
import pandas as pd
from sklearn.preprocessing import MinMaxScaler, StandardScaler

rng = np.random.RandomState(4)
x = rng.normal(size=(23, 5)) * [1, 1000, 1e-3, 1, 1] + [0, 3000, 0, 1e6, 5]
x = np.round(x, 6)
x[:, 4] = 0.1  # constant, and 0.1 is no sum of powers of two: the mean of 23 of them is not 0.1 in every program
new = np.round(rng.normal(size=(3, 5)) * [1, 1000, 1e-3, 1, 1] + [0, 3000, 0, 1e6, 5], 6)
frame = pd.DataFrame(x)

standard = StandardScaler().fit(x)
pandas_std = frame.std().to_numpy().copy()  # divides by n - 1
pandas_std[4] = 1
minmax = MinMaxScaler().fit(x)
symmetric = MinMaxScaler(feature_range=(-1, 3)).fit(x)
result = {
    "x": x.tolist(),
    "new": new.tolist(),
    "standard": {"mean": standard.mean_.tolist(), "scale": standard.scale_.tolist(),
                 "x": standard.transform(x).tolist(), "new": standard.transform(new).tolist()},
    "pandas": {"mean": frame.mean().tolist(), "scale": pandas_std.tolist(),
               "new": ((pd.DataFrame(new) - frame.mean()) / pandas_std).to_numpy().tolist()},
    "minmax": {"scale": minmax.scale_.tolist(), "data_min": minmax.data_min_.tolist(),
               "data_max": minmax.data_max_.tolist(), "x": minmax.transform(x).tolist(),
               "new": minmax.transform(new).tolist()},
    "symmetric": {"x": symmetric.transform(x).tolist(), "new": symmetric.transform(new).tolist()},
}
here = pathlib.Path(__file__).parent
(here / "scaler.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
