#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes metrics.json with the scores of scikit-learn, for tests/metrics/*_test.cpp.

Every case is scored twice: without weights and with the weights of the case.
"""
import json
import pathlib
import warnings

import numpy as np
from sklearn import metrics

here = pathlib.Path(__file__).parent
warnings.simplefilter("ignore")
random = np.random.RandomState(7)


def weights_of(n):
    weights = random.randint(0, 5, n) / 4.0
    weights[random.randint(n)] = 1.5
    return weights


def regression(name, y_true, y_pred):
    y_true, y_pred, weights = np.asarray(y_true, float), np.asarray(y_pred, float), weights_of(len(y_true))
    case = {"name": name, "y_true": y_true.tolist(), "y_pred": y_pred.tolist(), "weights": weights.tolist()}
    for key, w in (("plain", None), ("weighted", weights)):
        scores = {
            "mean_squared_error": metrics.mean_squared_error(y_true, y_pred, sample_weight=w),
            "root_mean_squared_error": metrics.mean_squared_error(y_true, y_pred, sample_weight=w, squared=False),
            "mean_absolute_error": metrics.mean_absolute_error(y_true, y_pred, sample_weight=w),
        }
        if len(y_true) > 1:  # scikit-learn gives NaN for the R2 of a single sample
            scores["r2_score"] = metrics.r2_score(y_true, y_pred, sample_weight=w)
        case[key] = scores
    return case


def noisy(n, targets, noise, scale=1.0, shift=0.0):
    y = random.randn(n, targets) * scale + shift
    return y, y + noise * scale * random.randn(n, targets)


def single(y_true, y_pred):
    """Values that are floats too, so that one case serves both types."""
    return np.float32(y_true).astype(float), np.float32(y_pred).astype(float)


regressions = [
    regression("one target", *single(*noisy(9, 1, 0.3))),
    regression("three targets", *single(*noisy(17, 3, 0.5))),
    regression("a single sample", [[2.5, -1.0]], [[2.25, 1.0]]),
    regression("far from zero", *single(*noisy(40, 2, 0.2, 3.0, 1000.0))),
    regression("worse than the mean", *single(*noisy(12, 1, 4.0))),
    regression("a constant target beside another", [[4, 1], [4, 2], [4, 4]], [[4, 1], [4, 2.5], [5, 4]]),
    regression("a constant target that is met", [[4, 1], [4, 2], [4, 4]], [[4, 1], [4, 2.5], [4, 4]]),
    regression("perfect", [[1.5], [2.5], [0.5]], [[1.5], [2.5], [0.5]]),
]


def classification(name, classes, y_true, y_pred):
    weights = weights_of(len(y_true))
    case = {"name": name, "classes": classes, "y_true": np.asarray(y_true).tolist(),
            "y_pred": np.asarray(y_pred).tolist(), "weights": weights.tolist()}
    labels = list(range(classes))
    for key, w in (("plain", None), ("weighted", weights)):
        by_class = metrics.precision_recall_fscore_support(y_true, y_pred, labels=labels, sample_weight=w,
                                                           zero_division=0)
        scores = {
            "accuracy_score": metrics.accuracy_score(y_true, y_pred, sample_weight=w),
            "confusion_matrix": metrics.confusion_matrix(y_true, y_pred, labels=labels, sample_weight=w).tolist(),
            "by_class": np.array(by_class, dtype=float).T.tolist(),
        }
        for average in ("macro", "weighted"):
            for score in ("precision_score", "recall_score", "f1_score"):
                scores[score + " " + average] = getattr(metrics, score)(
                    y_true, y_pred, labels=labels, average=average, sample_weight=w, zero_division=0)
        case[key] = scores
    return case


def guessed(n, classes, right):
    y = random.randint(0, classes, n)
    return y, np.where(random.rand(n) < right, y, random.randint(0, classes, n))


y_true, y_pred = guessed(60, 4, 0.6)
y_true[y_true == 2] = 1
missing = classification("a class that never occurs but is predicted", 4, y_true, y_pred)
y_pred[y_pred == 2] = 0
classifications = [
    classification("three classes", 3, *guessed(25, 3, 0.7)),
    classification("seven classes", 7, *guessed(200, 7, 0.4)),
    classification("two classes", 2, *guessed(11, 2, 0.8)),
    classification("a single sample that is right", 3, [1], [1]),
    classification("a single sample that is wrong", 3, [1], [2]),
    missing,
    classification("a class that neither occurs nor is predicted", 4, y_true, y_pred),
    classification("a class that occurs but is never predicted", 3, [0, 1, 2, 2, 1, 0], [0, 1, 1, 0, 1, 1]),
    classification("everything wrong", 3, [0, 1, 2], [1, 2, 0]),
    classification("one class", 1, [0, 0, 0], [0, 0, 0]),
]


def top_k(name, y_true, scores):
    scores, weights = np.asarray(scores, float), weights_of(len(y_true))
    classes = scores.shape[1]
    case = {"name": name, "y_true": np.asarray(y_true).tolist(), "scores": scores.tolist(),
            "weights": weights.tolist(), "argmax": scores.argmax(axis=1).tolist()}
    for key, w in (("plain", None), ("weighted", weights)):
        case[key] = [metrics.top_k_accuracy_score(y_true, scores, k=k, labels=range(classes), sample_weight=w)
                     for k in range(1, classes + 1)]
    return case


top_ks = [
    top_k("five classes", random.randint(0, 5, 40), np.float32(random.randn(40, 5))),
    top_k("many ties", random.randint(0, 6, 80), random.randint(0, 3, (80, 6))),
    top_k("all equal", [0, 1, 2, 3], np.ones((4, 4))),
    top_k("signed zeros", [0, 1, 2, 2], [[-0.0, 0.0, -1], [0.0, -0.0, 1], [1, 2, -1], [0, 0, -0.0]]),
    top_k("a single sample", [2], [[0.5, 0.25, 0.25]]),
]

(here / "metrics.json").write_text(
    json.dumps({"regression": regressions, "classification": classifications, "top_k": top_ks}) + "\n")
