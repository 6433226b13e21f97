"""Train a network on the normalised signal for one fold."""

import hashlib
import logging
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from myoscene.learn.cohort.split import Split, config_hash, member_splits, read_people, read_split
from myoscene.learn.cohort.stretches import Stretch, signal_columns, stretches
from myoscene.learn.engine.card import make_card, require_trainable
from myoscene.learn.engine.checkpoint import save_checkpoint
from myoscene.learn.engine.loop import Keeping, discard_state, train_network
from myoscene.learn.models.cnn_tcn.geometry import Geometry, fit_geometry, window_samples
from myoscene.learn.models.cnn_tcn.network import CnnTcn
from myoscene.learn.tables import COHORT_SIGNALS

LOG = logging.getLogger(__name__)
PACKAGES = ("numpy", "torch")
# Between the seeds of a fold's members; epochs use the ones in between.
MEMBER_SEED = 7919


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

    With several members (``settings["members"]``), as many networks are trained, each with other validation people
    of the fold, and their probabilities are averaged (deep ensemble: Lakshminarayanan et al. 2017).

    Only rows of those people are read. The state is kept in ``resume`` while it trains: a job that was killed
    goes on from there, with the very same weights as if it had not been; a state that belongs to other data or
    settings is ignored.

    Args:
        about: see :func:`myoscene.learn.engine.card.make_card`.

    Raises:
        InputError: fewer than two classes in the training people, or sizes that do not fit the window.
    """
    one_thread()
    split = read_split(folds, fold)
    people = tuple(sorted(split.training + split.validation))
    frame = read_people(signals, COHORT_SIGNALS, people, classes)
    channels = [name.removeprefix("signal__") for name in signal_columns(frame)]
    members = member_splits(split, about["settings"]["members"], about["seed"])
    # A class counts as trained only where every member has seen it.
    seen = [set(frame["label"][frame["participant"].isin(member.training)]) for member in members]
    trained = require_trainable(sorted(set.intersection(*seen)), classes, fold)
    window, hop = window_samples(about["rate_hz"], about["windows"]["length_s"], about["windows"]["hop_s"])
    sizes = {"channels": channels, "window_samples": window, "hop_samples": hop}
    setup = Setup(
        classes=classes,
        channels=len(channels),
        geometry=fit_geometry(window, hop, about["settings"]),
        about=about,
        binding={"fold": fold, "classes": classes, "sizes": sizes, "about": about},
        items=stretches(frame, classes),
    )
    LOG.info(
        "%s, fold %s: %d stretches of %d people, window %d samples, stride %d, dilations %s",
        *(model, fold, len(setup.items), len(people), window, setup.geometry.stride, list(setup.geometry.dilations)),
    )
    arrays: dict[str, np.ndarray] = {}
    history: list[dict[str, Any]] = []
    keepings = [keeping_of(resume, number, resume_every_epochs, log_every_epochs) for number in range(len(members))]
    for number, member in enumerate(members):
        weights, course = _train_member(setup, member, number, keepings[number])
        arrays |= {f"{number}/{name}": tensor.numpy() for name, tensor in weights.items()}
        history += [{"member": number, **entry} for entry in course]
    missing = [name for name in classes if name not in trained]
    card = make_card(model, split, classes, missing, sizes, about, PACKAGES, history)
    card["dilations"] = list(setup.geometry.dilations)
    card["members"] = [{"training": list(m.training), "validation": list(m.validation)} for m in members]
    save_checkpoint(checkpoint, arrays, card)
    for keeping in keepings:
        if keeping.path:
            discard_state(keeping.path)


@dataclass(frozen=True)
class Setup:
    """What the members of a fold share: sizes, settings, and the stretches of everybody but the held-out people."""

    classes: list[str]
    channels: int
    geometry: Geometry
    about: dict[str, Any]
    binding: dict[str, Any]
    items: list[Stretch]


def _train_member(
    setup: Setup, member: Split, number: int, keeping: Keeping
) -> tuple[dict[str, torch.Tensor], list[dict[str, Any]]]:
    """Weights and history of one network of the fold."""
    training = [item for item in setup.items if item.participant in member.training]
    validation = [item for item in setup.items if item.participant in member.validation]
    data = [digest(training), digest(validation)]
    bound = replace(keeping, binding=config_hash({**setup.binding, "member": number, "data": data}))
    seed = setup.about["seed"] + number * MEMBER_SEED
    torch.manual_seed(seed)
    network = CnnTcn(setup.channels, len(setup.classes), setup.geometry, setup.about["settings"])
    network.stem.measure([stretch.signal for stretch in training])
    LOG.info("member %d: trained on %s, stopped by %s", number, *map(", ".join, (member.training, member.validation)))
    settings = dict(setup.about["settings"])
    settings["time_shift_samples"] = round(settings["time_shift_s"] * setup.about["rate_hz"])
    return train_network(network, training, validation, settings, seed, bound)


def keeping_of(path: str | os.PathLike[str] | None, number: int, every: int, log_every: int) -> Keeping:
    """A member's own state file; the first one's has the plain name."""
    target = Path(path) if path else None
    own = target.with_name(f"{target.stem}.{number}{target.suffix}") if target and number else target
    return Keeping(own, "", every, log_every)


def one_thread() -> None:
    """Sums in one order, so that the same seed gives the same bytes."""
    torch.set_num_threads(1)
    # The same flag as use_deterministic_algorithms, which would load torch's compiler besides (over a second a job).
    torch.set_deterministic_debug_mode("error")


def digest(items: list[Stretch]) -> str:
    """SHA-256 of the stretches' signals, labels and origins."""
    total = hashlib.sha256()
    for item in items:
        total.update(f"{item.participant} {item.recording} {item.event} {item.label} {item.signal.shape}".encode())
        total.update(np.ascontiguousarray(item.signal.numpy()).tobytes())
    return total.hexdigest()
