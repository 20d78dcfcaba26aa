# SPDX-License-Identifier: MIT
"""The blocks of the library, an MLP-Mixer and a Vision Transformer, written with torch.nn.

Modules are named as their parts are in the library, so `named_parameters` has the library's names and order.
"""
import torch
from torch import nn


class FeedForward(nn.Module):
    def __init__(self, features, hidden):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(features, hidden), nn.Linear(hidden, features)

    def forward(self, x):
        return self.fc2(nn.functional.gelu(self.fc1(x)))


class TokenMixing(FeedForward):
    def forward(self, x):
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


class PatchEmbedding(nn.Conv2d):
    def __init__(self, height, width, channels, patch, features):
        super().__init__(channels, features, kernel_size=patch, stride=patch)
        self.image = (channels, height, width)

    def forward(self, x):
        return super().forward(x.reshape(-1, *self.image)).flatten(2).transpose(1, 2)


class ClassToken(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, 1, features))

    def forward(self, x):
        return torch.cat([self.weight.expand(x.shape[0], -1, -1), x], dim=1)


class PositionEmbedding(nn.Module):
    def __init__(self, tokens, features):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1, tokens, features).normal_(std=0.02))

    def forward(self, x):
        return x + self.weight


class Attention(nn.MultiheadAttention):
    def __init__(self, features, heads):
        super().__init__(features, heads, batch_first=True)

    def forward(self, x):
        return super().forward(x, x, x, need_weights=False)[0]


class Residual(nn.Module):
    def __init__(self, *block):
        super().__init__()
        self.block = nn.Sequential(*block) if len(block) > 1 else block[0]

    def forward(self, x):
        return x + self.block(x)


class MeanPooling(nn.Module):
    def forward(self, x):
        return x.mean(dim=1)


class FirstToken(nn.Module):
    def forward(self, x):
        return x[:, 0]


def norm(features, eps=1e-6):
    return nn.LayerNorm(features, eps=eps)


def mixer(height, width, channels, patch, features, layers, token_hidden, channel_hidden, classes):
    tokens = (height // patch) * (width // patch)
    blocks = []
    for _ in range(layers):
        blocks += [Residual(norm(features), TokenMixing(tokens, token_hidden)),
                   Residual(norm(features), FeedForward(features, channel_hidden))]
    return nn.Sequential(PatchEmbedding(height, width, channels, patch, features), *blocks, norm(features),
                         MeanPooling(), nn.Linear(features, classes))


def transformer(height, width, channels, patch, features, layers, heads, hidden, classes):
    tokens = (height // patch) * (width // patch) + 1
    blocks = []
    for _ in range(layers):
        blocks += [Residual(norm(features), Attention(features, heads)),
                   Residual(norm(features), FeedForward(features, hidden))]
    return nn.Sequential(PatchEmbedding(height, width, channels, patch, features), ClassToken(features),
                         PositionEmbedding(tokens, features), *blocks, FirstToken(), norm(features),
                         nn.Linear(features, classes))
