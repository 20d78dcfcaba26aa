# SPDX-License-Identifier: MIT
"""PyTorch as a contestant: pytorch_steps.py WORKLOAD THREADS, the protocol of bench/support/protocol.hpp.

torch takes OMP_NUM_THREADS threads; THREADS is those of its BLAS, which OPENBLAS_NUM_THREADS sets.
"""

from __future__ import annotations

import math
import os
import statistics
import sys
import time
from typing import Callable

import numpy
import torch

# name: widths, batch, tanh, mean squared error, learning rate, checked steps; as in bench/support/workloads.hpp
WORKLOADS = {
    "A": ((9, 64, 64, 1), 32, False, True, 0.01, 20),
    "B": ((2, 128, 3), 32, False, False, 0.01, 20),
    "C": ((784, 128, 10), 32, False, False, 0.01, 20),
    "D": ((784, 512, 512, 10), 128, False, False, 0.01, 20),
    "E": ((28, 300, 300, 300, 300, 300, 1), 100, True, True, 0.01, 20),
    "F32": ((32400, 1024, 512, 256, 7), 32, False, False, 0.001, 3),
    "F256": ((32400, 1024, 512, 256, 7), 256, False, False, 0.001, 3),
    "G": ((2304, 1024, 512, 256, 7), 256, False, False, 0.01, 20),
}


def random_numbers(stream: int, *shape: int) -> torch.Tensor:
    """The numbers of bench::random_number, in [-1, 1)."""
    start = (stream * 0x85EBCA77 + 0x165667B1) & 0xFFFFFFFF
    h = numpy.arange(math.prod(shape), dtype=numpy.uint32)
    h *= numpy.uint32(0x9E3779B1)
    h += numpy.uint32(start)
    h ^= h >> numpy.uint32(16)
    h *= numpy.uint32(0x85EBCA6B)
    h ^= h >> numpy.uint32(13)
    h *= numpy.uint32(0xC2B2AE35)
    h ^= h >> numpy.uint32(16)
    values = (h >> numpy.uint32(8)).astype(numpy.float32) * numpy.float32(2.0**-23) - numpy.float32(1)
    return torch.from_numpy(values.reshape(shape)).clone()  # into memory as torch aligns it


def make_model(widths: tuple[int, ...], tanh: bool) -> torch.nn.Sequential:
    layers: list[torch.nn.Module] = []
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        if i > 0:
            layers.append(torch.nn.Tanh() if tanh else torch.nn.ReLU())
        linear = torch.nn.utils.skip_init(torch.nn.Linear, inputs, outputs)
        bound = numpy.float32(1) / numpy.sqrt(numpy.float32(inputs))
        with torch.no_grad():
            linear.weight.copy_(random_numbers(10 + 2 * i, outputs, inputs) * float(bound))
            linear.bias.copy_(random_numbers(11 + 2 * i, outputs) * float(bound))
        layers.append(linear)
    return torch.nn.Sequential(*layers)


def answer(run: Callable[[], object]) -> None:
    """Answers the lines of standard input until `quit`."""
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "quit":
            break
        start, times = time.perf_counter(), []
        while not times or time.perf_counter() - start < float(rest[0]):
            begin = time.perf_counter()
            run()
            times.append(1e6 * (time.perf_counter() - begin))
        print(f"{statistics.mean(times):.4f} {statistics.median(times):.4f}", flush=True)


def train_and_answer(model: torch.nn.Module, loss_function: torch.nn.Module, x: torch.Tensor, y: torch.Tensor,
                     optimizer: torch.optim.Optimizer, checked_steps: int) -> None:
    """Says that it is ready after the checked steps, then answers by more of them."""

    def step() -> torch.Tensor:
        optimizer.zero_grad(set_to_none=True)  # the faster of its two ways
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    first = step().item()
    for _ in range(checked_steps):
        last = step().item()
    print(f"ready {first:.6f} {last:.6f} PyTorch {torch.__version__}", flush=True)
    answer(step)


def main() -> None:
    widths, batch, tanh, mse, lr, checked_steps = WORKLOADS[sys.argv[1]]
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    model = make_model(widths, tanh)
    x = random_numbers(1, batch, widths[0])
    if mse:
        y, loss_function = random_numbers(2, batch, widths[-1]), torch.nn.MSELoss()
    else:
        y = ((0.5 + 0.5 * random_numbers(2, batch)) * widths[-1]).long()
        loss_function = torch.nn.CrossEntropyLoss()
    train_and_answer(model, loss_function, x, y, torch.optim.SGD(model.parameters(), lr=lr), checked_steps)


if __name__ == "__main__":
    main()
