"""Joint fusion: both encoders and one head, trained on end to end from the fold's own models.

The head begins as the sum of both models' scores, which is right where the modalities err independently of each other;
training goes on from there. That encoders are joined before one head is common practice; everything else is our choice.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from myoscene.core.errors import InputError
from myoscene.core.settings import from_plain
from myoscene.learn.cohort.frames import EyeFrames
from myoscene.learn.cohort.paired import Paired, read_paired
from myoscene.learn.cohort.spans import frame_spans
from myoscene.learn.cohort.split import member_splits
from myoscene.learn.cohort.stretches import Stretch, collate, n_windows
from myoscene.learn.engine.card import Card, Fitted
from myoscene.learn.engine.checkpoint import Arrays, under
from myoscene.learn.engine.ensemble import fit_members, loaded
from myoscene.learn.engine.frames import Labelled, augment_eyes, digest_frames
from myoscene.learn.engine.loop import Course, Shown
from myoscene.learn.engine.signals import EventCourse, augment
from myoscene.learn.engine.task import Task
from myoscene.learn.models.cnn_tcn.geometry import Geometry
from myoscene.learn.models.cnn_tcn.model import CnnTcn, CnnTcnPredictor
from myoscene.learn.models.eye_cnn.model import EMBEDDING, EyeCnn, EyePredictor
from myoscene.learn.models.fusion.base import EMG, EYES, Array, FusionPredictor, Parts
from myoscene.learn.models.settings import FusionSettings

LOG = logging.getLogger(__name__)

MODELS = {
    "fusion_joint": {
        "kind": "fusion",
        "order": 11,
        "label": "joint fusion",
        "section": "fusion",
        "parts": {"signal": "cnn_tcn", "eyes": "eye_cnn"},
    },
}
HEAD = "joint/"
# Where weights go that a JointNetwork has under these names: where the predictors of the encoders find theirs.
PREFIXES = {"emg": EMG, "eyes": EYES, "head": HEAD}


class JointHead(nn.Module):
    """One linear layer over the features of both modalities, 0 where one is missing, and over which are there."""

    def __init__(self, emg_features: int, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(emg_features + EMBEDDING + 2, classes)

    def forward(self, emg: Tensor, eyes: Tensor, has_emg: Tensor, has_eyes: Tensor) -> Tensor:
        """Scores ``(..., classes)`` of features ``(..., features)`` and flags ``(...)`` that say which are there."""
        flags = torch.stack([has_emg, has_eyes], dim=-1).to(emg.dtype)
        emg, eyes = emg * flags[..., :1], eyes * flags[..., 1:]
        return self.linear(torch.cat([emg, eyes, flags], dim=-1))


class JointNetwork(nn.Module):
    """Both encoders with the joint head; the encoders' own heads stay as they were and are not used.

    The eye encoder's batch normalisation keeps the statistics that it was trained with: frames of a few events are too
    much alike to measure new ones.
    """

    stacks = False  # events have other numbers of frames

    def __init__(self, emg: CnnTcn, eyes: EyeCnn) -> None:
        super().__init__()
        self.emg, self.eyes = emg, eyes
        for encoder in (emg, eyes):
            encoder.head.requires_grad_(False)
        self.head = JointHead(emg.head.in_channels, emg.head.out_channels)
        assert emg.head.bias is not None
        # It begins as the sum of the scores that the two models' own heads give.
        parts = [emg.head.weight[:, :, 0], eyes.head.weight, emg.head.bias[:, None], eyes.head.bias[:, None]]
        with torch.no_grad():
            self.head.linear.weight.copy_(torch.cat(parts, dim=1))
            self.head.linear.bias.zero_()

    def forward(self, signals: Tensor, images: Tensor, has_emg: Tensor, has_eyes: Tensor, *averages: Tensor) -> Tensor:
        """Scores ``(events, classes, windows)`` of ``signals`` ``(events, channels, samples)``, the ``images`` of one
        event after the other, flags ``(events, windows)`` and the ``averages`` of each :class:`Event`.
        """
        emg = self.emg.features(signals).transpose(1, 2)
        if len(images):
            embeddings = self.eyes.embed(images).split([own.shape[1] for own in averages])
            fills = [has_eyes.shape[1] - len(own) for own in averages]
            means = [own @ seen for own, seen in zip(averages, embeddings, strict=True)]
            eyes = torch.stack([functional.pad(own, (0, 0, 0, fill)) for own, fill in zip(means, fills, strict=True)])
        else:
            eyes = torch.zeros(*has_eyes.shape, EMBEDDING, device=signals.device)
        return self.head(self.emg.dropout(emg), self.eyes.dropout(eyes), has_emg, has_eyes).transpose(1, 2)

    def train(self, mode: bool = True) -> "JointNetwork":
        """As for any module, but for the batch normalisation."""
        super().train(mode)
        for module in self.eyes.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self


@dataclass(frozen=True)
class Event(Stretch):
    """An event with the ``places`` of its frames, whose values ``averages`` ``(windows, frames)`` makes the means of
    the windows at every stride.
    """

    places: NDArray[np.int64]
    averages: Tensor


def make_events(items: list[Paired], geometry: Geometry, length_s: float) -> list[Event]:
    """``items`` with the means of their windows at every stride of ``geometry``."""
    events = []
    for item in items:
        starts = np.arange(n_windows(item.stretch.signal.shape[1], geometry)) * geometry.stride
        first, stop = frame_spans(item.times, item.stretch.time_s[starts], length_s)
        place = np.arange(len(item.times))
        inside = (place >= first[:, None]) & (place < stop[:, None])
        shares = inside / np.maximum(inside.sum(axis=1, keepdims=True), 1)
        averages = torch.from_numpy(shares.astype(np.float32))
        events.append(Event(**vars(item.stretch), places=item.places, averages=averages))
    return events


class JointCourse(EventCourse[Event]):
    """Events with both modalities; the encoders say how signals and images are prepared and augmented."""

    def __init__(
        self,
        sides: Sequence[list[Event]],
        frames: EyeFrames,
        emg: CnnTcnPredictor,
        eyes: EyePredictor,
        settings: FusionSettings,
    ) -> None:
        super().__init__(emg.geometry, sides, len(emg.classes), settings)
        self.frames, self.emg, self.eyes, self.dropout = frames, emg, eyes, settings.modality_dropout

    def shown(self, batch: list[int], generator: torch.Generator) -> Shown:
        """See the base class; whole modalities of an event are left out at times."""
        events = [self.training[place] for place in batch]
        return self.inputs(events, generator, drop_modalities(events, self.dropout, generator))

    def inputs(self, items: list[Event], generator: torch.Generator | None, dropped: Tensor | None = None) -> Shown:
        """See the base class; ``dropped`` ``(events, 2)`` says whether EMG and eyes are left out.

        A window that neither modality tells of has target -100.
        """
        dropped = torch.zeros(len(items), 2, dtype=torch.bool) if dropped is None else dropped
        signals, targets = collate([event.signal for event in items], [event.label for event in items], self.windows)
        if generator is not None:
            signals = augment(signals, self.emg.settings, generator)
        has_emg = (~dropped[:, :1]).expand(targets.shape)
        places = np.concatenate([event.places for event in items])
        if len(places):
            images = self.eyes.prepare(self.frames.take(places))
            if generator is not None:
                images = augment_eyes(images, self.frames.n_eyes, self.eyes.settings.augment, generator)
            have = [event.averages.any(dim=1) for event in items]
            has_eyes = torch.stack([functional.pad(own, (0, targets.shape[1] - len(own))) for own in have])
        else:
            images, has_eyes = torch.zeros(0), torch.zeros(targets.shape, dtype=torch.bool)
        has_eyes = has_eyes & ~dropped[:, 1:]
        averages = [event.averages for event in items]
        return Shown((signals, images, has_emg, has_eyes, *averages), targets.masked_fill(~(has_emg | has_eyes), -100))

    def digests(self) -> list[str]:
        """See the base class."""
        found = super().digests()
        for event in (event for side in (self.training, self.validation) for event in side):
            shown = Labelled(self.frames.take(event.places), np.zeros(len(event.places), dtype=np.int64))
            averages = hashlib.sha256(event.averages.numpy().tobytes()).hexdigest()
            found += [digest_frames(shown, self.eyes.prepare), averages]
        return found


def drop_modalities(events: list[Event], probability: float, generator: torch.Generator) -> Tensor:
    """Whether EMG and eyes are left out of each event, ``(events, 2)``: at most one of them, for the whole event.

    An event without frames keeps its signal.
    """
    drawn = torch.rand(len(events), 2, generator=generator)
    leave_out = drawn[:, 0] < probability
    emg = drawn[:, 1] < 0.5
    has_frames = torch.tensor([bool(event.averages.any()) for event in events])
    return torch.stack([leave_out & emg & has_frames, leave_out & ~emg], dim=1)


def fit(task: Task) -> Fitted:
    """Pairs of encoders with a head each, trained on from the two models' members; their probabilities are averaged.

    Each pair has the training and validation people of the EMG model's member, and is stopped by the latter.
    A class is missing where the EMG model was not trained on it: the head is trained on windows of the signal.

    Raises:
        InputError: the two models differ in fold, people, classes or cohort, or a side has no labelled event.
    """
    spec, split, parts = task.spec, task.split, Parts(task)
    assert spec.windows is not None
    signal = CnnTcnPredictor(parts.emg_arrays, parts.emg_card)
    images = EyePredictor(parts.eye_arrays, parts.eye_card)
    number = min(len(signal.members), len(images.members))
    items, frames = read_paired(task.cohort, task.people, spec.classes)
    events = make_events(items, signal.geometry, spec.windows["length_s"])
    sides = [[event for event in events if event.participant in who] for who in (split.training, split.validation)]
    for who, side in zip(("training", "validation"), sides, strict=True):
        if not side:
            raise InputError(
                f"the {who} participants of fold '{split.fold}' ({', '.join(getattr(split, who))}) have no labelled "
                f"event; raise learn.folds.validation_fraction, or leave people without calibration events out"
            )
        with_eyes = sum(bool(event.averages.any()) for event in side)
        LOG.info("%s: %d events, %d of them with eye frames", who, len(side), with_eyes)
    settings, splits = from_plain(FusionSettings, spec.settings), member_splits(split, number, spec.seed)

    def make(member: int) -> tuple[nn.Module, Course]:
        own = splits[member]
        sides = [[event for event in events if event.participant in who] for who in (own.training, own.validation)]
        course = JointCourse(sides, frames, signal, images, settings)
        return JointNetwork(signal.members[member], images.members[member]), course

    start = [card.own["checkpoint_sha256"] for card in (parts.emg_card, parts.eye_card)]
    weights, history, members = fit_members(task, settings, splits, make, start=start)
    arrays = {f"{EYES}plain_mean": parts.eye_arrays["plain_mean"]}
    for name, array in weights.items():
        member, _, inner = name.partition("/")
        part, _, rest = inner.partition(".")
        arrays[f"{PREFIXES[part]}{member}/{rest}"] = array
    fitted = parts.fitted(arrays, parts.emg_card.missing_classes, {"encoders": parts.kept(number)})
    return replace(fitted, members=members, history=history)


class JointFusion(FusionPredictor):
    """Both encoders' features under one head, for every pair of networks; columns are of one pair after the other."""

    heads: list[JointHead]

    def __init__(self, arrays: Arrays, card: Card) -> None:
        super().__init__(arrays, card)
        self.width = self.emg.members[0].head.in_channels
        self.heads = [
            loaded(JointHead(self.width, len(self.classes)), under(arrays, f"{HEAD}{member}/"))
            for member in range(len(self.members))
        ]

    @property
    def eye_columns(self) -> int:  # type: ignore[override]
        """See the base class."""
        return EMBEDDING * len(self.members)

    def alone(self, member: int) -> Self:
        """See the base class."""
        part = super().alone(member)
        part.heads = [self.heads[member]]
        return part

    def of_signal(self, signal: Array, hop_samples: int) -> Array:
        """See the base class."""
        each = [self.emg.alone(member).signal_features(signal, hop_samples)[1] for member in range(len(self.members))]
        return np.concatenate(each, axis=1)

    def of_frames(self, frames: EyeFrames) -> Array:
        """See the base class."""
        each = [self.eyes.alone(member).embed_frames(frames) for member in range(len(self.members))]
        return np.concatenate(each, axis=1)

    @torch.inference_mode()
    def joined(self, emg: Array | None, eyes: Array, has_eyes: NDArray[np.bool_]) -> Array:
        """See the base class."""
        has_emg = torch.full((len(eyes),), emg is not None)
        given = np.zeros((len(eyes), self.width * len(self.heads))) if emg is None else emg
        told = torch.from_numpy(has_eyes)
        both = [torch.from_numpy(np.asarray(part, dtype=np.float32)) for part in (given, eyes)]
        each = []
        for head, *features in zip(self.heads, *(part.chunk(len(self.heads), dim=1) for part in both), strict=True):
            scores = head(*features, has_emg, told)
            scores[:, self.card.untrained] = -torch.inf  # a class that nobody trained on cannot be predicted
            each.append(scores.softmax(dim=1))
        probabilities = torch.stack(each).mean(dim=0).numpy()
        return np.where((has_emg | told).numpy()[:, None], probabilities, np.nan)


load = JointFusion
