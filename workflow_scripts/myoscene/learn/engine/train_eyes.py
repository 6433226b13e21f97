"""Train a network on eye frames for one fold, and the fold's blink classifier."""

import os
import random
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.learn.cohort.frames import EyeFrames, read_cohort_frames
from myoscene.learn.cohort.split import Split, config_hash, member_splits, read_split
from myoscene.learn.engine.card import FRAMES, make_card, require_trainable
from myoscene.learn.engine.checkpoint import save_checkpoint
from myoscene.learn.engine.loop import Keeping, discard_state
from myoscene.learn.engine.train_network import MEMBER_SEED, PACKAGES, keeping_of, one_thread
from myoscene.learn.models.eye_cnn.input import mean_image
from myoscene.learn.models.eye_cnn.network import seeded
from myoscene.learn.models.eye_cnn.train import Labelled, Preparation, digest_frames, train_on_frames
from myoscene.learn.tables import BLINKS

PathLike = str | os.PathLike[str]
OPEN, CLOSED = "open", "closed"


@dataclass(frozen=True)
class CohortPaths:
    """The cohort's eye table and its two stores, and what a frame is."""

    table: PathLike
    images: PathLike
    neutrals: PathLike
    n_eyes: int

    def read(self, people: tuple[str, ...], labels: list[str]) -> tuple[pd.DataFrame, EyeFrames]:
        """Rows of ``people`` with one of ``labels``, and their frames."""
        return read_cohort_frames(self.table, self.images, self.neutrals, people, labels, self.n_eyes)


def train_eye_fold(
    cohort: CohortPaths,
    folds: PathLike,
    blinks: PathLike | None,
    checkpoint: PathLike,
    *,
    model: str,
    fold: str,
    classes: list[str],
    neutral: str | None,
    about: dict[str, Any],
    resume: PathLike | None = None,
    resume_every_epochs: int = 1,
    log_every_epochs: int = 5,
    split: Split | None = None,
) -> None:
    """Train ``model`` on the fold's people, stop it early on its validation people, write checkpoint and card.

    ``eye_cnn`` sees personalised frames, ``eye_cnn_plain`` plain ones; nothing else differs. Only rows of the fold's
    training and validation people are read. Frames that the fold's blink classifier removed are left out.

    Args:
        blinks: table of the fold's blinks, None without blink cleaning.
        neutral: label of the neutral frames, whose mean over the training people is the plain input's constant; all
            frames where it is None or nobody has such.
        about: see :func:`myoscene.learn.engine.card.make_card`.
        resume: see :func:`myoscene.learn.engine.train_network.train_fold`.
        split: people to use instead of all those of the fold (for a learning curve).

    Raises:
        InputError: fewer than two classes in the training people.
    """
    one_thread()
    split = split or read_split(folds, fold)
    table, frames = without_blinks(*cohort.read(tuple(sorted(split.training + split.validation)), classes), blinks)
    among = _among(split, table)
    labels = sorted(set(table["label"][table["participant"].isin(among.training)]))
    require_trainable(labels, classes, fold, FRAMES)
    members = member_splits(among, about["settings"]["members"], about["seed"])
    seen = [set(table["label"][table["participant"].isin(member.training)]) for member in members]
    trained = require_trainable(sorted(set.intersection(*seen)), classes, fold, FRAMES)
    training = table["participant"].isin(split.training).to_numpy()
    plain_mean = neutral_mean(table[training], frames.take(training), neutral)
    prepare = Preparation(plain_mean, not model.endswith("_plain"), about["settings"]["standardise"])
    data = Labelled(frames, np.array([classes.index(label) for label in table["label"]], dtype=np.int64))
    sizes = {"height_px": frames.height, "width_px": frames.width, "n_eyes": frames.n_eyes}
    sizes["personalised"] = prepare.personalised
    arrays: dict[str, np.ndarray] = {"plain_mean": plain_mean.numpy()}
    history: list[dict[str, Any]] = []
    every = (resume_every_epochs, log_every_epochs)
    keepings = [keeping_of(resume, number, *every) for number in range(len(members))]
    for number, member in enumerate(members):
        parts = sides(table, data, member)
        binding = {"model": model, "fold": fold, "classes": classes, "sizes": sizes, "about": about, "member": number}
        weights, course = train_member(parts, prepare, len(classes), about, number, keepings[number], binding)
        arrays |= {f"{number}/{name}": array for name, array in weights.items()}
        history += [{"member": number, **entry} for entry in course]
    missing = [name for name in classes if name not in trained]
    card = make_card(model, split, classes, missing, sizes, about, PACKAGES, history)
    card["members"] = [{"training": list(m.training), "validation": list(m.validation)} for m in members]
    save_checkpoint(checkpoint, arrays, card)
    for keeping in keepings:
        if keeping.path:
            discard_state(keeping.path)


def _among(split: Split, table: pd.DataFrame) -> Split:
    """``split`` of the people who have frames: nobody else can train or stop a member."""
    have = set(table["participant"])
    training, validation = (tuple(name for name in part if name in have) for part in (split.training, split.validation))
    return Split(split.fold, training, validation, split.test)


def sides(table: pd.DataFrame, data: Labelled, member: Split) -> tuple[Labelled, Labelled]:
    """Training and validation frames of ``member``; InputError where one side has none."""
    training = table["participant"].isin(member.training).to_numpy()
    validation = table["participant"].isin(member.validation).to_numpy()
    for who, rows in (("training", training), ("validation", validation)):
        if not rows.any():
            raise InputError(
                f"the {who} participants of fold '{member.fold}' ({', '.join(getattr(member, who))}) have no labelled "
                f"eye frame; raise learn.folds.validation_fraction, or leave people without eye images out"
            )
    return data.take(training), data.take(validation)


def neutral_mean(table: pd.DataFrame, frames: EyeFrames, neutral: str | None) -> Any:
    """Mean neutral image ``(height, width)`` of the people in ``table``."""
    chosen = (table["label"] == neutral).to_numpy()
    if not chosen.any():
        chosen = np.ones(len(table), dtype=bool)
    return mean_image(frames.take(chosen), table["participant"].to_numpy()[chosen])


def train_member(
    parts: tuple[Labelled, Labelled],
    prepare: Preparation,
    n_classes: int,
    about: dict[str, Any],
    number: int,
    keeping: Keeping,
    binding: dict[str, Any],
) -> tuple[dict[str, np.ndarray], list[dict[str, Any]]]:
    """Weights and history of one network trained on ``parts``: training and validation."""
    training, validation = parts
    data = [digest_frames(part, prepare) for part in parts] if keeping.path else []
    bound = replace(keeping, binding=config_hash({**binding, "data": data}))
    seed = about["seed"] + number * MEMBER_SEED
    settings = about["settings"]
    network = seeded(seed, n_classes, training.frames.n_eyes, settings["widths"], settings["dropout"])
    weights, course = train_on_frames(network, n_classes, training, validation, prepare, settings, seed, bound)
    return {name: tensor.numpy() for name, tensor in weights.items()}, course


def without_blinks(table: pd.DataFrame, frames: EyeFrames, blinks: PathLike | None) -> tuple[pd.DataFrame, EyeFrames]:
    """``table`` and ``frames`` without those that the fold's table of blinks names."""
    if blinks is None:
        return table, frames
    rows = read_table(blinks, BLINKS, columns=["row"])["row"]
    kept = ~table["row"].isin(rows).to_numpy()
    return table[kept].reset_index(drop=True), frames.take(kept)


def train_blinks(
    cohort: CohortPaths,
    folds: PathLike,
    checkpoint: PathLike,
    removed: PathLike,
    *,
    fold: str,
    neutral: str,
    closed: str,
    keep_labels: list[str],
    threshold: float,
    about: dict[str, Any],
    synthetic: bool,
) -> None:
    """Fit the fold's blink classifier and list the frames that it takes for blinks.

    It is an ``eye_cnn`` on neutral against closed (Hickson et al. 2019). The fold's people are dealt into two halves;
    each half trains a network that the other half stops, and that cleans the other half: nobody's frames are judged by
    a network that was fitted on them. Held-out people, whom neither saw, get the mean of both.

    Args:
        keep_labels: labels whose frames are never removed, beside ``closed``.
        threshold: probability of closed eyes from which a frame is a blink.
    """
    from myoscene.learn.models.eye_cnn.predict import EyePredictor

    one_thread()
    split = read_split(folds, fold)
    table, frames = cohort.read(tuple(sorted(split.training + split.validation)), [neutral, closed])
    both = {str(person) for person, own in table.groupby("participant") if _both(own, neutral, closed)}
    halves = deal(split, about["seed"], both)
    counted = [_both(table[table["participant"].isin(half)], neutral, closed) for half in halves]
    classes = [OPEN, CLOSED]
    plain_mean = neutral_mean(table, frames, neutral)
    prepare = Preparation(plain_mean, True, about["settings"]["standardise"])
    sizes = {"height_px": frames.height, "width_px": frames.width, "n_eyes": frames.n_eyes, "personalised": True}
    arrays: dict[str, np.ndarray] = {"plain_mean": plain_mean.numpy()}
    members: list[dict[str, Any]] = []
    history: list[dict[str, Any]] = []
    if all(counted):
        data = Labelled(frames, (table["label"] == closed).to_numpy().astype(np.int64))
        for number in range(2):
            member = Split(fold, halves[number], halves[1 - number], split.test)
            parts = sides(table, data, member)
            weights, course = train_member(parts, prepare, 2, about, number, Keeping(), {})
            arrays |= {f"{number}/{name}": array for name, array in weights.items()}
            history += [{"member": number, **entry} for entry in course]
            members.append({"training": list(member.training), "validation": list(member.validation)})
    card = make_card("eye_cnn", split, classes, [], sizes, about, PACKAGES, history) | {"members": members}
    card["note"] = "" if members else f"no blink was removed: too few people have frames of '{neutral}' and '{closed}'"
    found = _blinks(EyePredictor(arrays, card), cohort, split, [closed, *keep_labels], threshold) if members else []
    columns = ["fold", "participant", "row", "label", "p_closed"]
    listed = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
    save_checkpoint(checkpoint, arrays, card)
    write_table(removed, listed.assign(synthetic=synthetic)[[*columns, "synthetic"]], BLINKS)


def deal(split: Split, seed: int, both: Collection[str] = ()) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Two halves of the people who train or validate in a fold, drawn from names, seed and fold.

    Those with ``both`` kinds of frames are dealt first, so that either half has such people if there are two.
    """
    people = sorted(split.training + split.validation)
    random.Random(f"blinks {seed} {split.fold}").shuffle(people)
    people.sort(key=lambda person: person not in both)
    return tuple(sorted(people[::2])), tuple(sorted(people[1::2]))


def _both(table: pd.DataFrame, neutral: str, closed: str) -> bool:
    return bool((table["label"] == neutral).any() and (table["label"] == closed).any())


def _blinks(predictor: Any, cohort: CohortPaths, split: Split, keep: list[str], threshold: float) -> list[pd.DataFrame]:
    """Blinks among everybody's frames, each person judged by networks that were not fitted on them."""
    found = []
    for person in sorted(split.training + split.validation + split.test):
        judges = [number for number, member in enumerate(predictor.card["members"]) if person not in member["training"]]
        table, frames = cohort.read((person,), _labels(cohort, person, keep))
        closed = predictor.chosen(judges).predict_frames(frames)[:, 1]
        blink = closed >= threshold
        rows = table.loc[blink, ["participant", "row", "label"]]
        found.append(rows.assign(fold=split.fold, p_closed=closed[blink].astype(np.float64)))
    return found


def _labels(cohort: CohortPaths, person: str, keep: list[str]) -> list[str]:
    """Labels that ``person`` has and whose frames may be blinks."""
    from myoscene.learn.tables import COHORT_EYES

    labels = read_table(cohort.table, COHORT_EYES, columns=["participant", "label"], where={"participant": [person]})
    return sorted(set(labels["label"]) - set(keep))
