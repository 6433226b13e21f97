"""The job that trains one fold of any model."""

import os
from collections.abc import Mapping
from typing import Any

from myoscene.learn.cohort.files import Cohort
from myoscene.learn.cohort.split import read_split
from myoscene.learn.engine.card import Section, read_spec
from myoscene.learn.engine.task import Execution, Task
from myoscene.learn.engine.train import train_fold
from myoscene.learn.models.registry import MODELS

PathLike = str | os.PathLike[str]


def task_of(
    given: Mapping[str, Any], fold: str, said: Section, n_eyes: int, execution: Execution | None = None
) -> Task:
    """The task of a job.

    Args:
        given: its inputs: those of :meth:`Cohort.of`, ``identity``, ``folds``, ``weights``, and of a fusion the
            checkpoints of its parts, ``part_<what that reads>``.
        said: fields of the spec.
    """
    parts = {name.removeprefix("part_"): path for name, path in given.items() if name.startswith("part_")}
    return Task(
        spec=read_spec(said, given["identity"]),
        split=read_split(given["folds"], fold),
        cohort=Cohort.of(given, n_eyes),
        execution=execution or Execution(),
        parts=parts,
        weights=given.get("weights") or None,
    )


def train_task(task: Task, checkpoint: PathLike) -> None:
    """Train the task's model; see :func:`myoscene.learn.engine.train.train_fold`."""
    train_fold(task, MODELS[task.spec.model].fit, checkpoint)
