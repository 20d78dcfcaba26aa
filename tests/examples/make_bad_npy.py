# SPDX-License-Identifier: MIT
# Makes the files of bad_nonlinear.cmake beside this one: python3 make_bad_npy.py
import datetime
import pathlib

import numpy as np

here = pathlib.Path(__file__).parent
np.save(here / "foreign_object.npy", np.array({"X": datetime.date(2024, 1, 1)}, dtype=object))
np.save(here / "truncated.npy", np.array({"X": np.zeros((3, 2)), "labels": np.zeros(3, dtype="u1")}, dtype=object))
whole = (here / "truncated.npy").read_bytes()
(here / "truncated.npy").write_bytes(whole[:-40])
np.save(here / "three_columns.npy", np.array({"X": np.eye(30, 3), "labels": np.arange(30, dtype="u1") % 3}, dtype=object))
np.save(here / "no_points.npy", np.array({"X": np.zeros((0, 2)), "labels": np.zeros(0, dtype="u1")}, dtype=object))
np.save(here / "huge_label.npy", np.array({"X": np.zeros((3, 2)), "labels": np.array([0, 2**31 - 1, 1])}, dtype=object))
