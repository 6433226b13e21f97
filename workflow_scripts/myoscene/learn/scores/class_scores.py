"""Precision, recall, F1 and support of every class, from a table of confusions."""

import math

import numpy as np
import pandas as pd

from myoscene.learn.tables import CLASS_SCORES


def class_scores(confusion: pd.DataFrame) -> pd.DataFrame:
    """Scores of each class: pooled (participant ``""``), then of each participant.

    A score that has no value is missing and never 0: recall and F1 where no window is of the class, precision where
    none was given to it. F1 of a class that has windows and was never predicted is 0, as its recall is: the mean of
    a person's F1 is then their :func:`myoscene.learn.scores.metrics.macro_f1` (our choice; scikit-learn says the same
    with ``zero_division=nan``, except that it gives an F1 of 0 to a class without windows that was predicted).

    Args:
        confusion: rows of :data:`myoscene.learn.tables.CONFUSION`, of one model or of several.

    Returns:
        rows of :data:`myoscene.learn.tables.CLASS_SCORES`, classes in the order of ``confusion``; ``support`` counts
        windows, of eye models frames.
    """
    rows = []
    for (model, participant), part in confusion.groupby(["model", "participant"], sort=False):
        classes = list(dict.fromkeys(part["true"]))
        wide = part.pivot_table(index="true", columns="predicted", values="windows", aggfunc="sum", fill_value=0)
        counts = wide.reindex(index=classes, columns=classes, fill_value=0).to_numpy(dtype=np.int64)
        hits, support, given = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
        for place, label in enumerate(classes):
            rows.append(
                {
                    "model": model,
                    "participant": participant,
                    "label": label,
                    "precision": _share(hits[place], given[place]),
                    "recall": _share(hits[place], support[place]),
                    "f1": _share(2 * hits[place], support[place] + given[place]) if support[place] else math.nan,
                    "support": int(support[place]),
                    "synthetic": bool(part["synthetic"].iloc[0]),
                }
            )
    return pd.DataFrame(rows, columns=list(CLASS_SCORES.columns))


def _share(part: np.integer, whole: np.integer) -> float:
    return float(part / whole) if whole else math.nan
