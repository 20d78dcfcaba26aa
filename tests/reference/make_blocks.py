#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes blocks.json: layers made of layers, an MLP-Mixer and a Vision Transformer written with torch.nn, for
tests/layers/blocks_test.cpp and tests/models/vision_test.cpp.

Inputs and parameters are
floats, so they are the same numbers in float32 and in float64; results are stored for both.
"""
import json
import pathlib

import torch
from torch import nn

from torch_blocks import (Attention, ClassToken, FeedForward, FirstToken, MeanPooling, PatchEmbedding,
                          PositionEmbedding, Residual, TokenMixing, mixer, norm, transformer)

here = pathlib.Path(__file__).parent
torch.manual_seed(29)


def rows(tensor, exact=False):
    values = tensor.detach().numpy()
    values = values.reshape(values.shape[0], -1) if values.ndim > 1 else values.reshape(1, -1)
    return [[float(v) if exact else float(str(v)) for v in row] for row in values]


def with_values(module):
    """Gives values to what starts at 0 or 1."""
    for name, p in module.named_parameters():
        if isinstance(module.get_submodule(name.rpartition(".")[0]), nn.LayerNorm) and name.endswith("weight"):
            nn.init.uniform_(p, 0.5, 1.5)
        elif name.endswith("bias"):
            nn.init.uniform_(p, -0.5, 0.5)
        elif p.dim() == 3:
            nn.init.normal_(p)
    return module


def run(name, layer, x):
    """One forward and backward; dL/dy is drawn once."""
    layer = with_values(layer)
    case = {"layer": name, "x": rows(x, exact=True),
            "parameters": {p: rows(value, exact=True) for p, value in layer.named_parameters()}}
    dy = torch.randn(layer(x).shape)
    case["dy"] = rows(dy, exact=True)
    for dtype in (torch.float32, torch.float64):
        layer = layer.to(dtype)
        layer.zero_grad()
        x_t = x.detach().clone().to(dtype).requires_grad_()
        y = layer(x_t)
        y.backward(dy.to(dtype))
        case[str(dtype)[6:]] = {"y": rows(y), "dx": rows(x_t.grad),
                                "gradients": {p: rows(value.grad) for p, value in layer.named_parameters()}}
    layer.float()
    return case


def train(name, model, x, classes):
    """The same, and ten steps of AdamW on one batch with the cross entropy: the losses, and the outputs after them."""
    case = run(name, model, x)
    labels = torch.randint(classes, (x.shape[0],))
    case["labels"] = labels.tolist()
    start = {p: value.detach().clone() for p, value in model.state_dict().items()}
    for dtype in (torch.float32, torch.float64):
        model.load_state_dict(start)
        model = model.to(dtype)
        model.load_state_dict(start)
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.05)
        losses = []
        for _ in range(10):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x.to(dtype)), labels)
            loss.backward()
            optimizer.step()
            losses.append(float(str(loss.item())))
        case[str(dtype)[6:]].update({"losses": losses, "after": rows(model(x.to(dtype)))})
    model.float()
    return case


blocks = [
    run("FeedForward", FeedForward(5, 7), torch.randn(4, 5)),
    run("PerToken", norm(5, 1e-5), torch.randn(2, 3, 5)),
    run("TokenMixing", TokenMixing(3, 4), torch.randn(2, 3, 5)),
    run("ChannelMixing", FeedForward(5, 7), torch.randn(2, 3, 5)),
    run("PatchEmbedding", PatchEmbedding(4, 6, 2, 2, 5), torch.randn(3, 48)),
    run("ClassToken", ClassToken(5), torch.randn(2, 3, 5)),
    run("PositionEmbedding", PositionEmbedding(3, 5), torch.randn(2, 3, 5)),
    run("MeanPooling", MeanPooling(), torch.randn(2, 3, 5)),
    run("FirstToken", FirstToken(), torch.randn(2, 3, 5)),
    run("MultiHeadSelfAttention", Attention(6, 2), torch.randn(2, 5, 6)),
    run("MultiHeadSelfAttention", Attention(6, 3), 3 * torch.randn(1, 1, 6)),
    run("Residual", Residual(nn.Linear(5, 5)), torch.randn(3, 5)),
]
models = [
    train("mlp_mixer", mixer(6, 4, 2, 2, 8, 2, 5, 7, 3), torch.randn(4, 48), 3),
    train("vision_transformer", transformer(6, 4, 2, 2, 8, 2, 2, 7, 3), torch.randn(4, 48), 3),
]


def initial(make):
    """What a seed gives: the sums of all initial values, which tell whether they come in PyTorch's order."""
    torch.manual_seed(41)
    return {p: float(value.detach().double().sum()) for p, value in make().named_parameters()}


starts = {"FeedForward": initial(lambda: FeedForward(5, 7)),
          "PatchEmbedding": initial(lambda: PatchEmbedding(4, 6, 2, 2, 5)),
          "MultiHeadSelfAttention": initial(lambda: nn.MultiheadAttention(6, 2))}
(here / "blocks.json").write_text(
    json.dumps({"blocks": blocks, "models": models, "initial": starts}, separators=(",", ":")) + "\n")
