"""Train a model on time-domain features for one fold."""

import logging
import os
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.learn.cohort.split import feature_names, read_people, read_split
from myoscene.learn.engine.card import make_card, require_trainable
from myoscene.learn.engine.checkpoint import save_checkpoint
from myoscene.learn.models.registry import MODELS
from myoscene.learn.tables import COHORT_FEATURES

LOG = logging.getLogger(__name__)
PACKAGES = ("numpy", "scikit-learn", "scipy")


def train_classical(
    features: str | os.PathLike[str],
    folds: str | os.PathLike[str],
    checkpoint: str | os.PathLike[str],
    *,
    model: str,
    fold: str,
    classes: list[str],
    about: dict[str, Any],
) -> None:
    """Fit ``model`` on the fold's people and write checkpoint and card.

    Only rows of the training and validation people are read. The validation people stop a model that stops early; the
    others have nothing to stop and train on them too.

    Args:
        about: see :func:`myoscene.learn.engine.card.make_card`.

    Raises:
        InputError: fewer than two classes, or a feature that is not a number, in the training people.
    """
    split = read_split(folds, fold)
    names = feature_names(features)
    implementation = MODELS[model].load()
    people = split.training if implementation.stops_early else tuple(sorted(split.training + split.validation))
    training = read_people(features, COHORT_FEATURES, people, classes)
    trained = require_trainable(list(training["label"].unique()), classes, fold)
    LOG.info("%s, fold %s: %d windows of %d people", model, fold, len(training), len(people))
    validation = None
    if implementation.stops_early:
        held = read_people(features, COHORT_FEATURES, split.validation, classes)
        validation = _arrays(held[held["label"].isin(trained)], names, trained)
    arrays, history = implementation.fit(
        _arrays(training, names, trained), validation, about["settings"], about["seed"]
    )
    if history:
        LOG.info("%d rounds, validation loss %.4f", len(history) - 1, min(h["validation_loss"] for h in history))
    arrays["class_index"] = np.array([classes.index(name) for name in trained], dtype=np.int64)
    missing = [name for name in classes if name not in trained]
    card = make_card(model, split, classes, missing, {"features": names}, about, PACKAGES, history)
    save_checkpoint(checkpoint, arrays, card)


def _arrays(frame: pd.DataFrame, names: list[str], trained: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Features ``(windows, features)`` float64 and class indices ``(windows,)``."""
    x = frame[names].to_numpy(dtype=np.float64)
    wrong = ~np.isfinite(x)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        where = frame.iloc[row]
        raise InputError(
            f"feature '{names[column]}' of participant '{where['participant']}' is not a number in the window at "
            f"{where['start_s']:g} s of recording '{where['recording']}'; mark that stretch as BAD or leave the "
            f"channel out"
        )
    index = {name: place for place, name in enumerate(trained)}
    return x, frame["label"].map(index).to_numpy(dtype=np.int64)
