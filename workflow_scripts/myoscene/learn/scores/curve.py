"""One point of the learning curve: a fold trained on fewer people."""

import os
from dataclasses import replace

import pandas as pd

from myoscene.core.tables import read_table, write_table
from myoscene.learn.cohort.split import Split
from myoscene.learn.engine.task import Task
from myoscene.learn.models.registry import load_predictor
from myoscene.learn.models.train import train_task
from myoscene.learn.scores import metrics
from myoscene.learn.scores.evaluate import held_out_predictions, score_participants
from myoscene.learn.scores.learning_curve import drop_people
from myoscene.learn.tables import COHORT_EYES, LEARNING_CURVE

PathLike = str | os.PathLike[str]


def train_curve_fold(task: Task, checkpoint: PathLike, output: PathLike, *, people: int, bins: int) -> None:
    """Train a model on ``people`` of the fold's people (validation included) and score the held-out ones.

    Smaller sets are part of larger ones. Everything but the number of people is as in the fold itself; blinks stay
    those that the whole fold found.
    """
    cohort, spec = task.cohort, task.spec
    assert cohort.eyes is not None
    split = drop_people(with_eyes(task.split, cohort.eyes), people, spec.seed)
    train_task(replace(task, split=split), checkpoint)
    table = held_out_predictions(load_predictor(checkpoint), cohort, split.test, task.blinks).assign(fold=split.fold)
    scores = score_participants(table, spec.classes, bins) if len(table) else pd.DataFrame()
    names = ("accuracy", "balanced_accuracy", "macro_f1")
    assert set(names) <= set(metrics.METRICS)
    rows = pd.DataFrame(
        [
            {
                "model": spec.model,
                "people": people,
                "participant": row["participant"],
                "fold": split.fold,
                "frames": row["windows"],
                "training_people": ";".join(sorted(split.training + split.validation)),
                **{name: row[name] for name in names},
                "synthetic": spec.synthetic,
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
