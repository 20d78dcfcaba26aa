#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Trains the small models of the exercises with PyTorch, for tests/train/pytorch_curves_test.cpp.

Writes curves/cars.npy and curves/spiral_{x,y}.npy, generated data, and curves/generated.json, the curves on them. With
MLP_DATA_DIR set, curves/real.json too: the same models on the real files, and the spiral of the 2024 edition. Of those
only losses and scores are stored, never rows. Takes a few minutes.

PyTorch draws the initial weights with a fused multiply-add on processors with AVX2 or newer and without on older ones;
the script asks for the former.

Every run also says how far PyTorch stays from itself: the worst relative difference of a loss in an epoch when every
initial weight moves by one unit in the last place, up or down by lot, over several such runs.
"""
import json
import os
import pathlib
import re
import zlib

import numpy as np
import pandas as pd
import sklearn
import torch
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

FOLDER = pathlib.Path(__file__).parent / "curves"
SEEDS = [0, 7, 59]
MOVES = 4  # runs from moved weights for each stored run
ORDERS = 10  # epochs whose batch order is stored

torch.set_num_threads(1)
CAPABILITY = re.search("CPU capability usage: (.*)", torch.__config__.show()).group(1)
assert CAPABILITY in ("AVX2", "AVX512")


class Run:
    """One model of the exercises: how it is built and trained."""

    def __init__(self, name, build, loss, lr, epochs):
        self.name, self.build, self.loss, self.lr, self.epochs = name, build, loss, lr, epochs


def mlp_cars():
    return nn.Sequential(nn.Linear(9, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))


def mlp_spiral():
    return nn.Sequential(nn.Linear(2, 128), nn.ReLU(), nn.Linear(128, 3))


CARS = [
    Run("cars_linear_regression", lambda: nn.Sequential(nn.Linear(9, 1)), nn.MSELoss(), 0.1, 100),
    Run("cars_mlp", mlp_cars, nn.MSELoss(), 0.003, 100),
]
SPIRAL = [
    Run("spiral_softmax_regression", lambda: nn.Sequential(nn.Linear(2, 3)), nn.CrossEntropyLoss(), 0.1, 200),
    Run("spiral_mlp", mlp_spiral, nn.CrossEntropyLoss(), 0.1, 500),
]
SPIRAL_2024 = Run("spiral_mlp_2024", mlp_spiral, nn.CrossEntropyLoss(), 0.1, 100)


def generated_cars():
    """392 rows of MPG and nine features, with ranges and correlations like those of real cars."""
    rng = np.random.RandomState(1983)
    cylinders = rng.choice([4, 6, 8], 392, p=[0.52, 0.22, 0.26])
    displacement = np.round(cylinders * 45 - 70 + 20 * rng.randn(392))
    horsepower = np.round(30 + 0.38 * displacement + 13 * rng.randn(392))
    weight = np.round(1600 + 7 * displacement + 270 * rng.randn(392))
    acceleration = np.round(22 - 0.06 * horsepower + 1.7 * rng.randn(392), 1)
    year = rng.randint(70, 83, 392)
    origin = np.where(cylinders == 8, 2, rng.choice(3, 392, p=[0.25, 0.3, 0.45]))
    mpg = 65000 / (weight + 6 * horsepower) + 0.7 * (year - 76) - 1.5 * (origin == 2) + 1.8 * rng.randn(392)
    columns = [np.round(mpg, 1), cylinders, displacement, horsepower, weight, acceleration, year]
    return np.column_stack(columns + [origin == i for i in range(3)]).astype(np.float64)


def generated_spiral():
    """Three arms of 100 points, as in the notes of CS231n."""
    rng = np.random.RandomState(231)
    r = np.tile(np.linspace(0, 1, 100), 3)
    t = np.concatenate([np.linspace(4 * j, 4 * j + 4, 100) for j in range(3)]) + 0.2 * rng.randn(300)
    return np.column_stack([r * np.sin(t), r * np.cos(t)]), np.repeat(np.arange(3), 100).astype(np.uint8)


def standardized_cars(table):
    """The slides: pandas' sample, then mean and standard deviation (n - 1) of the training rows."""
    table = pd.DataFrame(table)
    train = table.sample(frac=0.8, random_state=0)
    val = table.drop(train.index)
    mean, std = train.mean(), train.std()
    x = [((part - mean) / std).to_numpy()[:, 1:] for part in (train, val)]
    y = [part.to_numpy()[:, :1] for part in (train, val)]
    return (x[0], y[0]), (x[1], y[1])


def spiral_of_2024(x, y):
    """Train, validation and test set of the 2024 edition."""
    rest_x, val_x, rest_y, val_y = train_test_split(x, y, test_size=0.2, random_state=59, shuffle=True)
    train_x, test_x, train_y, test_y = train_test_split(rest_x, rest_y, test_size=0.125, random_state=59, shuffle=True)
    scaler = StandardScaler().fit(train_x)
    return [(scaler.transform(a), b) for a, b in ((train_x, train_y), (val_x, val_y), (test_x, test_y))]


def tensors(data, dtype):
    x, y = data
    return torch.tensor(x, dtype=dtype), torch.tensor(y, dtype=dtype if y.dtype.kind == "f" else torch.int64)


def move_by_one_ulp(net, lot):
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.nextafter(p, torch.tensor(lot.choice([-np.inf, np.inf], p.shape), dtype=p.dtype)))


def crc32(array):
    return zlib.crc32(np.ascontiguousarray(array).tobytes())


def score(net, x, y):
    """R2, or how many are right."""
    with torch.no_grad():
        out = net(x)
    return r2_score(y, out) if y.is_floating_point() else int((out.argmax(1) == y).sum())


def train(run, seed, dtype, train_set, val_set=None, test_set=None, move=None, mean_of_batches=False):
    torch.set_default_dtype(dtype)  # float64 weights are drawn as float64
    x, y = tensors(train_set, dtype)
    torch.manual_seed(seed)
    net = run.build()
    result = {"model": run.name, "seed": seed, "dtype": str(dtype)[6:], "lr": run.lr, "epochs": run.epochs}
    result["weights_crc32"] = {name: crc32(p.detach().numpy()) for name, p in net.named_parameters()}
    result["first_weights"] = {name: p.detach().ravel()[:3].tolist() for name, p in net.named_parameters()}
    if move is not None:
        move_by_one_ulp(net, np.random.RandomState(move))
    loss, sgd = run.loss, torch.optim.SGD(net.parameters(), lr=run.lr)
    loader = DataLoader(TensorDataset(x, y, torch.arange(len(x))), batch_size=32, shuffle=True)
    if val_set:
        val_x, val_y = tensors(val_set, dtype)
        val_loader = DataLoader(TensorDataset(val_x, val_y), batch_size=32, shuffle=False)

    def mean(losses, sizes):
        return float(np.mean(losses) if mean_of_batches else np.dot(losses, sizes) / np.sum(sizes))

    orders, train_loss, val_loss = [], [], []
    for _ in range(run.epochs):
        losses, sizes, order = [], [], []
        for batch_x, batch_y, rows in loader:
            sgd.zero_grad()
            value = loss(net(batch_x), batch_y)
            value.backward()
            sgd.step()
            losses.append(value.item())
            sizes.append(len(batch_x))
            order += rows.tolist()
        train_loss.append(mean(losses, sizes))
        orders.append(order)
        if val_set:
            with torch.no_grad():
                pairs = [(loss(net(a), b).item(), len(a)) for a, b in val_loader]
            val_loss.append(mean(*zip(*pairs)))

    result["first_batch"] = orders[0][:32]
    result["order_crc32"] = [crc32(np.array(order, dtype="<i4")) for order in orders[:ORDERS]]
    result["train_loss"] = train_loss
    result["train_score"] = score(net, x, y)
    if val_set:
        result["val_loss"] = val_loss
        result["val_score"] = score(net, val_x, val_y)
    if test_set:
        result["test_score"] = score(net, *tensors(test_set, dtype))
    return result


def apart(a, b):
    """The worst relative difference of two curves."""
    keys = [key for key in ("train_loss", "val_loss") if key in a]
    return max(np.max(np.abs(np.array(a[key]) / np.array(b[key]) - 1)) for key in keys)


def stored(run, seed, dtype, *sets, **options):
    result = train(run, seed, dtype, *sets, **options)
    moved = [train(run, seed, dtype, *sets, move=move, **options) for move in range(MOVES)]
    result["moved_by_one_ulp"] = float("%.1e" % max(apart(other, result) for other in moved))
    print(*(result[key] for key in ("model", "seed", "dtype", "moved_by_one_ulp", "train_score")), flush=True)
    if dtype == torch.float32:
        for key in ("train_loss", "val_loss"):
            if key in result:
                result[key] = [float("%.9g" % value) for value in result[key]]
    return result


def all_models(cars, spiral):
    for dtype in (torch.float32, torch.float64):
        for seed in SEEDS:
            for run in CARS:
                yield stored(run, seed, dtype, *standardized_cars(cars))
            for run in SPIRAL:
                yield stored(run, seed, dtype, spiral)


def save(name, runs):
    versions = {m.__name__: m.__version__ for m in (torch, np, pd, sklearn)}
    versions["cpu"] = CAPABILITY
    lines = ",\n".join(json.dumps(run, separators=(",", ":")) for run in runs)
    (FOLDER / name).write_text('{"versions": %s,\n"runs": [\n%s\n]}\n' % (json.dumps(versions), lines))


def main():
    FOLDER.mkdir(exist_ok=True)
    spiral_x, spiral_y = generated_spiral()
    np.save(FOLDER / "cars.npy", generated_cars())
    np.save(FOLDER / "spiral_x.npy", spiral_x)
    np.save(FOLDER / "spiral_y.npy", spiral_y)
    save("generated.json", list(all_models(generated_cars(), (spiral_x, spiral_y))))

    if "MLP_DATA_DIR" in os.environ:
        data = pathlib.Path(os.environ["MLP_DATA_DIR"])
        cars = pd.read_csv(data / "auto_mpg/Auto_MPG_data.csv").to_numpy(np.float64)
        points = np.load(data / "nonlinear/NonLinear_data.npy", allow_pickle=True).item()
        spiral = points["X"], points["labels"]
        runs = list(all_models(cars, spiral))
        runs.append(stored(SPIRAL_2024, 59, torch.float32, *spiral_of_2024(*spiral), mean_of_batches=True))
        save("real.json", runs)


main()
