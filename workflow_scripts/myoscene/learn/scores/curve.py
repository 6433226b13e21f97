"""One point of the learning curve: a fold trained on fewer people."""

from dataclasses import replace

import pandas as pd

from myoscene.core.tables import PathLike, read_table, write_table
from myoscene.learn.cohort.split import Split
from myoscene.learn.engine.task import Task
from myoscene.learn.models.registry import load_predictor
from myoscene.learn.models.train import train_task
from myoscene.learn.scores.evaluate import held_out_predictions
from myoscene.learn.scores.learning_curve import drop_people
from myoscene.learn.scores.metrics import score_participants
from myoscene.learn.tables import COHORT_EYES, LEARNING_CURVE


def train_curve_fold(task: Task, checkpoint: PathLike, output: PathLike, *, people: int, bins: int) -> None:
    """Train a model on ``people`` of the fold's people (validation included) and score the held-out ones.

    Smaller sets are part of larger ones. Everything but the number of people is as in the fold itself; blinks stay
    those that the whole fold found.
    """
    cohort, spec = task.cohort, task.spec
    split = drop_people(with_eyes(task.split, cohort.frames.frames), people, spec.seed)
    train_task(replace(task, split=split), checkpoint)
    table = held_out_predictions(load_predictor(checkpoint), cohort, split.test)
    rows = pd.DataFrame(columns=list(LEARNING_CURVE.columns))
    if len(table):
        scores = score_participants(table, spec.classes, bins).rename(columns={"windows": "frames"})
        trained = ";".join(sorted(split.training + split.validation))
        scores = scores.assign(model=spec.model, people=people, fold=split.fold, training_people=trained)
        rows = scores.assign(synthetic=spec.synthetic)[list(LEARNING_CURVE.columns)]
    write_table(output, rows, LEARNING_CURVE)


def with_eyes(split: Split, eyes: PathLike) -> Split:
    """The fold's people who have a labelled eye frame: others count for nothing on the curve."""
    known = set(read_table(eyes, COHORT_EYES, columns=["participant"])["participant"])
    training, validation = (
        tuple(name for name in side if name in known) for side in (split.training, split.validation)
    )
    return Split(split.fold, training, validation, split.test)
