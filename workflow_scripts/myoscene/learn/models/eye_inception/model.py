"""``eye_inception``: a head on frozen embeddings, or all weights trained on from the user's file; its predictions."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from myoscene.core.errors import InputError
from myoscene.core.settings import from_plain
from myoscene.learn.cohort.frames import EyeFrames, read_cohort_frames
from myoscene.learn.cohort.split import Split, member_splits
from myoscene.learn.engine.card import Card, Entry, Fitted, Member
from myoscene.learn.engine.check import need, shape, size
from myoscene.learn.engine.checkpoint import Arrays, under
from myoscene.learn.engine.device import prepare as prepare_device
from myoscene.learn.engine.ensemble import loaded
from myoscene.learn.engine.frames import (
    FrameCourse,
    fit_frames,
    image_input,
    labelled,
    probabilities_of,
    read_each,
    sides,
)
from myoscene.learn.engine.image_input import Preparation, neutral_mean
from myoscene.learn.engine.loop import Run, train
from myoscene.learn.engine.task import FRAMES, Task, require_trainable
from myoscene.learn.models.eye_inception.embed import (
    PERSONALISED,
    PLAIN,
    READ,
    EyeInception,
    finetunable_network,
    frozen_network,
    unpersonalised,
)
from myoscene.learn.models.eye_inception.network import WIDTH
from myoscene.learn.models.eye_inception.weights import required_checksum
from myoscene.learn.models.settings import EyeInceptionSettings

LOG = logging.getLogger(__name__)

MODELS = {
    "eye_inception": {"kind": "eyes", "order": 8, "label": "eye Inception"},
    "eye_inception_plain": {"kind": "eyes", "order": 9, "label": "eye Inception, plain", "section": "eye_inception"},
}
# Heads of a frozen model, and the column of the embedding store that each reads.
HEADS = {"plain": PLAIN, "personalised": PERSONALISED}
TOO_FEW = "too few people have personalised frames of two classes to train and validate on"


@dataclass(frozen=True)
class EmbeddingInput:
    """Embeddings in a ``column`` of frames' store, standardised by those of the training people, ``(2048,)``."""

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


def fit(task: Task) -> Fitted:
    """Train heads on frozen embeddings, or the whole network on from the user's weights.

    ``eye_inception`` sees personalised frames, ``eye_inception_plain`` plain ones. Frames that the fold's blink
    classifier removed are left out. Of the weights the card keeps the SHA-256, not where the file was.

    Raises:
        InputError: fewer than two classes in the training people, nobody to validate, or weights that cannot be used.
    """
    prepare_device(task.execution.device)
    settings = from_plain(EyeInceptionSettings, task.spec.settings)
    settings = replace(settings, sha256=required_checksum(settings.sha256))
    # The card says of the weights what they are, and not where they were.
    told = {name: value for name, value in task.spec.settings.items() if name != "weights"}
    told["sha256"] = settings.sha256
    task = replace(task, spec=replace(task.spec, settings=told))
    split, classes, personalised = task.split, task.spec.classes, not task.spec.model.endswith("_plain")
    table, frames = read_cohort_frames(task.cohort, task.people, classes)
    trained = require_trainable(
        list(table["label"][table["participant"].isin(split.training)]), classes, split.fold, FRAMES
    )
    work = Work(task, settings, table, frames, personalised)
    heads: dict[str, Entry] = {}
    if settings.mode == "frozen":
        arrays, history, heads = _heads(work)
        images, members = image_input(frames, personalised), [Member.of(split)]
        fitted = Fitted(arrays, [], images=images, members=members, history=history)
    else:
        fitted = _finetuned(work)
    own = {"side_px": settings.side_px, "mode": settings.mode, "weights_sha256": settings.sha256, "heads": heads}
    return replace(fitted, missing=[name for name in classes if name not in trained], own=own, spec=task.spec)


@dataclass(frozen=True)
class Work:
    """What a fold trains on: table and frames of its training and validation people, no one else's."""

    task: Task
    settings: EyeInceptionSettings
    table: pd.DataFrame
    frames: EyeFrames
    personalised: bool


def _heads(work: Work) -> tuple[Arrays, list[Entry], dict[str, Entry]]:
    """Arrays and history of the heads on frozen embeddings, and what there is of each.

    A personalised model has two: one for frames minus their session's mean neutral image, and, for sessions that have
    none, the very head of the plain model. They never see each other's input.
    """
    arrays: Arrays = {}
    history: list[Entry] = []
    heads: dict[str, Entry] = {}
    spec, settings, fold = work.task.spec, work.settings, work.task.split.fold
    for name in HEADS if work.personalised else ["plain"]:
        chosen = work.frames.neutral >= 0 if name == "personalised" else np.ones(len(work.table), dtype=bool)
        split = _split_of(work, chosen) if name == "personalised" else work.task.split
        if split is None:
            LOG.warning("fold %s: no personalised head: %s", fold, TOO_FEW)
            heads[name] = {"trained": False, "reason": TOO_FEW}
            continue
        table = work.table[chosen].reset_index(drop=True)
        training, validation = sides(table, labelled(table, work.frames.take(chosen), spec.classes), split)
        prepare = measured(training.frames, HEADS[name])
        torch.manual_seed(spec.seed)
        head = nn.Sequential(nn.Dropout(settings.dropout), nn.Linear(WIDTH, len(spec.classes)))
        course = FrameCourse((training, validation), len(spec.classes), prepare, replace(settings, augment=0.0))
        # A head is trained too fast to need its state kept.
        execution = replace(work.task.execution, resume=None)
        [(weights, steps)] = train([Run(head, course, settings, spec.seed, execution)])
        held = {"weight": weights["1.weight"], "bias": weights["1.bias"]}
        held |= {"centre": prepare.centre, "spread": prepare.spread}
        arrays |= {f"{name}/{part}": tensor.numpy() for part, tensor in held.items()}
        history += [{"member": 0, "head": name, **entry} for entry in steps]
        seen = set(training.labels.tolist())
        missing = [label for place, label in enumerate(spec.classes) if place not in seen]
        said = {"frames": len(training.labels), "missing_classes": missing}
        heads[name] = {"trained": True, **said, "validation_participants": list(split.validation)}
    return arrays, history, heads


def _split_of(work: Work, chosen: np.ndarray) -> Split | None:
    """Who trains and who validates on the ``chosen`` frames; None where they train no head.

    The fold's own people in their own roles; where those who validate have no such frame, others in turn.
    """
    own, split = work.table[chosen], work.task.split
    for other in member_splits(split, len(split.training) + 1, work.task.spec.seed):
        classes = set(own["label"][own["participant"].isin(other.training)])
        if len(classes) > 1 and own["participant"].isin(other.validation).any():
            return other
    return None


def _finetuned(work: Work) -> Fitted:
    """The whole network trained on from the user's weights.

    The auxiliary classifier, a help for training from scratch, is left out (our choice). Batch normalisation goes on
    learning its statistics: infra-red eyes are far from the photographs that the weights come from.
    """
    task, spec, split, settings = work.task, work.task.spec, work.task.split, work.settings
    training = work.table["participant"].isin(split.training).to_numpy()
    plain_mean = neutral_mean(work.table[training], work.frames.take(training), spec.neutral)
    prepare = Preparation(plain_mean, work.personalised, standardise="none")
    sizes = (len(spec.classes), settings.dropout, spec.seed, settings.side_px)
    network = finetunable_network(task.weights, settings.sha256, *sizes)
    data = work.table, labelled(work.table, work.frames, spec.classes)
    return fit_frames(task, settings, [split], data, prepare, lambda: network)


class InceptionPredictor:
    """A trained ``eye_inception``. See :class:`myoscene.learn.models.registry.Predictor`.

    A frozen one holds only its heads. It reads embeddings where the frames have them; for frames that come as pixels
    alone it needs the user's ``weights`` file again, whose SHA-256 has to be the card's.
    """

    kind = "eyes"

    def __init__(self, arrays: Arrays, card: Card, weights: str | os.PathLike[str] | None = None) -> None:
        assert card.images is not None
        self.card, self.classes, self.weights = card, card.classes, weights
        self.personalised = card.images.personalised
        self.frozen = card.own["mode"] == "frozen"
        self._arrays = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
        self._embedder: EyeInception | None = None
        if not self.frozen:
            network = EyeInception(len(self.classes), card.settings["dropout"], card.own["side_px"])
            self._embedder = loaded(network, under(arrays, "0/"))
        heads = [name for name in HEADS if card.own["heads"].get(name, {}).get("trained")]
        self.heads = heads if self.frozen else []

    def adapted_to(self, table: pd.DataFrame, frames: EyeFrames) -> "InceptionPredictor":
        """Itself: its normalisation is that of the user's weights."""
        return self

    def predict_frames(self, frames: EyeFrames) -> NDArray[np.float32]:
        """Probabilities ``(frames, classes)``.

        Raises:
            InputError: frames of another size than the training's, or a frozen model without embeddings and weights.
        """
        return read_each(self.card, frames, len(self.classes), self._probabilities)

    def embed_frames(self, frames: EyeFrames) -> NDArray[np.float32]:
        """Embeddings ``(frames, 2048)`` of the input that the prediction of each frame uses; raises as that does."""
        return read_each(self.card, frames, WIDTH, self._embeddings)

    def _personalised(self, frames: EyeFrames) -> NDArray[np.bool_]:
        """Which frames are personalised: their session has a neutral image, and there is a head for such."""
        return (frames.neutral >= 0) & ("personalised" in self.heads)

    def _embeddings(self, frames: EyeFrames) -> Tensor:
        """``(frames, 2048)`` of the input that each frame is predicted from."""
        if not self.frozen:
            prepare = Preparation(self._arrays["plain_mean"], self.personalised, standardise="none")
        elif frames.embeddings is not None:
            column = torch.from_numpy(self._personalised(frames).astype(np.int64))
            return read_embeddings(frames)[torch.arange(len(frames)), column]
        else:
            prepare = unpersonalised(frames, "personalised" in self.heads)
        return self._network().embed(prepare(frames))

    def _probabilities(self, frames: EyeFrames) -> Tensor:
        embeddings = self._embeddings(frames)
        if not self.frozen:
            return probabilities_of(self._network().fc(embeddings), self.card.untrained)
        found = torch.zeros(len(frames), len(self.classes))
        personalised = self._personalised(frames)
        for name in self.heads:
            chosen = torch.from_numpy(personalised == (name == "personalised"))
            own = {part: self._arrays[f"{name}/{part}"] for part in ("centre", "spread", "weight", "bias")}
            standard = (embeddings[chosen] - own["centre"]) / own["spread"]
            scores = standard @ own["weight"].T + own["bias"]
            missing = self.card.own["heads"][name]["missing_classes"]
            found[chosen] = probabilities_of(scores, [i for i, label in enumerate(self.classes) if label in missing])
        return found

    def _network(self) -> EyeInception:
        """The network; a frozen model's comes from the user's file, once."""
        if self._embedder is None:
            if self.weights is None:
                raise InputError(
                    f"the model '{self.card.model}' of fold '{self.card.fold}' keeps only its head, and these "
                    f"frames have no embeddings: make them with embed_inception, or give the weights file "
                    f"of SHA-256 {self.card.own['weights_sha256']} (learn.eye_inception.weights)"
                )
            self._embedder = frozen_network(self.weights, self.card.own["weights_sha256"], self.card.own["side_px"])
        return self._embedder


def load(arrays: Arrays, card: Card) -> InceptionPredictor:
    """See :class:`myoscene.learn.models.registry.Model`."""
    said, classes = card.own, len(card.classes)
    size(said["side_px"], "side_px", 4096)
    need(said["mode"] in ("frozen", "finetuned"), f"mode is {said['mode']!r}")
    heads = [name for name, head in said["heads"].items() if head.get("trained")] if said["mode"] == "frozen" else []
    need(bool(heads) or said["mode"] != "frozen", "no head is trained")
    for head in heads:
        weight = arrays[f"{head}/weight"]
        need(weight.ndim == 2 and len(weight) == classes, f"'{head}/weight' is {weight.shape}")
        for name, wanted in (("centre", weight.shape[1:]), ("spread", weight.shape[1:]), ("bias", (classes,))):
            shape(arrays, f"{head}/{name}", wanted, np.float32)
    return InceptionPredictor(arrays, card)
