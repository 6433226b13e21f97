"""Train a network on the normalised signal for one fold."""

import hashlib
import logging
import os
from typing import Any

import numpy as np
import torch

from myoscene.learn.batches import Stretch, signal_columns, stretches
from myoscene.learn.card import make_card, require_trainable
from myoscene.learn.checkpoint import save_checkpoint
from myoscene.learn.geometry import fit_geometry, window_samples
from myoscene.learn.networks import CnnTcn
from myoscene.learn.split import config_hash, read_people, read_split
from myoscene.learn.training import Keeping, discard_state, train_network
from myoscene.tables.learn import COHORT_SIGNALS

LOG = logging.getLogger(__name__)
PACKAGES = ("numpy", "torch")


def train_fold(
    signals: str | os.PathLike[str],
    folds: str | os.PathLike[str],
    checkpoint: str | os.PathLike[str],
    *,
    model: str,
    fold: str,
    classes: list[str],
    about: dict[str, Any],
    resume: str | os.PathLike[str] | None = None,
    resume_every_epochs: int = 1,
    log_every_epochs: int = 5,
) -> None:
    """Train ``model`` on the fold's people, stop it early on its validation people, write checkpoint and card.

    Only rows of those people are read. The state is kept in ``resume`` while it trains: a job that was killed
    goes on from there, with the very same weights as if it had not been; a state that belongs to other data or
    settings is ignored.

    Args:
        about: see :func:`myoscene.learn.card.make_card`.

    Raises:
        InputError: fewer than two classes in the training people, or sizes that do not fit the window.
    """
    one_thread()
    split = read_split(folds, fold)
    frame = read_people(signals, COHORT_SIGNALS, split.training, classes)
    channels = [name.removeprefix("signal__") for name in signal_columns(frame)]
    trained = require_trainable(list(frame["label"].unique()), classes, fold)
    window, hop = window_samples(about["rate_hz"], about["windows"]["length_s"], about["windows"]["hop_s"])
    geometry = fit_geometry(window, hop, about["settings"])
    training = stretches(frame, classes)
    validation = stretches(read_people(signals, COHORT_SIGNALS, split.validation, classes), classes)
    sizes = {"channels": channels, "window_samples": window, "hop_samples": hop}
    binding = config_hash(
        {
            "fold": fold,
            "classes": classes,
            "sizes": sizes,
            "about": about,
            "data": [digest(training), digest(validation)],
        }
    )
    seed = about["seed"]
    torch.manual_seed(seed)
    network = CnnTcn(len(channels), len(classes), geometry, about["settings"])
    network.stem.measure([stretch.signal for stretch in training])
    LOG.info(
        "%s, fold %s: %d stretches of %d people, window %d samples, stride %d, dilations %s",
        *(model, fold, len(training), len(split.training), window, geometry.stride, list(geometry.dilations)),
    )
    settings = dict(about["settings"])
    settings["time_shift_samples"] = round(settings["time_shift_s"] * about["rate_hz"])
    keeping = Keeping(resume, binding, resume_every_epochs, log_every_epochs)
    weights, history = train_network(network, training, validation, settings, seed, keeping)
    missing = [name for name in classes if name not in trained]
    card = make_card(model, split, classes, missing, sizes, about, PACKAGES, history)
    card["dilations"] = list(geometry.dilations)
    save_checkpoint(checkpoint, {name: tensor.numpy() for name, tensor in weights.items()}, card)
    if resume:
        discard_state(resume)


def one_thread() -> None:
    """Sums in one order, so that the same seed gives the same bytes."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)


def digest(items: list[Stretch]) -> str:
    """SHA-256 of the stretches' signals, labels and origins."""
    total = hashlib.sha256()
    for item in items:
        total.update(f"{item.participant} {item.recording} {item.event} {item.label} {item.signal.shape}".encode())
        total.update(np.ascontiguousarray(item.signal.numpy()).tobytes())
    return total.hexdigest()
