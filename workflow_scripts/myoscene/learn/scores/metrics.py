"""Scores of one person's predictions. Pure functions on arrays; classes are indices into the class order."""

import math

import numpy as np
import pandas as pd


def confusion(true: np.ndarray, predicted: np.ndarray, n_classes: int) -> np.ndarray:
    """Counts ``(true class, predicted class)`` of ``true`` and ``predicted`` ``(windows,)``."""
    counts = np.zeros((n_classes, n_classes), dtype=np.int64)
    np.add.at(counts, (true, predicted), 1)
    return counts


def accuracy(counts: np.ndarray) -> float:
    """Share of windows on the diagonal of ``counts`` ``(true, predicted)``."""
    return float(np.trace(counts) / counts.sum())


def balanced_accuracy(counts: np.ndarray) -> float:
    """Mean recall over the classes that the person has windows of."""
    present = counts.sum(axis=1) > 0
    return float((np.diag(counts)[present] / counts.sum(axis=1)[present]).mean())


def macro_f1(counts: np.ndarray) -> float:
    """Mean F1 over the classes that the person has windows of.

    A class that the person never made has no F1 of its own; windows wrongly given to it count as misses of the
    classes that they belong to (our choice: else the class would add a zero that no model could avoid).
    """
    present = counts.sum(axis=1) > 0
    both = counts.sum(axis=1) + counts.sum(axis=0)
    return float((2 * np.diag(counts)[present] / both[present]).mean())


def roc_auc(true: np.ndarray, probabilities: np.ndarray) -> float:
    """Macro one-vs-rest area under the ROC curve of ``probabilities`` ``(windows, classes)``.

    The Mann-Whitney statistic with mid-ranks for ties (Hanley & McNeil 1982). NaN where a class is absent.
    """
    areas = []
    for index in range(probabilities.shape[1]):
        positive = true == index
        n_positive, n_negative = int(positive.sum()), int((~positive).sum())
        if not n_positive or not n_negative:
            return math.nan
        ranks = pd.Series(probabilities[:, index]).rank().to_numpy()
        areas.append((ranks[positive].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))
    return float(np.mean(areas))


def brier(true: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean squared distance to the one-hot truth, summed over classes: 0 to 2 (Brier 1950)."""
    one_hot = np.eye(probabilities.shape[1])[true]
    return float(((probabilities - one_hot) ** 2).sum(axis=1).mean())


def expected_calibration_error(true: np.ndarray, probabilities: np.ndarray, bins: int) -> float:
    """Mean gap between the top probability and its hit rate over equal-width bins (Guo et al. 2017, eq. 3)."""
    top = probabilities.max(axis=1)
    hit = probabilities.argmax(axis=1) == true
    place = np.clip(np.ceil(top * bins).astype(int) - 1, 0, bins - 1)
    gap = np.bincount(place, weights=top, minlength=bins) - np.bincount(place, weights=hit, minlength=bins)
    return float(np.abs(gap).sum() / len(true))


def scores(true: np.ndarray, probabilities: np.ndarray, bins: int) -> dict[str, float]:
    """All metrics of one person, by name; NaN where one is not defined."""
    probabilities = probabilities.astype(np.float64)
    counts = confusion(true, probabilities.argmax(axis=1), probabilities.shape[1])
    return {
        "accuracy": accuracy(counts),
        "balanced_accuracy": balanced_accuracy(counts),
        "macro_f1": macro_f1(counts),
        "roc_auc": roc_auc(true, probabilities),
        "brier": brier(true, probabilities),
        "ece": expected_calibration_error(true, probabilities, bins),
    }


# Metrics that a good model makes small: the worst participant has the largest.
LOWER_IS_BETTER = frozenset({"brier", "ece"})
METRICS = ("accuracy", "balanced_accuracy", "macro_f1", "roc_auc", "brier", "ece")
