# SPDX-License-Identifier: MIT
"""PyTorch as a contestant: forward of one sample. pytorch_inference.py WORKLOAD THREADS"""

from __future__ import annotations

import os
import sys

import torch

from pytorch_steps import WORKLOADS, answer, make_model, random_numbers


def main() -> None:
    widths, _, tanh, *_ = WORKLOADS[sys.argv[1]]
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    x = random_numbers(1, 1, widths[0])
    model = torch.jit.freeze(torch.jit.trace(make_model(widths, tanh).eval(), x))  # its fastest way of calling
    with torch.inference_mode():
        for _ in range(100):
            model(x)
        print(f"ready - - PyTorch {torch.__version__}, traced and frozen", flush=True)
        answer(lambda: model(x))


if __name__ == "__main__":
    main()
