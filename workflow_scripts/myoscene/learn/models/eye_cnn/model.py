"""``eye_cnn`` and ``eye_cnn_plain``: a small residual CNN on images of both eyes, trained from scratch in every fold.

Its batch normalisation can be that of the participant's own frames, without their labels (AdaBN, Li et al. 2018).
"""

from collections.abc import Callable
from copy import copy, deepcopy
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from myoscene.core.settings import from_plain
from myoscene.learn.cohort.frames import EyeFrames, read_cohort_frames
from myoscene.learn.cohort.split import Split, member_splits
from myoscene.learn.engine.card import Card, Fitted
from myoscene.learn.engine.check import check_members, need, shape, size
from myoscene.learn.engine.checkpoint import Arrays, under
from myoscene.learn.engine.device import prepare as prepare_device
from myoscene.learn.engine.ensemble import loaded, only
from myoscene.learn.engine.frames import (
    Labelled,
    fit_frames,
    labelled,
    probabilities_of,
    read_each,
    require_size,
)
from myoscene.learn.engine.image_input import Preparation, neutral_mean
from myoscene.learn.engine.stack import Dropout, stacking
from myoscene.learn.engine.task import FRAMES, Task, require_trainable
from myoscene.learn.models.settings import EyeCnnSettings

MODELS = {
    "eye_cnn": {"kind": "eyes", "order": 6, "label": "eye CNN"},
    "eye_cnn_plain": {"kind": "eyes", "order": 7, "label": "eye CNN, plain", "section": "eye_cnn"},
}

EMBEDDING = 64
# Enough frames for means and variances of a participant, few enough for one batch; fewer than LEAST tell of chance (our
# choice).
MOST, LEAST = 512, 32


class Block(nn.Module):
    """Two convolutions beside an identity (He et al. 2016), the second one starting at 0."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(width)
        nn.init.zeros_(self.second_norm.weight)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, width, rows, columns)`` -> the same shape."""
        inner = functional.relu(self.first_norm(self.first(x)))
        return functional.relu(x + self.second_norm(self.second(inner)))


class EyeCnn(nn.Module):
    """Stages of halving resolution, pooled in quarters of each eye, so that brow and lid and both sides stay apart.

    Widths and depths are our choice.
    """

    def __init__(self, classes: int, n_eyes: int, settings: EyeCnnSettings) -> None:
        super().__init__()
        stages: list[nn.Module] = []
        before = 1
        for width in settings.widths:
            stages += [
                nn.Conv2d(before, width, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
                Block(width),
            ]
            before = width
        self.stages = nn.Sequential(*stages)
        self.pool = nn.AdaptiveAvgPool2d((2, 2 * n_eyes))
        self.compress = nn.Linear(before * 4 * n_eyes, EMBEDDING)
        self.dropout = Dropout(settings.dropout)
        self.head = nn.Linear(EMBEDDING, classes)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def embed(self, images: Tensor) -> Tensor:
        """Embeddings ``(frames, 64)`` of ``images`` ``(frames, 1, height, width)``."""
        if not stacking():
            # Channels last: convolutions of few channels are faster so on a CPU.
            images = images.contiguous(memory_format=torch.channels_last)
        return functional.relu(self.compress(self.pool(self.stages(images)).flatten(1)))

    def forward(self, images: Tensor) -> Tensor:
        """Scores ``(frames, classes)``."""
        return self.head(self.dropout(self.embed(images)))


def reference_frames(table: pd.DataFrame, frames: EyeFrames, classes: list[str]) -> EyeFrames:
    """What a participant's statistics are taken from: the frames that have a label, whichever; all without such.

    At most :data:`MOST`, evenly spread. Labelled frames hold the classes in about the shares that training has; the
    others are neutral nearly all the time, and would move a neutral face to the middle.
    """
    rows = np.flatnonzero(table["label"].isin(classes).to_numpy())
    rows = rows if len(rows) else np.arange(len(table))
    if len(rows) > MOST:
        rows = rows[np.linspace(0, len(rows) - 1, MOST).round().astype(np.int64)]
    return frames.take(rows)


@torch.no_grad()
def adapted(network: EyeCnn, images: Tensor, share: float) -> EyeCnn:
    """A copy whose batch normalisations mix in the statistics of ``images`` ``(frames, 1, height, width)``.

    Their means and variances become ``share`` of these images' and the rest of the training's, as Li et al. have it
    with a share of 1. Each layer's are of what comes out of the layers before, normalised by these images alone.
    """
    own = deepcopy(network)
    for layer in own.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.train()
            layer.momentum = share
    own.embed(images)
    return own.eval()


def fit(task: Task) -> Fitted:
    """Train networks on the fold's frames; ``eye_cnn`` sees personalised ones, ``eye_cnn_plain`` plain ones.

    Frames that the fold's blink classifier removed are left out. People without frames train and stop nothing.

    Raises:
        InputError: fewer than two classes in the training people, or nobody to validate.
    """
    prepare_device(task.execution.device)
    spec, split, settings = task.spec, task.split, from_plain(EyeCnnSettings, task.spec.settings)
    table, frames = read_cohort_frames(task.cohort, task.people, spec.classes)
    have = set(table["participant"])
    training, validation = (tuple(name for name in side if name in have) for side in (split.training, split.validation))
    among = Split(split.fold, training, validation, split.test)
    labels = sorted(set(table["label"][table["participant"].isin(among.training)]))
    require_trainable(labels, spec.classes, split.fold, FRAMES)
    splits = member_splits(among, settings.members, spec.seed)
    seen = [set(table["label"][table["participant"].isin(member.training)]) for member in splits]
    trained = require_trainable(sorted(set.intersection(*seen)), spec.classes, split.fold, FRAMES)
    own = table["participant"].isin(split.training).to_numpy()
    plain_mean = neutral_mean(table[own], frames.take(own), spec.neutral)
    prepare = Preparation(plain_mean, not spec.model.endswith("_plain"), settings.standardise)
    fitted = train(task, splits, table, labelled(table, frames, spec.classes), prepare)
    return replace(fitted, missing=[name for name in spec.classes if name not in trained])


def train(task: Task, splits: list[Split], table: pd.DataFrame, data: Labelled, prepare: Preparation) -> Fitted:
    """One network for each of ``splits``, trained on the frames of ``table``."""
    settings = from_plain(EyeCnnSettings, task.spec.settings)
    sizes = len(task.spec.classes), data.frames.n_eyes
    return fit_frames(task, settings, splits, (table, data), prepare, lambda: EyeCnn(*sizes, settings))


class EyePredictor:
    """``eye_cnn`` with its weights. See :class:`myoscene.learn.models.registry.Predictor`."""

    kind = "eyes"

    def __init__(self, arrays: Arrays, card: Card) -> None:
        assert card.images is not None
        self.card, self.classes = card, card.classes
        self.settings = from_plain(EyeCnnSettings, card.settings)
        plain_mean = torch.from_numpy(arrays["plain_mean"].copy())
        self.prepare = Preparation(plain_mean, card.images.personalised, self.settings.standardise)
        self.members = [
            loaded(EyeCnn(len(self.classes), card.images.n_eyes, self.settings), under(arrays, f"{number}/"))
            for number in range(len(card.members or []))
        ]

    def alone(self, member: int) -> "EyePredictor":
        """The same with only one member."""
        return only(self, [member])

    def adapted_to(self, table: pd.DataFrame, frames: EyeFrames) -> "EyePredictor":
        """The same with the batch normalisation of one participant, if the settings ask for it (``adapt``).

        ``table`` and ``frames`` are all that are at hand; of labels it matters only whether there is one.
        """
        share = self.settings.adapt
        own = reference_frames(table, frames, self.classes) if share else frames
        if not share or len(own) < LEAST:
            return self
        require_size(self.card, own)
        images, part = self.prepare(own), copy(self)
        part.members = [adapted(network, images, share) for network in self.members]
        return part

    def predict_frames(self, frames: EyeFrames) -> NDArray[np.float32]:
        """Probabilities ``(frames, classes)``: the mean of the members'."""
        untrained = self.card.untrained
        return self._means(frames, len(self.classes), lambda one, images: probabilities_of(one(images), untrained))

    def embed_frames(self, frames: EyeFrames) -> NDArray[np.float32]:
        """Embeddings ``(frames, 64)``: the mean of the members'."""
        return self._means(frames, EMBEDDING, EyeCnn.embed)

    def _means(self, frames: EyeFrames, columns: int, of: Callable[[EyeCnn, Tensor], Tensor]) -> NDArray[np.float32]:
        def read(part: EyeFrames) -> Tensor:
            images = self.prepare(part)
            return torch.stack([of(network, images) for network in self.members]).mean(dim=0)

        return read_each(self.card, frames, columns, read)


def load(arrays: Arrays, card: Card) -> EyePredictor:
    """See :class:`myoscene.learn.models.registry.Model`."""
    check_members(arrays, card)
    images, settings = card.images, from_plain(EyeCnnSettings, card.settings)
    assert images is not None
    need(0 <= settings.adapt <= 1, "adapt is not a share")
    need(
        images.n_eyes in (1, 2) and type(images.personalised) is bool,
        "n_eyes or personalised has a value that it cannot have",
    )
    stages = [
        name for name in arrays if name.startswith("0/stages.") and arrays[name].ndim == 4 and name.count(".") == 2
    ]
    widths = [arrays[name].shape[0] for name in sorted(stages, key=lambda name: int(name.split(".")[1]))]
    # A blink classifier that nobody could be fitted for has a card, and no member.
    need(not card.members or settings.widths == widths, "the weights have other sizes than the card")
    height, width = size(images.height_px, "height_px", 4096), size(images.width_px, "width_px", 4096)
    shape(arrays, "plain_mean", (height, width), np.float32)
    return EyePredictor(arrays, card)
