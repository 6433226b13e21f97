"""What models on time-domain features share. Predictions are plain numpy."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.learn.engine.card_check import Arrays, names, need, shape

Labelled = tuple[np.ndarray, np.ndarray]
Fitted = tuple[Arrays, list[dict[str, float]]]


class FeaturePredictor(ABC):
    """Shared by models on features: columns by name, and probabilities over all classes.

    ``arrays`` holds ``class_index`` ``(trained classes,)``: which classes the training people had. A class that
    nobody of them had gets probability 0. A model that ``stops_early`` is stopped by the validation people; the others
    train on them too.
    """

    kind = "features"
    stops_early = False

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

    @classmethod
    @abstractmethod
    def fit(cls, training: Labelled, validation: Labelled | None, settings: dict[str, Any], seed: int) -> Fitted:
        """Arrays of the model, without ``class_index``, and the history of its training.

        Args:
            training, validation: features ``(windows, features)`` and indices of trained classes ``(windows,)``;
                ``validation`` is None unless the model ``stops_early``.
        """

    @classmethod
    def check(cls, arrays: Arrays, card: dict[str, Any]) -> None:
        """See :func:`myoscene.learn.engine.card_check.check_model`."""
        features = len(names(card["features"], "features"))
        index = arrays["class_index"]
        shape(arrays, "class_index", (len(index),), np.int64)
        trained = [name for name in card["classes"] if name not in card["missing_classes"]]
        need([card["classes"][place] for place in index] == trained, "class_index and missing_classes disagree")
        cls.check_arrays(arrays, features, len(index))

    @classmethod
    @abstractmethod
    def check_arrays(cls, arrays: Arrays, features: int, classes: int) -> None:
        """Check the model's own arrays against its numbers of features and of trained classes."""

    @abstractmethod
    def trained_probabilities(self, x: np.ndarray) -> np.ndarray:
        """Probabilities ``(rows, trained classes)`` of ``x`` ``(rows, features)``."""


def softmax(scores: np.ndarray) -> np.ndarray:
    """Softmax over the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
