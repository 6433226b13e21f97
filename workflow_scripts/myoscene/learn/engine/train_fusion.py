"""Train a fusion of EMG and eyes for one fold, from the fold's trained models of each."""

import hashlib
import logging
import os
from dataclasses import replace
from typing import Any

import numpy as np

from myoscene.core.errors import InputError
from myoscene.learn.cohort.files import Cohort
from myoscene.learn.cohort.identity import require_same_cohort
from myoscene.learn.cohort.paired import read_paired
from myoscene.learn.cohort.split import Split, config_hash, read_split
from myoscene.learn.engine.card import make_card
from myoscene.learn.engine.checkpoint import read_checkpoint, save_checkpoint
from myoscene.learn.engine.loop import Keeping, discard_state
from myoscene.learn.engine.train_network import PACKAGES, keeping_of, one_thread
from myoscene.learn.models.cnn_tcn.predict import SignalPredictor
from myoscene.learn.models.eye_cnn.predict import EyePredictor
from myoscene.learn.models.fusion.joint import Data, JointNetwork, digest_events, make_events, train_joint
from myoscene.learn.models.fusion.late import fit_calibration, judged_windows, report
from myoscene.learn.models.fusion.predict import EMG, EYES, HEAD, require_same_fold

LOG = logging.getLogger(__name__)
PathLike = str | os.PathLike[str]
Arrays = dict[str, np.ndarray]
Card = dict[str, Any]


def train_fusion(
    cohort: Cohort,
    folds: PathLike,
    blinks: PathLike | None,
    emg_checkpoint: PathLike,
    eye_checkpoint: PathLike,
    checkpoint: PathLike,
    *,
    model: str,
    fold: str,
    classes: list[str],
    about: dict[str, Any],
    resume: PathLike | None = None,
    resume_every_epochs: int = 1,
    log_every_epochs: int = 5,
) -> None:
    """Join the fold's ``cnn_tcn`` and ``eye_cnn``; write one checkpoint that needs neither of theirs.

    ``fusion_late`` calibrates and combines their probabilities on the fold's validation people, and reads nobody else.
    ``fusion_joint`` trains both on under one head, on the training people, stopped by the validation people.

    Args:
        cohort: ``windows`` are signals.
        blinks: table of the fold's blinks, None without blink cleaning.
        emg_checkpoint, eye_checkpoint: of the same fold.
        about: see :func:`myoscene.learn.engine.card.make_card`.
        resume, resume_every_epochs, log_every_epochs: see :func:`myoscene.learn.engine.train_network.train_fold`; of
            ``fusion_joint`` alone.

    Raises:
        InputError: the two checkpoints differ in fold, people or classes, are of another cohort, or nobody has a
            labelled event.
    """
    one_thread()
    split = read_split(folds, fold)
    emg, eyes = read_checkpoint(emg_checkpoint), read_checkpoint(eye_checkpoint)
    require_same_fold(emg[1], eyes[1], fold, classes)
    require_people(split, emg[1])
    require_same_cohort(emg[1], emg_checkpoint, about)
    require_same_cohort(eyes[1], eye_checkpoint, about)
    sizes = {name: emg[1][name] for name in ("channels", "window_samples", "hop_samples")}
    sizes |= {name: eyes[1][name] for name in ("height_px", "width_px", "n_eyes", "personalised")}
    binding = {"model": model, "fold": fold, "classes": classes, "sizes": sizes, "about": about}
    keeping = replace(keeping_of(resume, 0, resume_every_epochs, log_every_epochs), binding=config_hash(binding))
    if model == "fusion_joint":
        arrays, more, history = _joint(cohort, blinks, split, emg, eyes, about, keeping)
    else:
        arrays, more = _late(cohort, blinks, split, emg, eyes, about)
        history = []
    lacking = [set(card["missing_classes"]) for _, card in (emg, eyes)]
    # The joint head is trained on windows of the signal, and late fusion falls back on either model alone.
    missing = lacking[0] if model == "fusion_joint" else lacking[0] & lacking[1]
    card = make_card(
        model, split, classes, [name for name in classes if name in missing], sizes, about, PACKAGES, history
    )
    save_checkpoint(checkpoint, arrays, card | more)
    if keeping.path:
        discard_state(keeping.path)


def require_people(split: Split, card: Card) -> None:
    """InputError when the encoders' people are not those of the fold as it is now."""
    if (list(split.training), list(split.validation)) != (
        card["training_participants"],
        card["validation_participants"],
    ):
        raise InputError(
            f"the '{card['model']}' of fold '{split.fold}' was trained on other participants than the fold has now; "
            f"delete results/learn/{card['model']} and run again"
        )


def _late(
    cohort: Cohort, blinks: PathLike | None, split: Split, emg: tuple[Arrays, Card], eyes: tuple[Arrays, Card],
    about: dict[str, Any],
) -> tuple[Arrays, Card]:  # fmt: skip
    """Weights of both models as they are, and the calibration."""
    predictors = SignalPredictor(*emg), EyePredictor(*eyes)
    items, frames = read_paired(cohort, split.validation, emg[1]["classes"], blinks)
    windows = judged_windows(*predictors, items, frames, emg[1]["hop_samples"], about["windows"]["length_s"])
    found = report(fit_calibration(windows), windows)
    LOG.info("calibrated on %s: %s", ", ".join(split.validation), found)
    arrays = {f"{EMG}{name}": array for name, array in emg[0].items()}
    arrays |= {f"{EYES}{name}": array for name, array in eyes[0].items()}
    return arrays, {"calibration": found, "encoders": {"emg": _encoder(emg[1]), "eyes": _encoder(eyes[1])}}


def _joint(
    cohort: Cohort, blinks: PathLike | None, split: Split, emg: tuple[Arrays, Card], eyes: tuple[Arrays, Card],
    about: dict[str, Any], keeping: Keeping,
) -> tuple[Arrays, Card, list[dict[str, Any]]]:  # fmt: skip
    """Weights of both encoders and the head, trained on from each model's first member, and the history."""
    cards = _encoder(emg[1], members=1), _encoder(eyes[1], members=1)
    signal, images = SignalPredictor(emg[0], cards[0]), EyePredictor(eyes[0], cards[1])
    network = JointNetwork(signal.members[0], images.members[0])
    items, frames = read_paired(cohort, tuple(sorted(split.training + split.validation)), emg[1]["classes"], blinks)
    events = make_events(items, signal.geometry, about["windows"]["length_s"])
    data = Data(
        training=[event for event in events if event.stretch.participant in split.training],
        validation=[event for event in events if event.stretch.participant in split.validation],
        frames=frames,
        prepare=images.prepare,
        emg_settings=cards[0]["settings"],
        eye_augment=cards[1]["settings"]["augment"],
    )
    _say(data, split)
    if keeping.path:
        start = [digest_arrays(arrays) for arrays, _ in (emg, eyes)]
        shown = [digest_events(part, data) for part in (data.training, data.validation)]
        keeping = replace(keeping, binding=config_hash({"binding": keeping.binding, "start": start, "shown": shown}))
    weights, history = train_joint(network, data, about["settings"], about["seed"], keeping)
    arrays = {_stored(name): tensor.numpy() for name, tensor in weights.items()}
    arrays[f"{EYES}plain_mean"] = eyes[0]["plain_mean"]
    return arrays, {"encoders": {"emg": cards[0], "eyes": cards[1]}}, history


def _say(data: Data, split: Split) -> None:
    for who, events in (("training", data.training), ("validation", data.validation)):
        if not events:
            raise InputError(
                f"the {who} participants of fold '{split.fold}' ({', '.join(getattr(split, who))}) have no labelled "
                f"event; raise learn.folds.validation_fraction, or leave people without calibration events out"
            )
        with_eyes = sum(bool(event.averages.any()) for event in events)
        LOG.info("%s: %d events, %d of them with eye frames", who, len(events), with_eyes)


def _stored(name: str) -> str:
    """A network's parameter as it is called in the checkpoint, where the predictors of the encoders find theirs."""
    part, _, rest = name.partition(".")
    return {"emg": f"{EMG}0/", "eyes": f"{EYES}0/", "head": HEAD}[part] + rest


def _encoder(card: Card, members: int | None = None) -> Card:
    """What a predictor needs of an encoder's card; of its first ``members`` only."""
    return {name: value for name, value in card.items() if name != "history"} | {"members": card["members"][:members]}


def digest_arrays(arrays: Arrays) -> str:
    """SHA-256 of weights by name."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        total.update(f"{name} {arrays[name].shape}".encode())
        total.update(np.ascontiguousarray(arrays[name]).tobytes())
    return total.hexdigest()
