"""One fold's blink classifier, an ``eye_cnn`` on open against closed eyes, and the frames that it takes for blinks."""

import os
import random
from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd

from myoscene.core.settings import from_plain
from myoscene.core.tables import read_table, write_table
from myoscene.learn.cohort.frames import read_cohort_frames
from myoscene.learn.cohort.split import Split
from myoscene.learn.engine.card import Fitted, card_of
from myoscene.learn.engine.checkpoint import save_checkpoint
from myoscene.learn.engine.device import prepare as prepare_device
from myoscene.learn.engine.ensemble import honest
from myoscene.learn.engine.frames import Labelled, image_input
from myoscene.learn.engine.image_input import Preparation, neutral_mean
from myoscene.learn.engine.task import Task
from myoscene.learn.models.eye_cnn.model import EyePredictor, train
from myoscene.learn.models.settings import EyeCnnSettings
from myoscene.learn.tables import BLINKS, COHORT_EYES

PathLike = str | os.PathLike[str]


def train_blinks(
    task: Task, checkpoint: PathLike, removed: PathLike, *, closed: str, keep_labels: list[str], threshold: float
) -> None:
    """Fit the fold's blink classifier and list the frames that it takes for blinks.

    It tells neutral from closed (Hickson et al. 2019). The fold's people are dealt into two halves; each half trains a
    network that the other half stops, and that cleans the other half: nobody's frames are judged by a network that was
    fitted on them. Held-out people, whom neither saw, get the mean of both.

    Args:
        task: its classes are open and closed; ``spec.neutral`` is the label of open eyes.
        closed: label of closed eyes.
        keep_labels: labels whose frames are never removed, beside ``closed``.
        threshold: probability of closed eyes from which a frame is a blink.
    """
    prepare_device(task.execution.device)
    spec, split, neutral = task.spec, task.split, task.spec.neutral
    assert neutral is not None
    standardise = from_plain(EyeCnnSettings, spec.settings).standardise
    table, frames = read_cohort_frames(task.cohort, task.people, [neutral, closed])
    has_both = table.groupby("participant")["label"].nunique() == 2
    both = set(has_both.index[has_both].astype(str))
    halves = deal(split, spec.seed, both)
    prepare = Preparation(neutral_mean(table, frames, neutral), True, standardise)
    note = f"no blink was removed: too few people have frames of '{neutral}' and '{closed}'"
    nobody = {"plain_mean": prepare.plain_mean.numpy()}
    fitted = Fitted(nobody, [], images=image_input(frames, True), members=[], own={"note": note})
    if all(table["label"][table["participant"].isin(half)].nunique() == 2 for half in halves):
        data = Labelled(frames, (table["label"] == closed).to_numpy().astype(np.int64))
        splits = [Split(split.fold, *order, split.test) for order in (halves, halves[::-1])]
        fitted = replace(train(task, splits, table, data, prepare), own={"note": ""})
    card = card_of(spec, split, fitted)
    judged = _blinks(EyePredictor(fitted.arrays, card), task, [closed, *keep_labels], threshold) if card.members else []
    columns = ["fold", "participant", "row", "label", "p_closed"]
    listed = pd.concat(judged, ignore_index=True) if judged else pd.DataFrame(columns=columns)
    save_checkpoint(checkpoint, fitted.arrays, card)
    write_table(removed, listed.assign(synthetic=spec.synthetic)[[*columns, "synthetic"]], BLINKS)


def deal(split: Split, seed: int, both: Collection[str] = ()) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Two halves of the people who train or validate in a fold, drawn from names, seed and fold.

    Those with ``both`` kinds of frames are dealt first, so that either half has such people if there are two.
    """
    people = sorted(split.training + split.validation)
    random.Random(f"blinks {seed} {split.fold}").shuffle(people)
    people.sort(key=lambda person: person not in both)
    return tuple(sorted(people[::2])), tuple(sorted(people[1::2]))


def _blinks(predictor: EyePredictor, task: Task, keep: list[str], threshold: float) -> list[pd.DataFrame]:
    """Blinks among everybody's frames, each person judged by networks that were not fitted on them."""
    split, cohort, found = task.split, task.cohort, []
    for person in sorted(split.training + split.validation + split.test):
        own = read_table(
            cohort.frames.frames, COHORT_EYES, columns=["participant", "label"], where={"participant": [person]}
        )
        labels = sorted(set(own["label"]) - set(keep))
        table, frames = read_cohort_frames(cohort, (person,), labels)
        closed = honest(predictor, person).predict_frames(frames)[:, 1]
        blink = closed >= threshold
        rows = table.loc[blink, ["participant", "row", "label"]]
        found.append(rows.assign(fold=split.fold, p_closed=closed[blink].astype(np.float64)))
    return found
