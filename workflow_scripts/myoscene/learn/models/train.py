"""The job that trains one fold of any model."""

import os
import platform
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from myoscene.learn.cohort.files import Cohort
from myoscene.learn.cohort.split import read_split
from myoscene.learn.engine.card import Section, card_of, read_spec
from myoscene.learn.engine.checkpoint import save_checkpoint
from myoscene.learn.engine.task import Execution, Task
from myoscene.learn.models.registry import MODELS
from myoscene.machinery.provenance import versions

PathLike = str | os.PathLike[str]
# What networks are trained with, and what reads and keeps their numbers.
PACKAGES = ("numpy", "pandas", "pyarrow", "safetensors", "scipy", "torch")


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
    spec, split, cohort = read_spec(said, given["identity"]), read_split(given["folds"], fold), Cohort.of(given, n_eyes)
    return Task(spec, split, cohort, execution or Execution(), parts, given.get("weights") or None)


def train_task(task: Task, checkpoint: PathLike) -> None:
    """Fit the task's model on the fold's people, stop it early on its validation people, write checkpoint and card.

    Its state is kept while it trains (``task.execution.resume``): a job that was killed goes on from there, with the
    very same weights as if it had not been; a state of other data, settings, code or packages is ignored.

    Raises:
        InputError: as the model's ``fit``; fewer than two classes in the training people, for one.
    """
    task = replace(task, execution=replace(task.execution, made_with=made_with(task.spec.model)))
    fitted = MODELS[task.spec.model].load().fit(task)
    save_checkpoint(checkpoint, fitted.arrays, card_of(task.spec, task.split, fitted))
    task.execution.discard(len(fitted.members or [None]))


def made_with(model: str) -> dict[str, str]:
    """What a model is trained with: each file of its code, Python and the packages -> digest or version."""
    packages = {name: version(name) for name in PACKAGES}
    return {**dict(versions("train", MODELS[model].path)), "python": platform.python_version(), **packages}
