"""Train ``eye_inception`` for one fold: a head on frozen embeddings, or all weights on from the user's file."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from myoscene.core.errors import InputError
from myoscene.learn.cohort.frames import EyeFrames, read_cohort_frames
from myoscene.learn.cohort.split import Split, config_hash, member_splits, read_split
from myoscene.learn.engine.card import FRAMES, make_card, require_trainable
from myoscene.learn.engine.checkpoint import save_checkpoint
from myoscene.learn.engine.loop import Keeping, discard_state
from myoscene.learn.engine.train_eyes import CohortPaths, neutral_mean, sides, without_blinks
from myoscene.learn.engine.train_network import PACKAGES, keeping_of, one_thread
from myoscene.learn.models.eye_cnn.train import Labelled, Preparation, digest_frames, train_on_frames
from myoscene.learn.models.eye_inception.embed import PERSONALISED, PLAIN, READ, finetunable_network
from myoscene.learn.models.eye_inception.network import WIDTH
from myoscene.learn.models.eye_inception.weights import required_checksum

LOG = logging.getLogger(__name__)
PathLike = str | os.PathLike[str]
# Heads of a frozen model, and the column of the embedding store that each reads.
HEADS = {"plain": PLAIN, "personalised": PERSONALISED}
TOO_FEW = "too few people have personalised frames of two classes to train and validate on"


@dataclass(frozen=True)
class EmbeddingInput:
    """Standardised embeddings of frames, one column of their store.

    Attributes:
        centre, spread: mean and standard deviation ``(2048,)`` of the training people's embeddings.
        column: ``PLAIN`` or ``PERSONALISED``.
    """

    centre: Tensor
    spread: Tensor
    column: int

    def __call__(self, frames: EyeFrames, start: int = 0, stop: int | None = None) -> Tensor:
        """Input ``(frames, 2048)`` of the frames ``start`` to ``stop``."""
        return (read_embeddings(frames, start, stop)[:, self.column] - self.centre) / self.spread


def read_embeddings(frames: EyeFrames, start: int = 0, stop: int | None = None) -> Tensor:
    """Embeddings ``(frames, 2, 2048)`` of the frames ``start`` to ``stop``; InputError where the store is another."""
    store = frames.embeddings
    if store is None or store.shape != (len(frames.images), 2, WIDTH):
        where = store.path if store else frames.images.path
        raise InputError(f"{where} does not come with InceptionV3 embeddings of its images; delete it and run again")
    return torch.from_numpy(store.read(frames.rows[start:stop]))


def measured(frames: EyeFrames, column: int) -> EmbeddingInput:
    """The input of a head, standardised on ``frames``, which are read in batches; a constant value keeps scale 1."""

    def batches() -> Iterator[Tensor]:
        for start in range(0, len(frames), READ):
            yield read_embeddings(frames, start, start + READ)[:, column].to(torch.float64)

    nothing = torch.zeros(WIDTH, dtype=torch.float64)
    centre = sum((batch.sum(dim=0) for batch in batches()), nothing) / len(frames)
    squares = sum(((batch - centre).square().sum(dim=0) for batch in batches()), nothing)
    spread = (squares / len(frames)).sqrt()
    spread[spread < 1e-6] = 1.0
    return EmbeddingInput(centre.to(torch.float32), spread.to(torch.float32), column)


def train_inception(
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
    embeddings: PathLike | None = None,
    weights: PathLike | None = None,
    resume: PathLike | None = None,
    resume_every_epochs: int = 1,
    log_every_epochs: int = 5,
) -> None:
    """Train ``model`` on the fold's people, stop it early on its validation people, write checkpoint and card.

    ``eye_inception`` sees personalised frames, ``eye_inception_plain`` plain ones. Only rows of the fold's training and
    validation people are read. Frames that the fold's blink classifier removed are left out.

    Args:
        blinks: table of the fold's blinks, None without blink cleaning.
        neutral: label of the neutral frames; see :func:`myoscene.learn.engine.train_eyes.neutral_mean`.
        about: see :func:`myoscene.learn.engine.card.make_card`; its ``settings`` are the section
        ``learn.eye_inception``. Of
            the weights the card keeps the SHA-256, not where the file was.
        embeddings: store of the cohort's embeddings; needed in mode ``frozen``.
        weights: the user's file; needed in mode ``finetuned``.
        resume: see :func:`myoscene.learn.engine.train_network.train_fold`; a head is trained too fast to need it.

    Raises:
        InputError: fewer than two classes in the training people, nobody to validate, or weights that cannot be used.
    """
    one_thread()
    settings = {name: value for name, value in about["settings"].items() if name != "weights"}
    settings["sha256"] = required_checksum(settings["sha256"])
    about = {**about, "settings": settings}
    frozen = settings["mode"] == "frozen"
    split = read_split(folds, fold)
    people = tuple(sorted(split.training + split.validation))
    read = (cohort.table, cohort.images, cohort.neutrals, people, classes, cohort.n_eyes)
    table, frames = without_blinks(*read_cohort_frames(*read, embeddings if frozen else None), blinks)
    work = Work(table, frames, classes, split, about)
    labels = list(table["label"][table["participant"].isin(split.training)])
    trained = require_trainable(labels, classes, fold, FRAMES)
    sizes: dict[str, Any] = {
        "height_px": frames.height,
        "width_px": frames.width,
        "n_eyes": frames.n_eyes,
        "side_px": settings["side_px"],
    }
    personalised = not model.endswith("_plain")
    sizes |= {"personalised": personalised, "mode": settings["mode"]}
    keeping = Keeping(None, "", resume_every_epochs, log_every_epochs)
    if frozen:
        arrays, history, heads = _heads(work, personalised, keeping)
    else:
        heads = {}
        keeping = keeping_of(resume, 0, resume_every_epochs, log_every_epochs)
        arrays, history = _finetuned(work, weights, sizes, neutral, model, keeping)
    missing = [name for name in classes if name not in trained]
    card = make_card(model, split, classes, missing, sizes, about, PACKAGES, history)
    card["members"] = [{"training": list(split.training), "validation": list(split.validation)}]
    card["weights_sha256"] = settings["sha256"]
    card["heads"] = heads
    save_checkpoint(checkpoint, arrays, card)
    if keeping.path:
        discard_state(keeping.path)


@dataclass(frozen=True)
class Work:
    """What a fold trains on: table and frames of its training and validation people, no one else's."""

    table: pd.DataFrame
    frames: EyeFrames
    classes: list[str]
    split: Split
    about: dict[str, Any]

    def parts(self, split: Split, chosen: np.ndarray) -> tuple[Labelled, Labelled]:
        """Training and validation frames of ``split``, of those that are ``chosen`` (mask)."""
        table = self.table[chosen].reset_index(drop=True)
        labels = np.array([self.classes.index(label) for label in table["label"]], dtype=np.int64)
        return sides(table, Labelled(self.frames.take(chosen), labels), split)


def _heads(
    work: Work, personalised: bool, keeping: Keeping
) -> tuple[dict[str, np.ndarray], list[dict[str, Any]], dict[str, Any]]:
    """Arrays, history and description of the heads on frozen embeddings.

    A personalised model has two: one for frames minus their session's mean neutral image, and, for sessions that have
    none, the very head of the plain model. They never see each other's input.
    """
    arrays: dict[str, np.ndarray] = {}
    history: list[dict[str, Any]] = []
    heads: dict[str, Any] = {}
    for name in HEADS if personalised else ["plain"]:
        chosen = work.frames.neutral >= 0 if name == "personalised" else np.ones(len(work.table), dtype=bool)
        split = _split_of(work, chosen) if name == "personalised" else work.split
        if split is None:
            LOG.warning("fold %s: no personalised head: %s", work.split.fold, TOO_FEW)
            heads[name] = {"trained": False, "reason": TOO_FEW}
            continue
        training, validation = work.parts(split, chosen)
        # The loop only calls it, as it calls a Preparation.
        prepare: Any = measured(training.frames, HEADS[name])
        settings, seed = work.about["settings"] | {"augment": 0.0}, work.about["seed"]
        torch.manual_seed(seed)
        head = nn.Sequential(nn.Dropout(settings["dropout"]), nn.Linear(WIDTH, len(work.classes)))
        weights, course = train_on_frames(
            head, len(work.classes), training, validation, prepare, settings, seed, keeping
        )
        held = {"weight": weights["1.weight"], "bias": weights["1.bias"]}
        held |= {"centre": prepare.centre, "spread": prepare.spread}
        arrays |= {f"{name}/{part}": tensor.numpy() for part, tensor in held.items()}
        history += [{"member": 0, "head": name, **entry} for entry in course]
        seen = set(training.labels.tolist())
        missing = [label for place, label in enumerate(work.classes) if place not in seen]
        heads[name] = {"trained": True, "frames": len(training.labels), "missing_classes": missing}
        heads[name]["validation_participants"] = list(split.validation)
    return arrays, history, heads


def _split_of(work: Work, chosen: np.ndarray) -> Split | None:
    """Who trains and who validates on the ``chosen`` frames; None where they train no head.

    The fold's own people in their own roles; where those who validate have no such frame, others in turn.
    """
    own = work.table[chosen]
    for split in member_splits(work.split, len(work.split.training) + 1, work.about["seed"]):
        classes = set(own["label"][own["participant"].isin(split.training)])
        if len(classes) > 1 and own["participant"].isin(split.validation).any():
            return split
    return None


def _finetuned(
    work: Work, weights: PathLike | None, sizes: dict[str, Any], neutral: str | None, model: str, keeping: Keeping
) -> tuple[dict[str, np.ndarray], list[dict[str, Any]]]:
    """Arrays and history of the whole network trained on from the user's weights.

    The auxiliary classifier, a help for training from scratch, is left out (our choice). Batch normalisation goes on
    learning its statistics: infra-red eyes are far from the photographs that the weights come from.
    """
    about, n_classes = work.about, len(work.classes)
    settings, seed = about["settings"], about["seed"]
    training, validation = work.parts(work.split, np.ones(len(work.table), dtype=bool))
    in_training = work.table["participant"].isin(work.split.training).to_numpy()
    plain_mean = neutral_mean(work.table[in_training], work.frames.take(in_training), neutral)
    prepare = Preparation(plain_mean, sizes["personalised"], standardise="none")
    network = finetunable_network(weights, settings["sha256"], n_classes, settings["dropout"], seed, sizes["side_px"])
    data = [digest_frames(part, prepare) for part in (training, validation)] if keeping.path else []
    binding = {"model": model, "fold": work.split.fold, "classes": work.classes, "sizes": sizes, "about": about}
    bound = replace(keeping, binding=config_hash({**binding, "data": data}))
    found, history = train_on_frames(network, n_classes, training, validation, prepare, settings, seed, bound)
    arrays = {f"0/{name.removeprefix('network.')}": tensor.numpy() for name, tensor in found.items()}
    return {"plain_mean": plain_mean.numpy(), **arrays}, [{"member": 0, **entry} for entry in history]
