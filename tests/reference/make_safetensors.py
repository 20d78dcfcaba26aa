# SPDX-License-Identifier: MIT
"""Writes tests/reference/io/: weights of a PyTorch model as safetensors files, and what the model makes of an input.

    python3 tests/reference/make_safetensors.py

PyTorch 1.13. The files are put together here as the format's description says; keys and tensors are in no special order,
the header is not padded: a reader must not count on what its own library writes.
"""

import json
import struct
from pathlib import Path

import torch

OUT = Path(__file__).parent / "io"
NAMES = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}


def raw(tensor: torch.Tensor) -> bytes:
    tensor = tensor.detach().contiguous()
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.view(torch.int16)
    return tensor.numpy().tobytes()


def write(name: str, tensors: dict[str, torch.Tensor]) -> None:
    header, data = {}, b""
    for key, tensor in tensors.items():
        end = len(data) + len(raw(tensor))
        header[key] = {"shape": list(tensor.shape), "data_offsets": [len(data), end], "dtype": NAMES[tensor.dtype]}
        data += raw(tensor)
    header["__metadata__"] = {"format": "pt"}
    text = json.dumps(header).encode()
    (OUT / name).write_bytes(struct.pack("<Q", len(text)) + text + data)


OUT.mkdir(exist_ok=True)
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 3))
x = torch.randn(4, 5)
for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
    stored = {key: value.to(dtype) for key, value in reversed(model.state_dict().items())}
    write(f"torch_{NAMES[dtype].lower()}.safetensors", stored)
    model64 = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 3)).double()
    model64.load_state_dict({key: value.double() for key, value in stored.items()})
    with torch.no_grad():
        y = model64(x.double())
    write(f"torch_{NAMES[dtype].lower()}_output.safetensors", {"y": y, "x": x, "count": torch.tensor(len(x))})
