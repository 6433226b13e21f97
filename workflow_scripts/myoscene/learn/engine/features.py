"""Models on time-domain features of windows: their examples in a fold, and their predictions in plain numpy."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.learn.cohort.split import feature_names, read_people
from myoscene.learn.engine.card import Card, Entry, Fitted
from myoscene.learn.engine.check import names, need, shape
from myoscene.learn.engine.checkpoint import Arrays
from myoscene.learn.engine.task import Task, require_trainable
from myoscene.learn.tables import COHORT_FEATURES

LOG = logging.getLogger(__name__)
PACKAGES = ("numpy", "scikit-learn", "scipy")


@dataclass(frozen=True)
class Examples:
    """Windows: features ``x`` ``(windows, features)`` float64 and indices ``y`` ``(windows,)`` of trained classes."""

    x: np.ndarray
    y: np.ndarray


Fit = Callable[[Examples, Examples | None], tuple[Arrays, list[Entry]]]


def fit_features(task: Task, fit: Fit, *, stopped: bool = False) -> Fitted:
    """Fit a model on the fold's people.

    Args:
        fit: arrays and history from examples; the second ones are the validation people's if it is ``stopped`` by
            them. A model that has nothing to stop trains on them too.

    Raises:
        InputError: fewer than two classes, or a feature that is not a number, in the training people.
    """
    assert task.cohort.windows is not None
    spec, split, source = task.spec, task.split, task.cohort.windows
    columns = feature_names(source)
    people = split.training if stopped else task.people
    training = read_people(source, COHORT_FEATURES, people, spec.classes)
    trained = require_trainable(training["label"], spec.classes, split.fold)
    LOG.info("%s, fold %s: %d windows of %d people", spec.model, split.fold, len(training), len(people))
    validation = None
    examples = _examples(training, columns, trained)
    if stopped:
        held = read_people(source, COHORT_FEATURES, split.validation, spec.classes)
        validation = _examples(held[held["label"].isin(trained)], columns, trained)
    arrays, history = fit(examples, validation)
    arrays["class_index"] = np.array([spec.classes.index(name) for name in trained], dtype=np.int64)
    missing = [name for name in spec.classes if name not in trained]
    return Fitted(arrays, missing, history, PACKAGES, features=columns)


def _examples(frame: pd.DataFrame, columns: Sequence[str], trained: list[str]) -> Examples:
    x = frame[list(columns)].to_numpy(dtype=np.float64)
    wrong = ~np.isfinite(x)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        where = frame.iloc[row]
        raise InputError(
            f"feature '{columns[column]}' of participant '{where['participant']}' is not a number in the window at "
            f"{where['start_s']:g} s of recording '{where['recording']}'; mark that stretch as BAD or leave the "
            f"channel out"
        )
    index = {name: place for place, name in enumerate(trained)}
    return Examples(x, frame["label"].map(index).to_numpy(dtype=np.int64))


class FeaturePredictor(ABC):
    """Shared by models on features: columns by name, and probabilities over all classes.

    ``arrays`` holds ``class_index`` ``(trained classes,)``: which classes the training people had. A class that
    nobody of them had gets probability 0.
    """

    kind = "features"

    def __init__(self, arrays: Arrays, card: Card) -> None:
        self.arrays, self.card, self.classes = arrays, card, card.classes
        self.features: list[str] = card.features or []

    def predict_features(self, frame: pd.DataFrame) -> np.ndarray:
        """Probabilities ``(rows, classes)`` float32. InputError when a feature column is missing."""
        missing = [name for name in self.features if name not in frame.columns]
        if missing:
            raise InputError(
                f"the features lack the column(s) {', '.join(missing[:5])} that the model "
                f"'{self.card.model}' was trained on; make features and models with the same config"
            )
        x = frame[self.features].to_numpy(dtype=np.float64)
        probabilities = np.zeros((len(x), len(self.classes)), dtype=np.float32)
        if len(x):
            probabilities[:, self.arrays["class_index"]] = self.trained_probabilities(x)
        return probabilities

    @abstractmethod
    def trained_probabilities(self, x: np.ndarray) -> np.ndarray:
        """Probabilities ``(rows, trained classes)`` of ``x`` ``(rows, features)``."""


def softmax(scores: np.ndarray) -> np.ndarray:
    """Softmax over the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def check_features(arrays: Arrays, card: Card) -> tuple[int, int]:
    """Check what is common to models on features; how many features and trained classes there are."""
    features = len(names(card.features, "features"))
    index = arrays["class_index"]
    shape(arrays, "class_index", (len(index),), np.int64)
    trained = [name for name in card.classes if name not in card.missing_classes]
    need([card.classes[place] for place in index] == trained, "class_index and missing_classes disagree")
    return features, len(index)
