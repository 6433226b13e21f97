"""Models on time-domain features: linear discriminant and nearest neighbours. Predictions are plain numpy."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError

CHUNK = 1024


class FeaturePredictor(ABC):
    """Shared by models on features: columns by name, and probabilities over all classes.

    ``arrays`` holds ``class_index`` ``(trained classes,)``: which classes the training people had. A class that
    nobody of them had gets probability 0.
    """

    kind = "features"

    def __init__(self, arrays: dict[str, np.ndarray], card: dict[str, Any]) -> None:
        self.arrays = arrays
        self.card = card
        self.classes: list[str] = card["classes"]
        self.features: list[str] = card["features"]

    def predict_features(self, frame: pd.DataFrame) -> np.ndarray:
        """Probabilities ``(rows, classes)`` float32. InputError when a feature column is missing."""
        missing = [name for name in self.features if name not in frame.columns]
        if missing:
            raise InputError(
                f"the features lack the column(s) {', '.join(missing[:5])} that the model "
                f"'{self.card['model']}' was trained on; make features and models with the same config"
            )
        x = frame[self.features].to_numpy(dtype=np.float64)
        probabilities = np.zeros((len(x), len(self.classes)), dtype=np.float32)
        if len(x):
            probabilities[:, self.arrays["class_index"]] = self.trained_probabilities(x)
        return probabilities

    def predict_signal(self, signal: np.ndarray, hop_samples: int) -> tuple[np.ndarray, np.ndarray]:
        """Not possible: the model reads features."""
        raise TypeError(f"{self.card['model']} predicts from features, not from the signal")

    @abstractmethod
    def trained_probabilities(self, x: np.ndarray) -> np.ndarray:
        """Probabilities ``(rows, trained classes)`` of ``x`` ``(rows, features)``."""


class LinearDiscriminant(FeaturePredictor):
    """Softmax of linear scores: ``weights`` ``(trained classes, features)``, ``bias``, after (x - centre) / scale."""

    def trained_probabilities(self, x: np.ndarray) -> np.ndarray:
        """See the base class."""
        z = (x - self.arrays["centre"]) / self.arrays["scale"]
        return softmax(z @ self.arrays["weights"].T + self.arrays["bias"])


class NearestNeighbours(FeaturePredictor):
    """Shares of classes among the ``neighbours`` nearest training windows (Euclidean; ties: earlier row)."""

    def trained_probabilities(self, x: np.ndarray) -> np.ndarray:
        """See the base class."""
        from scipy.spatial.distance import cdist

        z = (x - self.arrays["centre"]) / self.arrays["scale"]
        known, labels = self.arrays["examples"], self.arrays["labels"]
        votes = np.eye(len(self.arrays["class_index"]))
        number = min(int(self.arrays["neighbours"][0]), len(known))
        shares = []
        for start in range(0, len(z), CHUNK):
            distance = cdist(z[start : start + CHUNK], known)
            nearest = np.argsort(distance, axis=1, kind="stable")[:, :number]
            shares.append(votes[labels[nearest]].mean(axis=1))
        return np.concatenate(shares)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Softmax over the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def scaling(x: np.ndarray, standardise: str) -> tuple[np.ndarray, np.ndarray]:
    """Centre and scale ``(features,)`` of the training windows, or 0 and 1 with ``none``.

    A feature that is constant in training gets scale 1.
    """
    if standardise == "none":
        return np.zeros(x.shape[1]), np.ones(x.shape[1])
    spread = x.std(axis=0)
    return x.mean(axis=0), np.where(spread > 0, spread, 1.0)


def fit_lda(x: np.ndarray, y: np.ndarray, settings: dict[str, Any]) -> dict[str, np.ndarray]:
    """Linear discriminant of ``x`` ``(windows, features)`` and trained-class indices ``y``.

    Without shrinkage it is scikit-learn's plain default (SVD). With it, Ledoit & Wolf 2004. Balanced priors weigh
    each class alike whatever its number of windows.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    centre, scale = scaling(x, settings["standardise"])
    n_classes = int(y.max()) + 1
    priors = np.full(n_classes, 1 / n_classes) if settings["priors"] == "balanced" else None
    solver = {"solver": "lsqr", "shrinkage": "auto"} if settings["shrinkage"] else {"solver": "svd"}
    model = LinearDiscriminantAnalysis(priors=priors, **solver).fit((x - centre) / scale, y)
    weights, bias = np.asarray(model.coef_), np.asarray(model.intercept_)
    if n_classes == 2:  # scikit-learn keeps one row: the second class against the first
        weights, bias = np.vstack([np.zeros_like(weights), weights]), np.array([0.0, bias[0]])
    return {"centre": centre, "scale": scale, "weights": weights, "bias": bias}


def fit_knn(x: np.ndarray, y: np.ndarray, settings: dict[str, Any]) -> dict[str, np.ndarray]:
    """The training windows themselves, standardised. Arguments as in :func:`fit_lda`."""
    centre, scale = scaling(x, settings["standardise"])
    return {
        "centre": centre,
        "scale": scale,
        "examples": (x - centre) / scale,
        "labels": y.astype(np.int64),
        "neighbours": np.array([settings["neighbours"]]),
    }
