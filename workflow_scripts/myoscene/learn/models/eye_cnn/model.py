"""``eye_cnn`` and ``eye_cnn_plain``: how they are trained, checked and predict, a batch of frames at a time."""

from copy import copy
from typing import cast

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from myoscene.learn.cohort.frames import EyeFrames
from myoscene.learn.cohort.split import Split, member_splits
from myoscene.learn.engine.card import Card, Fitted, Section
from myoscene.learn.engine.check import check_members, need, shape, size
from myoscene.learn.engine.checkpoint import Arrays
from myoscene.learn.engine.device import prepare as prepare_device
from myoscene.learn.engine.ensemble import Making, fit_members, loaded, under
from myoscene.learn.engine.frames import (
    FrameCourse,
    Labelled,
    image_input,
    labelled,
    probabilities_of,
    read_fold,
    require_size,
    sides,
)
from myoscene.learn.engine.image_input import Preparation, neutral_mean
from myoscene.learn.engine.task import FRAMES, Task, require_trainable
from myoscene.learn.models.eye_cnn.adapt import LEAST, adapted, reference_frames
from myoscene.learn.models.eye_cnn.network import EMBEDDING, EyeCnn

BATCH = 256


def build(classes: int, n_eyes: int, settings: Section) -> EyeCnn:
    """A network whose weights the global generator draws."""
    return EyeCnn(classes, n_eyes, settings["widths"], settings["dropout"])


def fit(task: Task) -> Fitted:
    """Train networks on the fold's frames; ``eye_cnn`` sees personalised ones, ``eye_cnn_plain`` plain ones.

    Frames that the fold's blink classifier removed are left out. People without frames train and stop nothing.

    Raises:
        InputError: fewer than two classes in the training people, or nobody to validate.
    """
    prepare_device(task.execution.device)
    spec, split = task.spec, task.split
    table, frames = read_fold(task, spec.classes)
    have = set(table["participant"])
    training, validation = (tuple(name for name in side if name in have) for side in (split.training, split.validation))
    among = Split(split.fold, training, validation, split.test)
    labels = sorted(set(table["label"][table["participant"].isin(among.training)]))
    require_trainable(labels, spec.classes, split.fold, FRAMES)
    splits = member_splits(among, spec.settings["members"], spec.seed)
    seen = [set(table["label"][table["participant"].isin(member.training)]) for member in splits]
    trained = require_trainable(sorted(set.intersection(*seen)), spec.classes, split.fold, FRAMES)
    own = table["participant"].isin(split.training).to_numpy()
    plain_mean = neutral_mean(table[own], frames.take(own), spec.neutral)
    prepare = Preparation(plain_mean, not spec.model.endswith("_plain"), spec.settings["standardise"])
    fitted = fit_frames(task, splits, table, labelled(table, frames, spec.classes), prepare)
    missing = [name for name in spec.classes if name not in trained]
    return Fitted(fitted.arrays, missing, images=fitted.images, members=fitted.members, history=fitted.history)


def fit_frames(task: Task, splits: list[Split], table: pd.DataFrame, data: Labelled, prepare: Preparation) -> Fitted:
    """One network for each of ``splits``, trained on the frames of ``table``."""
    classes, settings, n_eyes = len(task.spec.classes), task.spec.settings, data.frames.n_eyes

    def make(number: int) -> Making:
        course = FrameCourse(sides(table, data, splits[number]), classes, prepare, settings)
        return Making(build(classes, n_eyes, settings), course, course.digests)

    arrays, history, members = fit_members(task, splits, make)
    arrays["plain_mean"] = prepare.plain_mean.numpy()
    return Fitted(arrays, [], images=image_input(data.frames, prepare.personalised), members=members, history=history)


class EyePredictor:
    """``eye_cnn`` with its weights. See :class:`myoscene.learn.models.registry.Predictor`."""

    kind = "eyes"

    def __init__(self, arrays: Arrays, card: Card) -> None:
        assert card.images is not None
        self.card, self.classes = card, card.classes
        plain_mean = torch.from_numpy(arrays["plain_mean"].copy())
        self.prepare = Preparation(plain_mean, card.images.personalised, card.settings["standardise"])
        self.members = [
            loaded(build(len(self.classes), card.images.n_eyes, card.settings), under(arrays, f"{number}/"))
            for number in range(len(card.members or []))
        ]

    def chosen(self, numbers: list[int]) -> "EyePredictor":
        """The same with only the members ``numbers``."""
        part = copy(self)
        part.members = [self.members[number] for number in numbers]
        return part

    def adapted_to(self, table: pd.DataFrame, frames: EyeFrames) -> "EyePredictor":
        """The same with the batch normalisation of one participant, if the settings ask for it (``adapt``).

        Args:
            table: all frames of the participant that are at hand; their labels are asked for no more than whether there
                is one.
            frames: the frames of its rows.
        """
        share = self.card.settings.get("adapt", 0.0)
        own = reference_frames(table, frames, self.classes) if share else frames
        if not share or len(own) < LEAST:
            return self
        require_size(self.card, own)
        images, part = self.prepare(own), copy(self)
        part.members = [cast(EyeCnn, adapted(network, images, share)) for network in self.members]
        return part

    def predict_frames(self, frames: EyeFrames) -> NDArray[np.float32]:
        """Probabilities ``(frames, classes)``: the mean of the members'."""
        return self._each(frames, len(self.classes), False)

    def embed_frames(self, frames: EyeFrames) -> NDArray[np.float32]:
        """Embeddings ``(frames, 64)``: the mean of the members'."""
        return self._each(frames, EMBEDDING, True)

    @torch.inference_mode()
    def _each(self, frames: EyeFrames, columns: int, embedding: bool) -> NDArray[np.float32]:
        require_size(self.card, frames)
        found = np.zeros((len(frames), columns), dtype=np.float32)
        for start in range(0, len(frames), BATCH):
            images = self.prepare(frames, start, start + BATCH)
            parts = [network.embed(images) if embedding else self._probabilities(network, images)
                     for network in self.members]  # fmt: skip
            found[start : start + BATCH] = torch.stack(parts).mean(dim=0).numpy()
        return found

    def _probabilities(self, network: EyeCnn, images: Tensor) -> Tensor:
        return probabilities_of(network(images), self.card.untrained)


def check(arrays: Arrays, card: Card) -> None:
    """See :func:`myoscene.learn.models.registry.load_predictor`."""
    check_members(arrays, card)
    images, settings = card.images, card.settings
    assert images is not None
    need(0 <= settings.get("adapt", 0) <= 1, "adapt is no share")
    need(images.n_eyes in (1, 2) and type(images.personalised) is bool, "n_eyes or personalised is no such value")
    stages = [
        name for name in arrays if name.startswith("0/stages.") and arrays[name].ndim == 4 and name.count(".") == 2
    ]
    widths = [arrays[name].shape[0] for name in sorted(stages, key=lambda name: int(name.split(".")[1]))]
    # A blink classifier that nobody could be fitted for has a card, and no member.
    need(not card.members or settings["widths"] == widths, "the weights have other sizes than the card")
    height, width = size(images.height_px, "height_px", 4096), size(images.width_px, "width_px", 4096)
    shape(arrays, "plain_mean", (height, width), np.float32)
