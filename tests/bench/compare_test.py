# SPDX-License-Identifier: MIT
"""bench/compare with contestants whose times are known: is what it prints of them right?"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

from support.plot import script_of  # noqa: E402
from support.report import Overview, Steps, Times  # noqa: E402

LIST = """#!/bin/sh
echo workload A 1000000 A 9-64-64-1 ReLU, MSE, batch 32
"""

# A contestant answers `run` twice a round, first to wake up, and round 0 does not count. The machine is twice as slow
# in each round as in the one before, for all alike, and a contestant may be slower still by its own factors.
CONTESTANT = """#!{python}
import sys
times = {times}
time = times[sys.argv[-1] if sys.argv[-1] in times else "1"]
print("ready {losses} fake 1.0", flush=True)
for run, line in enumerate(sys.stdin):
    if line.startswith("quit") or run == {dies_at}:
        break
    print(0, time * 2 ** (run // 2) * {factors}[run // 2], flush=True)
"""


class Compare(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        shutil.copytree(ROOT / "bench", self.root / "bench")
        self.programs = self.root / "build" / "bench" / "contestants"
        self.programs.mkdir(parents=True)
        (self.programs.parent / "CMakeCache.txt").touch()
        self.program("list", LIST)
        self.contestant("fma_peak", {"1": 10.0, "2": 5.0}, losses="- -")
        self.contestant("mlp_steps", {"1": 20.0, "2": 12.0})

    def program(self, name: str, text: str) -> None:
        (self.programs / name).write_text(text)
        (self.programs / name).chmod(0o755)

    def contestant(self, name: str, times: dict[str, float], losses: str = "1.00 0.50", dies_at: int = -1,
                   factors: tuple[float, ...] = (1, 1, 1, 1)) -> None:
        self.program(name, CONTESTANT.format(python=sys.executable, times=times, losses=losses, dies_at=dies_at,
                                             factors=factors))

    def compare(self, *words: str) -> list[str]:
        """The lines of what it prints, with single spaces."""
        command = [sys.executable, self.root / "bench" / "compare", "--no-build", "--only", "steps", "--rounds", "3",
                   "--seconds", "0.01", "--pause", "0", "--contestants", "BLIS,dlib,FANN,oneDNN", *words]
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(ran.returncode, 0, ran.stdout)
        return [" ".join(line.split()) for line in ran.stdout.splitlines()]

    def test_medians_of_rounds_and_ratios_within_each(self) -> None:
        self.contestant("onednn_steps", {"1": 30.0, "2": 15.0})
        lines = self.compare()
        self.assertIn("A 9-64-64-1 ReLU, MSE, batch 32: 1.00 Mflop, limit 40.0 us [1], 20.0 us [2]", lines)
        self.assertIn("mlp [1] 80.0 1 0.50 0.50 1.0000 to 0.5000", lines)
        self.assertIn("mlp [2] 48.0 1 0.42 0.42 1.0000 to 0.5000", lines)
        self.assertIn("oneDNN [1] 120 1.50 (1.50-1.50) 0.33 0.33 1.0000 to 0.5000", lines)
        self.assertIn("oneDNN [2] 60.0 1.25 (1.25-1.25) 0.33 0.33 1.0000 to 0.5000", lines)

    def test_a_ratio_is_not_that_of_the_medians(self) -> None:
        # 120, 240, 160 us, where mlp takes 40, 80, 160 and the limit is 20, 40, 80
        self.contestant("onednn_steps", {"1": 20.0}, factors=(1, 3, 3, 1))
        lines = self.compare("--threads", "1")
        self.assertIn("oneDNN [1] 160 3.00 (2.00-3.00) 0.17 0.17 1.0000 to 0.5000", lines)

    def test_targets_compare_the_fastest_number_of_threads(self) -> None:
        self.contestant("onednn_steps", {"1": 13.0, "2": 15.0})
        self.contestant("dlib_steps", {"1": 30.0, "2": 24.0})
        lines = self.compare()
        self.assertIn("A limit [1] 0.50 (0.50-0.50) 0.65 not reached", lines)
        self.assertIn("A dlib [2] 2.00 (2.00-2.00) 1.40 reached", lines)
        self.assertIn("A oneDNN [1] by hand 1.08 (1.08-1.08) 1.05 reached", lines)
        self.assertIn("A PyTorch not measured 18.0", lines)

    def test_all_at_a_glance(self) -> None:
        self.contestant("onednn_steps", {"1": 13.0, "2": 15.0})
        self.contestant("dlib_steps", {"1": 30.0, "2": 24.0})
        lines = self.compare()
        at = lines.index("training step, us (x mlp) A")
        self.assertEqual(lines[at - 2], "At a glance")
        self.assertEqual(lines[at + 2 : at + 5], ["mlp 48.0", "oneDNN, by hand 52.0 (1.08)", "dlib 96.0 (2.00)"])

    def test_who_does_not_train_is_left_out(self) -> None:
        self.contestant("blis_steps", {"1": 1.0, "2": 1.0}, losses="1.00 1.00")
        self.contestant("dlib_steps", {"1": 1.0, "2": 1.0}, dies_at=3)
        lines = self.compare()
        self.assertIn("Left out of A: BLIS [1]: the loss did not fall: 1.00 to 1.00", lines)
        self.assertIn("Left out of A: dlib [2] gave no answer.", lines)
        self.assertFalse([line for line in lines if line.startswith(("BLIS [", "dlib ["))])

    def test_another_loss_is_marked(self) -> None:
        self.contestant("onednn_steps", {"1": 30.0, "2": 15.0}, losses="1.00 0.51")
        self.contestant("fann_steps", {"1": 99.0}, losses="1.00 0.51")  # has no cross entropy, so it may
        lines = self.compare("--threads", "1")
        self.assertIn("oneDNN [1] 120 1.50 (1.50-1.50) 0.33 0.33 1.0000 to 0.5100 differs", lines)
        self.assertIn("FANN [1] 396 4.95 (4.95-4.95) 0.10 0.10 1.0000 to 0.5100", lines)

    def test_a_picture_needs_steps_and_a_folder(self) -> None:
        for words, text in ((["--only", "products"], "--only products measures none"), ([], "no such folder")):
            command = [sys.executable, ROOT / "bench" / "compare", *words, "--plot", self.root / "nowhere" / "a.png"]
            ran = subprocess.run(command, stderr=subprocess.PIPE, text=True)
            self.assertEqual(ran.returncode, 2)
            self.assertIn(text, ran.stderr)

    def test_who_is_missing_is_named(self) -> None:
        self.assertIn("Not here, so left out: oneDNN (Debian: libdnnl-dev)", self.compare())

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
    def test_picture(self) -> None:
        self.contestant("onednn_steps", {"1": 30.0, "2": 15.0})
        self.compare("--plot", str(self.root / "steps.png"))
        self.assertTrue((self.root / "steps.png").read_bytes().startswith(b"\x89PNG"))


class Glance(unittest.TestCase):
    """Of two workloads, the second of which not all take part in."""

    def setUp(self) -> None:
        def times(name: str, group: str, threads: int, us: float) -> Times:
            return Times(name, group, threads, [us, us, us])

        limit = times("limit", "limit", 1, 1.0)
        first = [limit, times("mlp", "ours", 1, 10.0), times("mlp -O3 -march=native", "ours", 1, 5.0),
                 times("OpenBLAS", "hand-made", 2, 30.0), times("OpenBLAS, OpenMP", "hand-made", 2, 15.0),
                 times("FANN", "library", 1, 9.0), times("PyTorch", "pytorch", 1, 200.0)]
        odd = times("Eigen -O2", "hand-made", 1, 1.0)
        odd.odd_loss = True
        second = [limit, times("mlp", "ours", 1, 20.0), times("PyTorch", "pytorch", 1, 40.0), odd]
        self.overview = Overview([Steps("A", "A 9-64-64-1 ReLU", 1e6, first),
                                  Steps("B", "B 2-128-3 ReLU", 1e6, second)])

    def test_rows(self) -> None:
        lines = [" ".join(line.split()) for line in self.overview.text(markdown=False).splitlines()]
        self.assertEqual(lines[2], "training step, us (x mlp) A B")
        self.assertEqual(lines[4:], ["FANN 9.00 (0.90) -", "mlp 10.0 20.0", "OpenBLAS, by hand 15.0 (1.50) -",
                                     "PyTorch 200 (20.0) 40.0 (2.00)"])

    def test_picture_has_all(self) -> None:
        script = script_of(self.overview, "title", Path("a.png"))
        self.assertIn('0 "A 9-64-64-1"\n1 "B 2-128-3"\n', script)
        for points in ("0.9 0\nEOD", "1.5 0\nEOD", "20.0 0\n2.0 1\nEOD"):
            self.assertIn(f"<< EOD\n{points}", script)
        self.assertIn("set xrange [0.72", script)


if __name__ == "__main__":
    unittest.main()
