#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes regressions.json: the answers of NumPy, SciPy, scikit-learn and PyTorch to linear, logistic and softmax
regression, for tests/train/regressions_test.cpp. Run make_curves.py first. With MLP_DATA_DIR set, the answers on the
real files too (coefficients and losses, never rows); else those stored stay as they are."""
import json
import os
import pathlib

import numpy as np
import pandas as pd
import scipy
import sklearn
import torch
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression
from torch import nn

FOLDER = pathlib.Path(__file__).parent
rng = np.random.RandomState(5)


def least_squares(table):
    """MPG from nine standardised features, three of them a one-hot code: the least-norm solution and its errors."""
    table = pd.DataFrame(table)
    train = table.sample(frac=0.8, random_state=0)
    val = table.drop(train.index)
    mean, std = train.mean(), train.std()
    x, val_x = [np.column_stack([((part - mean) / std).to_numpy()[:, 1:], np.ones(len(part))]) for part in (train, val)]
    y, val_y = train[0].to_numpy(), val[0].to_numpy()
    w = np.linalg.lstsq(x, y, rcond=1e-10)[0]
    val_mse = np.mean((val_x @ w - val_y) ** 2)
    return {"weights": w.tolist(), "train_mse": np.mean((x @ w - y) ** 2), "val_mse": val_mse,
            "val_r2": 1 - val_mse / np.var(val_y)}


def softmax_optimum(x, y):
    """The least mean cross-entropy over W [3, 2] and b [3], by Newton's method; W and b with columns that sum to 0."""
    z = np.column_stack([x, np.ones(len(x))])
    hot = np.eye(3)[y]

    def loss(w):
        return -np.mean(np.sum(hot * log_softmax(z @ w.reshape(3, 3).T, axis=1), axis=1))

    def gradient(w):
        return ((softmax(z @ w.reshape(3, 3).T, axis=1) - hot).T @ z / len(z)).ravel()

    def hessian(w):
        p = softmax(z @ w.reshape(3, 3).T, axis=1)
        blocks = np.einsum("ni,ij->nij", p, np.eye(3)) - np.einsum("ni,nj->nij", p, p)
        return np.einsum("nij,na,nb->iajb", blocks, z, z).reshape(9, 9) / len(z)

    w = minimize(loss, np.zeros(9), jac=gradient, hess=hessian, method="trust-exact", options={"gtol": 1e-12}).x
    assert np.abs(gradient(w)).max() < 1e-11
    other = LogisticRegression(penalty=None, solver="newton-cg", tol=1e-7).fit(x, y)
    w = w.reshape(3, 3) - w.reshape(3, 3).mean(axis=0)
    assert np.abs(other.coef_ - other.coef_.mean(axis=0) - w[:, :2]).max() < 1e-6
    right = int((np.argmax(z @ w.T, axis=1) == y).sum())
    return {"weights": w.tolist(), "loss": loss(w), "right": right}


def mean_bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def binary():
    """Two overlapping classes: scikit-learn's coefficients without a penalty."""
    x = np.round(rng.randn(80, 3), 3)
    y = (x @ [1.5, -1, 0.5] + 0.3 + rng.logistic(size=80) > 0).astype(int)
    fit = LogisticRegression(penalty=None, solver="newton-cholesky", tol=1e-12).fit(x, y)
    return {"x": x.tolist(), "y": y.tolist(), "weight": fit.coef_.tolist(), "bias": fit.intercept_.tolist(),
            "loss": mean_bce(fit.decision_function(x), y)}


def multi_label():
    """Three labels a sample, each one's own logistic regression: scikit-learn's coefficients, label by label."""
    x = np.round(rng.randn(90, 2), 3)
    y = (x @ rng.randn(2, 3) + [0.5, -0.5, 0] + rng.logistic(size=(90, 3)) > 0).astype(int)
    fits = [LogisticRegression(penalty=None, solver="newton-cholesky", tol=1e-12).fit(x, column) for column in y.T]
    logits = np.column_stack([fit.decision_function(x) for fit in fits])
    return {"x": x.tolist(), "y": y.tolist(), "weight": [fit.coef_[0].tolist() for fit in fits],
            "bias": [fit.intercept_[0] for fit in fits], "loss": mean_bce(logits, y)}


def separable():
    """Two classes that a line separates. Without a penalty the weights grow for ever: PyTorch's after some steps of
    gradient descent from zero. With the weight decay d on weight and bias there is an optimum: scikit-learn's, the bias
    as the weight of a column of ones, for C = 1 / (n d)."""
    x = np.round(np.vstack([rng.randn(30, 2) + [3.5, 1.5], rng.randn(30, 2) - [3.5, 1.5]]), 3)
    y = np.repeat([1, 0], 30)
    assert ((x @ [3.5, 1.5] > 0) == y).all()
    decay = 0.01
    z = np.column_stack([x, np.ones(60)])
    ridge = LogisticRegression(C=1 / (60 * decay), fit_intercept=False, solver="newton-cholesky", tol=1e-12).fit(z, y)

    torch.set_default_dtype(torch.float64)
    net = nn.Linear(2, 1)
    nn.init.zeros_(net.weight)
    nn.init.zeros_(net.bias)
    sgd, loss = torch.optim.SGD(net.parameters(), lr=0.5), nn.BCEWithLogitsLoss()
    steps = []
    for step in range(1, 1001):
        sgd.zero_grad()
        value = loss(net(torch.tensor(x)), torch.tensor(y[:, None], dtype=torch.float64))
        value.backward()
        sgd.step()
        if step in (1, 10, 100, 1000):
            weight, bias = net.weight.tolist(), net.bias.tolist()
            steps.append({"steps": step, "loss_before": value.item(), "weight": weight, "bias": bias})
    return {"x": x.tolist(), "y": y.tolist(), "weight_decay": decay, "ridge": ridge.coef_[0].tolist(),
            "ridge_loss": mean_bce(z @ ridge.coef_[0], y), "lr": 0.5, "gradient_descent": steps}


def main():
    path = FOLDER / "regressions.json"
    old = json.loads(path.read_text()) if path.exists() else {}
    x, y = [np.load(FOLDER / "curves" / ("spiral_%s.npy" % name)) for name in "xy"]
    answers = {
        "versions": {m.__name__: m.__version__ for m in (np, scipy, sklearn, torch)},
        "least_squares": least_squares(np.load(FOLDER / "curves/cars.npy")),
        "softmax": softmax_optimum(x, y),
        "binary": binary(),
        "multi_label": multi_label(),
        "separable": separable(),
        "real": old.get("real"),
    }
    if "MLP_DATA_DIR" in os.environ:
        data = pathlib.Path(os.environ["MLP_DATA_DIR"])
        spiral = np.load(data / "nonlinear/NonLinear_data.npy", allow_pickle=True).item()
        cars = pd.read_csv(data / "auto_mpg/Auto_MPG_data.csv").to_numpy(np.float64)
        answers["real"] = {"least_squares": least_squares(cars),
                           "softmax": softmax_optimum(spiral["X"], spiral["labels"])}
    lines = ",\n".join("%s:%s" % (json.dumps(k), json.dumps(v, separators=(",", ":"))) for k, v in answers.items())
    path.write_text("{%s}\n" % lines)


main()
