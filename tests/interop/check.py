# SPDX-License-Identifier: MIT
"""Opens what interop_write wrote with PyTorch and NumPy:   python3 check.py FOLDER

The reader below is written from the description of the format and shares nothing with the library. Ends with 77, which
ctest counts as skipped, where PyTorch is not installed.
"""

import json
import struct
import sys
from pathlib import Path

try:
    import numpy
    import torch
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

TYPES = {"F64": numpy.float64, "F32": numpy.float32, "I64": numpy.int64}


def read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    assert length % 8 == 0, "the data is not aligned"
    header = json.loads(raw[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(raw[8 + length + begin : 8 + length + end], TYPES[entry["dtype"]])
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    return tensors, metadata


folder = Path(sys.argv[1])
state, metadata = read(folder / "net.safetensors")
layers: list[torch.nn.Module] = []
for text in json.loads(metadata["mlp.layers"]):
    if text.startswith("Linear("):
        inputs, outputs = text[len("Linear(") : -1].split(" -> ")
        layers.append(torch.nn.Linear(int(inputs), int(outputs)))
    else:
        layers.append(getattr(torch.nn, text[:-2])())
model = torch.nn.Sequential(*layers)
model.load_state_dict(state)  # strict: every name and every shape

given, _ = read(folder / "output.safetensors")
with torch.no_grad():
    difference = float((model(given["x"]) - given["y"]).abs().max())
print(f"{len(layers)} layers, {len(state)} tensors, largest difference {difference:.3g}")
assert difference <= 1e-6
assert numpy.array_equal(numpy.load(folder / "x.npy"), given["x"].numpy())
