"""Joint fusion: both encoders and one head, trained on end to end from the fold's own models.

The head begins as the sum of both models' scores, which is right where the modalities err independently of each other;
training goes on from there. That encoders are joined before one head is common practice; everything else is our choice.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from myoscene.learn.cohort.frames import EyeFrames
from myoscene.learn.cohort.paired import Paired, frame_spans
from myoscene.learn.cohort.stretches import Stretch, batch_order, class_weights, collate, n_windows
from myoscene.learn.engine.loop import Keeping, balanced_scores, fit, one_cycle
from myoscene.learn.engine.optimiser import AdamW
from myoscene.learn.engine.train_network import digest
from myoscene.learn.models.cnn_tcn.augment import augment
from myoscene.learn.models.cnn_tcn.geometry import Geometry
from myoscene.learn.models.cnn_tcn.network import CnnTcn
from myoscene.learn.models.eye_cnn.augment import augment_eyes
from myoscene.learn.models.eye_cnn.network import EMBEDDING, EyeCnn
from myoscene.learn.models.eye_cnn.train import Labelled, Preparation, digest_frames


class JointHead(nn.Module):
    """One linear layer over the features of both modalities, 0 where one is missing, and over which are there."""

    def __init__(self, emg_features: int, eye_features: int, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(emg_features + eye_features + 2, classes)

    def start_from(self, emg: nn.Conv1d, eyes: nn.Linear) -> None:
        """Begin as the sum of the scores that the two models' own heads give."""
        assert emg.bias is not None
        parts = [emg.weight[:, :, 0], eyes.weight, emg.bias[:, None], eyes.bias[:, None]]
        with torch.no_grad():
            self.linear.weight.copy_(torch.cat(parts, dim=1))
            self.linear.bias.zero_()

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

    def __init__(self, emg: CnnTcn, eyes: EyeCnn) -> None:
        super().__init__()
        self.emg, self.eyes = emg, eyes
        for encoder in (emg, eyes):
            encoder.head.requires_grad_(False)
        self.head = JointHead(emg.head.in_channels, EMBEDDING, emg.head.out_channels)
        self.head.start_from(emg.head, eyes.head)

    def train(self, mode: bool = True) -> "JointNetwork":
        """As for any module, but for the batch normalisation."""
        super().train(mode)
        for module in self.eyes.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self


@dataclass(frozen=True)
class Event:
    """An event as the network reads it.

    Attributes:
        item: its signal and the places of its frames.
        averages: ``(windows, frames)``, which makes frames' values the means of the windows at every stride.
    """

    item: Paired
    averages: Tensor

    @property
    def stretch(self) -> Stretch:
        """The signal."""
        return self.item.stretch


def make_events(items: list[Paired], geometry: Geometry, length_s: float) -> list[Event]:
    """``items`` with the means of their windows at every stride of ``geometry``."""
    events = []
    for item in items:
        starts = np.arange(n_windows(item.stretch.signal.shape[1], geometry)) * geometry.stride
        first, stop = frame_spans(item.times, item.stretch.time_s[starts], length_s)
        place = np.arange(len(item.times))
        inside = (place >= first[:, None]) & (place < stop[:, None])
        shares = inside / np.maximum(inside.sum(axis=1, keepdims=True), 1)
        events.append(Event(item, torch.from_numpy(shares.astype(np.float32))))
    return events


@dataclass(frozen=True)
class Data:
    """Events of training and validation people, their frames, and how these become the network's input.

    Attributes:
        emg_settings: settings of the EMG model, for its augmentation.
        eye_augment: largest rotation, scale and brightness of the eye images in training.
    """

    training: list[Event]
    validation: list[Event]
    frames: EyeFrames
    prepare: Preparation
    emg_settings: dict[str, Any]
    eye_augment: float


def train_joint(
    network: JointNetwork, data: Data, settings: dict[str, Any], seed: int, keeping: Keeping
) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
    """Train ``network`` and stop early on the validation people; returns as :func:`myoscene.learn.engine.loop.fit`."""
    n_classes = network.emg.head.out_channels
    weights = class_weights([event.stretch for event in data.training], n_classes, network.emg.geometry)
    return fit(
        network,
        lambda optimiser, epoch: _epoch(network, optimiser, data, weights, settings, seed, epoch),
        lambda: validate_joint(network, data, settings["batch_size"]),
        settings,
        keeping,
    )


def _epoch(
    network: JointNetwork,
    optimiser: AdamW,
    data: Data,
    weights: Tensor,
    settings: dict[str, Any],
    seed: int,
    epoch: int,
) -> tuple[float, float]:
    """One pass over the training events; the mean loss and the last learning rate."""
    torch.manual_seed(seed * 1_000_003 + epoch)  # dropout draws from the global generator
    generator = torch.Generator().manual_seed(seed * 1_000_003 + 500_000 + epoch)
    network.train()
    batches = batch_order([event.stretch for event in data.training], settings["batch_size"], generator)
    total, rate = 0.0, 0.0
    for place, batch in enumerate(batches):
        optimiser.rate = rate = one_cycle(
            epoch * len(batches) + place, settings["epochs"] * len(batches), settings["learning_rate"]
        )
        events = [data.training[i] for i in batch]
        dropped = drop_modalities(events, settings["modality_dropout"], generator)
        scores, targets = _scores(network, events, data, dropped, generator)
        loss = functional.cross_entropy(scores, targets, weight=weights, label_smoothing=settings["label_smoothing"])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total += float(loss.detach())
    return total / len(batches), rate


def drop_modalities(events: list[Event], probability: float, generator: torch.Generator) -> Tensor:
    """Whether EMG and eyes are left out of each event, ``(events, 2)``: at most one of them, for the whole event.

    An event without frames keeps its signal.
    """
    drawn = torch.rand(len(events), 2, generator=generator)
    leave_out = drawn[:, 0] < probability
    emg = drawn[:, 1] < 0.5
    has_frames = torch.tensor([bool(event.averages.any()) for event in events])
    return torch.stack([leave_out & emg & has_frames, leave_out & ~emg], dim=1)


def _scores(
    network: JointNetwork, events: list[Event], data: Data, dropped: Tensor, generator: torch.Generator | None
) -> tuple[Tensor, Tensor]:
    """Scores ``(events, classes, windows)`` and targets ``(events, windows)``; augmented with a ``generator``.

    A window that neither modality tells of has target -100.
    """
    labels = [event.stretch.label for event in events]
    signals, targets = collate([event.stretch.signal for event in events], labels, network.emg.geometry)
    if generator is not None:
        signals = augment(signals, data.emg_settings, generator)
    emg = network.emg.features(signals).transpose(1, 2)
    eyes, has_eyes = _eye_means(network, events, data, targets.shape[1], generator)
    has_emg = (~dropped[:, :1]).expand(targets.shape)
    has_eyes = has_eyes & ~dropped[:, 1:]
    scores = network.head(network.emg.dropout(emg), network.eyes.dropout(eyes), has_emg, has_eyes)
    return scores.transpose(1, 2), targets.masked_fill(~(has_emg | has_eyes), -100)


def _eye_means(
    network: JointNetwork, events: list[Event], data: Data, windows: int, generator: torch.Generator | None
) -> tuple[Tensor, Tensor]:
    """Mean embeddings ``(events, windows, 64)`` of the windows' frames, and which windows have frames."""
    places = np.concatenate([event.item.places for event in events])
    if not len(places):
        return torch.zeros(len(events), windows, EMBEDDING), torch.zeros(len(events), windows, dtype=torch.bool)
    images = data.prepare(data.frames.take(places))
    if generator is not None:
        images = augment_eyes(images, data.frames.n_eyes, data.eye_augment, generator)
    embeddings = network.eyes.embed(images).split([len(event.item.places) for event in events])
    means, have = [], []
    for event, own in zip(events, embeddings, strict=True):
        short = windows - len(event.averages)
        means.append(functional.pad(event.averages @ own, (0, 0, 0, short)))
        have.append(functional.pad(event.averages.any(dim=1), (0, short)))
    return torch.stack(means), torch.stack(have)


@torch.inference_mode()
def validate_joint(network: JointNetwork, data: Data, batch_size: int) -> dict[str, float]:
    """Class-balanced loss and balanced accuracy of the validation events, at every stride, with all that is there."""
    network.eval()
    n_classes = network.emg.head.out_channels
    loss, hits, counts = torch.zeros(n_classes), torch.zeros(n_classes), torch.zeros(n_classes)
    for batch in batch_order([event.stretch for event in data.validation], batch_size, None):
        events = [data.validation[i] for i in batch]
        scores, targets = _scores(network, events, data, torch.zeros(len(events), 2, dtype=torch.bool), None)
        scores = scores.log_softmax(dim=1)
        right = scores.argmax(dim=1) == targets
        for row, event in enumerate(events):
            label, kept = event.stretch.label, len(event.averages)
            loss[label] -= scores[row, label, :kept].sum()
            hits[label] += right[row, :kept].sum()
            counts[label] += kept
    return balanced_scores(loss, hits, counts)


def digest_events(events: list[Event], data: Data) -> str:
    """SHA-256 of what the network is shown: it binds a kept state to its data."""
    total = hashlib.sha256(digest([event.stretch for event in events]).encode())
    for event in events:
        places = event.item.places
        shown = Labelled(data.frames.take(places), np.zeros(len(places), dtype=np.int64))
        total.update(digest_frames(shown, data.prepare).encode())
        total.update(event.averages.numpy().tobytes())
    return total.hexdigest()
