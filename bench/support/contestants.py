# SPDX-License-Identifier: MIT
"""Who takes part in bench/compare, and how each is started and asked to run. The protocol is that of protocol.hpp."""

from __future__ import annotations

import functools
import glob
import os
import platform
import re
import select
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent


@dataclass
class Contestant:
    name: str
    group: str  # ours, hand-made, library, pytorch, or one of LIMITS
    command: list[str]
    package: str = ""  # what to install where the command is missing
    threads: tuple[int, ...] = (1, 2)
    env: dict[str, str] = field(default_factory=dict)  # {threads} becomes the number
    leaves_out: tuple[str, ...] = ()
    same_loss: bool = True  # does it train from the common weights with the common loss?

    def exists(self) -> bool:
        return all(Path(part).exists() for part in self.command if os.sep in part)


def openblas_folder(kind: str) -> str | None:
    """Where Debian keeps the build of OpenBLAS that uses `kind`, pthread or openmp."""
    found = glob.glob(f"/usr/lib/*/openblas-{kind}/libopenblas.so.0")
    return os.path.dirname(found[0]) if found else None


def program(folder: Path, name: str) -> list[str]:
    return [str(folder / "contestants" / name)]


def limits(folder: Path, threads: tuple[int, ...] = (1, 2)) -> list[Contestant]:
    """What the processor multiplies at most, and what it does so with operands that it reads from its cache."""
    return [
        Contestant("limit", "limit", program(folder, "fma_peak") + ["registers"], threads=threads),
        Contestant("limit from the cache", "cache limit", program(folder, "fma_peak") + ["cache"], threads=threads),
    ]


def clean_environment() -> dict[str, str]:
    """This one without what tells OpenMP, OpenBLAS or BLIS anything: threads and kernels are set for each contestant."""
    settings = ("OMP_", "GOMP_", "OPENBLAS_", "BLIS_")
    return {key: value for key, value in os.environ.items() if not key.startswith(settings)}


def answer_of(library: str, function: str, arguments: str = "") -> str:
    """The text that a C function of a shared library returns, or "" without such a library."""
    code = f"""
from ctypes import CDLL, c_char_p
library = CDLL({library!r})
library.{function}.restype = c_char_p
print(library.{function}({arguments}).decode())"""
    return subprocess.run([sys.executable, "-c", code], env=clean_environment(), capture_output=True,
                          text=True).stdout.strip()


def processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


@functools.cache
def processor_flags() -> frozenset[str]:
    """Instruction sets, as Linux names them, and the vendor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return frozenset()
    return frozenset(word for line in lines if line.startswith(("flags", "vendor_id")) for word in line.split()[1:])


@functools.cache
def kernels_of_openblas() -> dict[str, str]:
    """OpenBLAS goes by a processor's model. Where it does not know it, it takes kernels for a Prescott of 2004."""
    folder = openblas_folder("pthread") or openblas_folder("openmp")
    chosen = answer_of(f"{folder}/libopenblas.so.0", "openblas_get_corename")
    flags = processor_flags()
    avx512 = ["SapphireRapids", "Cooperlake", "SkylakeX"]
    avx2 = [*avx512, "Zen", "Haswell"]
    if not chosen or chosen in avx512:
        return {}
    if "avx512f" in flags:
        return {"OPENBLAS_CORETYPE": "Cooperlake" if "avx512_bf16" in flags else "SkylakeX"}
    return {"OPENBLAS_CORETYPE": "Haswell"} if {"avx2", "fma"} <= flags and chosen not in avx2 else {}


@functools.cache
def kernels_of_blis() -> dict[str, str]:
    """BLIS goes by the name of an Intel processor with AVX-512. It takes kernels for AVX2 where the name says nothing, or
    says that the processor has only one unit for AVX-512 (Xeon Silver, Bronze and D)."""
    chosen = answer_of("libblis.so.4", "bli_arch_string", "library.bli_arch_query_id()")
    skx = "0"  # the first of `arch_t` in BLIS 0.9
    not_skx = chosen == "haswell" and {"GenuineIntel", "avx512f"} <= processor_flags()
    return {"BLIS_ARCH_TYPE": skx} if not_skx and not re.search("Silver|Bronze| D-", processor()) else {}


def with_openblas(kind: str) -> dict[str, str]:
    folder = openblas_folder(kind)
    return {"LD_LIBRARY_PATH": folder} | kernels_of_openblas() if folder else {}


@functools.cache
def python_with_torch() -> str:
    """This Python, or the system's, or a path that does not exist."""
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            if subprocess.run([python, "-c", "import numpy, torch"], capture_output=True).returncode == 0:
                return python
        except OSError:
            pass
    return os.sep + "no Python with torch"


def step_contestants(folder: Path) -> list[Contestant]:
    pthread, openmp = with_openblas("pthread"), with_openblas("openmp")
    torch = [python_with_torch(), str(BENCH / "peers/pytorch_steps.py")]
    all_of_them = [
        *limits(folder),
        Contestant("mlp", "ours", program(folder, "mlp_steps")),
        Contestant("mlp -O3 -march=native", "ours", program(folder, "mlp_native_steps")),
        Contestant("OpenBLAS", "hand-made", program(folder, "openblas_steps"), "libopenblas-dev", env=pthread),
        Contestant("OpenBLAS, OpenMP", "hand-made", program(folder, "openblas_steps"), "libopenblas0-openmp",
                   threads=(2,), env=openmp),
        Contestant("oneDNN", "hand-made", program(folder, "onednn_steps"), "libdnnl-dev"),
        Contestant("BLIS", "hand-made", program(folder, "blis_steps"), "libblis-dev", env=kernels_of_blis()),
        Contestant("Eigen -O3 -march=native", "hand-made", program(folder, "eigen_native_steps"), "libeigen3-dev"),
        Contestant("Eigen -O2", "hand-made", program(folder, "eigen_steps"), "libeigen3-dev"),
        Contestant("dlib", "library", program(folder, "dlib_steps"), "libdlib-dev", env=pthread),
        Contestant("FANN", "library", program(folder, "fann_steps"), "libfann-dev", threads=(1,),
                   leaves_out=("F32", "F256", "G"), same_loss=False),
        # Two pools of threads fight over the cores where both torch and a pthread OpenBLAS have two.
        Contestant("PyTorch", "pytorch", torch, "python3-torch", env=pthread | {"OMP_NUM_THREADS": "1"}),
        Contestant("PyTorch, OpenMP", "pytorch", torch, "libopenblas0-openmp", threads=(2,), env=openmp),
    ]
    return [c for c in all_of_them if "OpenMP" not in c.name or openmp]


def product_contestants(folder: Path) -> list[Contestant]:
    return [
        *limits(folder),
        Contestant("mlp", "ours", program(folder, "mlp_products")),
        Contestant("OpenBLAS", "library", program(folder, "openblas_products"), "libopenblas-dev",
                   env=with_openblas("pthread")),
        Contestant("BLIS", "library", program(folder, "blis_products"), "libblis-dev", env=kernels_of_blis()),
        Contestant("oneDNN", "library", program(folder, "onednn_products"), "libdnnl-dev"),
    ]


def inference_contestants(folder: Path) -> list[Contestant]:
    """One sample is never worth a second thread."""
    return [
        *limits(folder, threads=(1,)),
        Contestant("mlp", "ours", program(folder, "mlp_inference"), threads=(1,)),
        Contestant("PyTorch", "pytorch", [python_with_torch(), str(BENCH / "peers/pytorch_inference.py")],
                   "python3-torch", threads=(1,), env=with_openblas("pthread")),
    ]


def vision_contestants(folder: Path) -> list[Contestant]:
    torch = [python_with_torch(), str(BENCH / "peers/pytorch_vision.py")]
    pthread, openmp = with_openblas("pthread"), with_openblas("openmp")
    all_of_them = [
        *limits(folder),
        Contestant("mlp", "ours", program(folder, "mlp_vision")),
        Contestant("PyTorch", "pytorch", torch, "python3-torch", env=pthread | {"OMP_NUM_THREADS": "1"}),
        Contestant("PyTorch, OpenMP", "pytorch", torch, "libopenblas0-openmp", threads=(2,), env=openmp),
    ]
    return [c for c in all_of_them if "OpenMP" not in c.name or openmp]


def stay_on_one_core() -> None:
    """The same core for all that run on one thread: those of a virtual machine may have different neighbours."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


class Running:
    """A contestant in its own process, on a number of threads."""

    def __init__(self, contestant: Contestant, threads: int, arguments: list[str]) -> None:
        self.contestant = contestant
        self.threads = threads
        env = clean_environment()
        for key in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS"):
            env[key] = str(threads)
        env |= contestant.env
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(contestant.command + arguments + [str(threads)], env=env, text=True, bufsize=1,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
                                        preexec_fn=stay_on_one_core if threads == 1 else None)
        self.label = f"{contestant.name} [{threads}]"
        try:
            words = self._line(timeout=300).split(maxsplit=3)
            if words[0] != "ready" or len(words) < 3:
                raise RuntimeError(f"{self.label}: expected `ready`, got {words}")
            self.first_loss, self.last_loss = words[1], words[2]
            self.version = words[3].strip() if len(words) > 3 else ""
            if self.first_loss != "-" and not float(self.last_loss) < float(self.first_loss):
                raise RuntimeError(f"{self.label}: the loss did not fall: {self.first_loss} to {self.last_loss}")
        except BaseException:
            self.process.kill()
            raise

    def _line(self, timeout: float) -> str:
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], timeout)
        line = self.process.stdout.readline() if ready else ""
        if not line.strip():
            self.process.kill()
            self.process.wait()
            self.errors.seek(0)
            last_words = self.errors.read().strip().splitlines()[-1:]
            raise RuntimeError(f"{self.label} gave no answer. {' '.join(last_words)}")
        return line

    def run(self, seconds: float) -> float:
        """The median of the microseconds a step."""
        assert self.process.stdin
        self.process.stdin.write(f"run {seconds}\n")
        self.process.stdin.flush()
        return float(self._line(timeout=60 + 20 * seconds).split()[1])

    def quit(self) -> None:
        try:
            self.process.communicate("quit\n", timeout=10)
        except (subprocess.TimeoutExpired, OSError, ValueError):
            self.process.kill()
        self.process.wait()
        self.errors.close()
