"""Scores of predictions: on arrays, classes are indices into the class order; in tables, columns ``p_<class>``."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

CONFIDENCE = 0.95
METRICS = ("accuracy", "balanced_accuracy", "macro_f1", "roc_auc", "brier", "ece")
# Metrics that a good model makes small: the worst participant has the largest.
LOWER_IS_BETTER = frozenset({"brier", "ece"})


def confusion(true: np.ndarray, predicted: np.ndarray, n_classes: int) -> np.ndarray:
    """Counts ``(true class, predicted class)`` of ``true`` and ``predicted`` ``(windows,)``."""
    return np.bincount(true * n_classes + predicted, minlength=n_classes**2).reshape(n_classes, n_classes)


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
    distances = ((probabilities - np.eye(probabilities.shape[1])[true]) ** 2).sum(axis=1)
    return {
        "accuracy": float(np.trace(counts) / counts.sum()),
        "balanced_accuracy": balanced_accuracy(counts),
        "macro_f1": macro_f1(counts),
        "roc_auc": roc_auc(true, probabilities),
        "brier": float(distances.mean()),  # squared, to the one-hot truth: 0 to 2 (Brier 1950)
        "ece": expected_calibration_error(true, probabilities, bins),
    }


def classes_in(table: pd.DataFrame) -> list[str]:
    """The classes that predictions are of, in the order of their columns."""
    return [name[2:] for name in table.columns if name.startswith("p_")]


def most_probable(table: pd.DataFrame) -> np.ndarray:
    """The most probable class ``(rows,)`` of each row of predictions."""
    classes = classes_in(table)
    return np.array(classes)[table[[f"p_{name}" for name in classes]].to_numpy().argmax(axis=1)]


def score_participants(table: pd.DataFrame, classes: list[str], bins: int) -> pd.DataFrame:
    """One row a participant: scores, number of windows and classes, and a note where a class is absent."""
    columns = [f"p_{name}" for name in classes]
    rows = []
    for participant, windows in table.groupby("participant", sort=True):
        true = np.array([classes.index(label) for label in windows["label"]])
        absent = [name for place, name in enumerate(classes) if not (true == place).any()]
        rows.append(
            {
                "participant": participant,
                "windows": len(windows),
                "classes": len(classes) - len(absent),
                **scores(true, windows[columns].to_numpy(), bins),
                "note": f"no windows of {', '.join(absent)}: roc_auc is not defined" if absent else "",
            }
        )
    return pd.DataFrame(rows)


def confusions(table: pd.DataFrame, classes: list[str]) -> pd.DataFrame:
    """Windows by true and predicted class: pooled (participant ``""``), then of each participant."""
    predicted = table[[f"p_{name}" for name in classes]].to_numpy().argmax(axis=1)
    true = np.array([classes.index(label) for label in table["label"]])
    people = table["participant"].to_numpy()
    rows = []
    for participant in ["", *sorted(set(people))]:
        here = (people == participant) | (participant == "")
        counts = confusion(true[here], predicted[here], len(classes))
        for row, column in np.ndindex(*counts.shape):
            rows.append((participant, classes[row], classes[column], int(counts[row, column])))
    return pd.DataFrame(rows, columns=["participant", "true", "predicted", "windows"])


def class_scores(confusion: pd.DataFrame) -> pd.DataFrame:
    """Precision, recall, F1 and support of each class: pooled (participant ``""``), then of each participant.

    A score that has no value is missing and never 0: recall and F1 where no window is of the class, precision where
    none was given to it. F1 of a class that has windows and was never predicted is 0, as its recall is: the mean of
    a person's F1 is then their :func:`macro_f1` (our choice; scikit-learn says the same with ``zero_division=nan``,
    except that it gives an F1 of 0 to a class without windows that was predicted).

    Args:
        confusion: rows of :data:`myoscene.learn.tables.CONFUSION`, of one model or of several.

    Returns:
        rows of :data:`myoscene.learn.tables.CLASS_SCORES`, classes in the order of ``confusion``; ``support`` counts
        windows, of eye models frames.
    """

    def share(part: np.integer, whole: np.integer) -> float:
        return float(part / whole) if whole else math.nan

    rows = []
    for (model, participant), part in confusion.groupby(["model", "participant"], sort=False):
        classes = list(dict.fromkeys(part["true"]))
        wide = part.pivot_table(index="true", columns="predicted", values="windows", aggfunc="sum", fill_value=0)
        counts = wide.reindex(index=classes, columns=classes, fill_value=0).to_numpy(dtype=np.int64)
        for label, hits, support, given in zip(
            classes, np.diag(counts), counts.sum(axis=1), counts.sum(axis=0), strict=True
        ):
            rows.append(
                {
                    "model": model,
                    "participant": participant,
                    "label": label,
                    "precision": share(hits, given),
                    "recall": share(hits, support),
                    "f1": share(2 * hits, support + given) if support else math.nan,
                    "support": int(support),
                    "synthetic": bool(part["synthetic"].iloc[0]),
                }
            )
    return pd.DataFrame(rows)


def interval(
    people: int, statistic: Callable[[np.ndarray], np.ndarray], samples: int, seed: int
) -> tuple[float, float]:
    """95 % percentile interval when participants are drawn with replacement (Efron 1979).

    Args:
        statistic: its value ``(samples,)`` from who was drawn ``(samples, people)``; what is not a number is left
            out of the quantiles.

    Returns:
        NaN with fewer than 2 people, or no value at all.
    """
    if people < 2:
        return math.nan, math.nan
    values = statistic(np.random.default_rng(seed).integers(people, size=(samples, people)))
    values = values[np.isfinite(values)]
    if not len(values):
        return math.nan, math.nan
    low, high = np.quantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def bootstrap_interval(values: np.ndarray, samples: int, seed: int) -> tuple[float, float]:
    """:func:`interval` of the mean of ``values`` ``(participants,)``."""
    return interval(len(values), lambda drawn: values[drawn].mean(axis=1), samples, seed)
