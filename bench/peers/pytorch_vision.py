# SPDX-License-Identifier: MIT
"""PyTorch as a contestant: pytorch_vision.py mixer|vit THREADS, the protocol of bench/support/protocol.hpp.

The models of tests/reference/torch_blocks.py, of the sizes and from the numbers of bench/peers/mlp_vision.cpp.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import torch

from pytorch_steps import random_numbers, train_and_answer

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests/reference"))
import torch_blocks  # noqa: E402

SIDE, CLASSES, BATCH, CHECKED_STEPS = 28, 10, 64, 20


def make_model(name: str) -> torch.nn.Module:
    if name == "mixer":
        return torch_blocks.mixer(SIDE, SIDE, 1, 4, 128, 4, 64, 512, CLASSES)
    if name == "vit":
        return torch_blocks.transformer(SIDE, SIDE, 1, 4, 128, 4, 4, 512, CLASSES)
    sys.exit(f"expected mixer or vit, got {name}")


def set_common_weights(model: torch.nn.Module) -> None:
    """Matrices as Linear starts them, embeddings 0, biases 0 and norms 1."""
    with torch.no_grad():
        for i, (name, p) in enumerate(model.named_parameters()):
            if p.dim() in (2, 4):
                p.copy_(random_numbers(10 + i, *p.shape) / float(p[0].numel()) ** 0.5)
            elif p.dim() == 3 or name.endswith("bias"):
                p.zero_()


def main() -> None:
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    model = make_model(sys.argv[1])
    set_common_weights(model)
    x = random_numbers(1, BATCH, SIDE * SIDE)
    y = ((0.5 + 0.5 * random_numbers(2, BATCH)) * CLASSES).long()
    adamw = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
    train_and_answer(model, torch.nn.CrossEntropyLoss(), x, y, adamw, CHECKED_STEPS)


if __name__ == "__main__":
    main()
