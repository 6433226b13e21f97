"""One point of the learning curve: a fold trained on fewer people."""

import os
from typing import Any

import pandas as pd

from myoscene.core.tables import read_table, write_table
from myoscene.learn.cohort.files import Cohort
from myoscene.learn.cohort.split import Split, read_split
from myoscene.learn.engine.checkpoint import load_predictor
from myoscene.learn.engine.train_eyes import CohortPaths, train_eye_fold
from myoscene.learn.scores import metrics
from myoscene.learn.scores.evaluate import held_out_predictions, score_participants
from myoscene.learn.scores.learning_curve import drop_people
from myoscene.learn.tables import COHORT_EYES, LEARNING_CURVE

PathLike = str | os.PathLike[str]


def train_curve_fold(
    cohort: Cohort,
    folds: PathLike,
    checkpoint: PathLike,
    output: PathLike,
    *,
    model: str,
    fold: str,
    people: int,
    classes: list[str],
    neutral: str | None,
    bins: int,
    about: dict[str, Any],
    synthetic: bool,
) -> None:
    """Train ``model`` on ``people`` of the fold's people (validation included) and score the held-out ones.

    Smaller sets are part of larger ones. Everything but the number of people is as in the fold itself; blinks stay
    those that the whole fold found.
    """
    assert cohort.eyes is not None
    assert cohort.images is not None
    assert cohort.neutrals is not None
    split = drop_people(with_eyes(read_split(folds, fold), cohort.eyes), people, about["seed"])
    blinks = cohort.blinks[0] if cohort.blinks else None
    paths = CohortPaths(cohort.eyes, cohort.images, cohort.neutrals, cohort.n_eyes)
    train_eye_fold(
        paths, folds, blinks, checkpoint,
        model=model, fold=fold, classes=classes, neutral=neutral, about=about, split=split,
    )  # fmt: skip
    table = held_out_predictions(load_predictor(checkpoint), cohort, split.test, blinks).assign(fold=fold)
    scores = score_participants(table, classes, bins) if len(table) else pd.DataFrame()
    names = ("accuracy", "balanced_accuracy", "macro_f1")
    assert set(names) <= set(metrics.METRICS)
    rows = pd.DataFrame(
        [
            {
                "model": model,
                "people": people,
                "participant": row["participant"],
                "fold": fold,
                "frames": row["windows"],
                "training_people": ";".join(sorted(split.training + split.validation)),
                **{name: row[name] for name in names},
                "synthetic": synthetic,
            }
            for _, row in scores.iterrows()
        ],
        columns=list(LEARNING_CURVE.columns),
    )
    write_table(output, rows, LEARNING_CURVE)


def with_eyes(split: Split, eyes: PathLike) -> Split:
    """The fold's people who have a labelled eye frame: others count for nothing on the curve."""
    known = set(read_table(eyes, COHORT_EYES, columns=["participant"])["participant"])
    training = tuple(name for name in split.training if name in known)
    validation = tuple(name for name in split.validation if name in known)
    return Split(split.fold, training, validation, split.test)
