"""Scores of each member of an ensemble alone, and how far they lie apart.

A model's scores everywhere else are those of its members' averaged probabilities. Members differ in their seed and in
who stops them, so that their spread tells what another seed, or another processor, would have given.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from myoscene.learn.models.registry import Predictor
from myoscene.learn.scores import metrics

METRICS = ("accuracy", "balanced_accuracy", "macro_f1")


def singles(predictor: Predictor) -> list[Predictor]:
    """Each of the predictor's members as a model of its own; a model that is no ensemble itself."""
    number = len(getattr(predictor, "members", ()))
    return [predictor.alone(member) for member in range(number)] if number > 1 else [predictor]


def score_members(tables: Sequence[pd.DataFrame], classes: list[str]) -> pd.DataFrame:
    """One row a participant and member: ``participant``, ``member`` and :data:`METRICS`.

    ``tables``: each member's predictions of the same people.
    """
    rows = []
    for member, table in enumerate(tables):
        true = np.array([classes.index(label) for label in table["label"]], dtype=np.int64)
        predicted = table[[f"p_{name}" for name in classes]].to_numpy().argmax(axis=1)
        for participant, places in table.groupby("participant", sort=True).indices.items():
            counts = metrics.confusion(true[places], predicted[places], len(classes))
            values = {
                "accuracy": float(np.trace(counts) / counts.sum()),
                "balanced_accuracy": metrics.balanced_accuracy(counts),
                "macro_f1": metrics.macro_f1(counts),
            }
            rows.append({"participant": participant, "member": member, **values})
    return pd.DataFrame(rows, columns=["participant", "member", *METRICS])


def spread(members: pd.DataFrame, metric: str) -> dict[str, Any]:
    """How many members there are, and the spread over them of a metric's mean over participants.

    Networks of different folds are trained apart, so the variance of the mean is the sum of those of the folds' shares
    in it. (The SD of as many means as there are members would rest on three differences where there are four; this
    rests on three in every fold.)

    Args:
        members: what :func:`score_members` gave of everybody, and ``fold``.

    Returns:
        ``members``; ``sd_members``, the standard deviation of the mean, had each fold only one network; ``sd_seeds``,
        that divided by the square root of their number: what to expect at most of the averaged model over seeds. NaN
        with one member, or where members have no such metric.
    """
    number = int(members["member"].nunique())
    sd = math.nan
    if metric in METRICS and number > 1:
        shares = members.groupby(["fold", "member"])[metric].sum() / members["participant"].nunique()
        sd = math.sqrt(shares.groupby("fold").var(ddof=1).sum())
    return {"members": number, "sd_members": sd, "sd_seeds": sd / math.sqrt(number)}
