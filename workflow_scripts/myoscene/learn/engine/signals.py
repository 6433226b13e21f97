"""Networks on the normalised signal: their course through a fold, and their predictions over signals of any length."""

import hashlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Generic, Self, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from myoscene.core.errors import InputError
from myoscene.learn.cohort.split import member_splits, read_people
from myoscene.learn.cohort.stretches import (
    Stretch,
    Windows,
    batch_order,
    collate,
    n_windows,
    signal_columns,
    stretches,
)
from myoscene.learn.engine.card import Card, Fitted, Section, SignalInput
from myoscene.learn.engine.check import check_members, need, size
from myoscene.learn.engine.checkpoint import Arrays, under
from myoscene.learn.engine.device import prepare
from myoscene.learn.engine.ensemble import fit_members, loaded, only
from myoscene.learn.engine.loop import Course, Shown, balanced_scores, balanced_weights
from myoscene.learn.engine.settings import SignalSettings, TrainingSettings
from myoscene.learn.engine.task import Task, require_trainable
from myoscene.learn.tables import COHORT_SIGNALS
from myoscene.pipeline.windows import to_samples

LOG = logging.getLogger(__name__)
# Samples of one pass over a long recording; longer ones go in overlapping pieces to bound the memory.
PIECE = 400_000


class SignalNetwork(nn.Module):
    """A network on the signal: nothing is padded, and nothing depends on where a window starts.

    Its forward pass takes ``(batch, channels, samples)`` and gives scores ``(batch, classes, windows)``, of the windows
    that begin at ``k * stride``.
    """

    window: int  # samples
    stride: int  # samples between the windows of a pass; hops are multiples of it
    fills_up = True  # zeros after a signal change no earlier score (engine/stack.py)
    stacks = True  # several can be one pass (engine/stack.py)

    def windows_in(self, samples: int) -> int:
        """Windows of a pass over ``samples``."""
        return n_windows(samples, self)

    def measure(self, signals: list[Tensor]) -> None:
        """Set constants from the training people's ``signals`` ``(channels, samples)``."""

    def said(self) -> Section:
        """What the card says of it beside sizes and settings."""
        return {}


Settings = TypeVar("Settings", bound=SignalSettings)
Item = TypeVar("Item", bound=Stretch)
Build = Callable[[SignalInput, int, Settings], SignalNetwork]


def class_weights(items: Sequence[Stretch], n_classes: int, windows: Windows) -> Tensor:
    """:func:`balanced_weights` of the windows of ``items`` at every stride."""
    counts = torch.zeros(n_classes)
    for item in items:
        counts[item.label] += n_windows(item.signal.shape[1], windows)
    return balanced_weights(counts)


def shift_time(signal: Tensor, most: int, shortest: int, generator: torch.Generator) -> Tensor:
    """``signal`` ``(channels, samples)`` without up to ``most`` samples at its start, never below ``shortest``."""
    room = min(most, signal.shape[1] - shortest)
    if room < 1:
        return signal
    return signal[:, int(torch.randint(room + 1, (1,), generator=generator)) :]


def scale_channels(batch: Tensor, gain_sd: float, generator: torch.Generator) -> Tensor:
    """``batch`` ``(batch, channels, samples)`` with a log-normal gain of its own on every channel."""
    return batch * (gain_sd * torch.randn(*batch.shape[:2], 1, generator=generator)).exp()


def drop_electrodes(batch: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    """``batch`` ``(batch, channels, samples)`` with whole channels set to 0, never all of one stretch."""
    kept = torch.rand(*batch.shape[:2], 1, generator=generator) >= probability
    return batch * (kept | ~kept.any(dim=1, keepdim=True))


def augment(batch: Tensor, settings: SignalSettings, generator: torch.Generator) -> Tensor:
    """Gain and electrode dropout as the model's section says."""
    batch = scale_channels(batch, settings.gain_sd, generator)
    return drop_electrodes(batch, settings.electrode_dropout, generator)


class EventCourse(ABC, Generic[Item]):
    """Whole labelled events in batches of similar length; the loss is taken at every stride.

    See :class:`myoscene.learn.engine.loop.Course`.
    """

    def __init__(
        self, windows: Windows, sides: Sequence[Sequence[Item]], n_classes: int, settings: TrainingSettings
    ) -> None:
        self.training, self.validation = sides
        self.windows, self.n_classes, self.batch_size = windows, n_classes, settings.batch_size
        self.weights = class_weights(self.training, n_classes, windows)

    @abstractmethod
    def inputs(self, items: list[Item], generator: torch.Generator | None) -> Shown:
        """What the network reads of ``items``, and the targets ``(events, windows)``; augmented with a generator."""

    def batches(self, generator: torch.Generator) -> Sequence[list[int]]:
        return batch_order(self.training, self.batch_size, generator)

    def shown(self, batch: list[int], generator: torch.Generator) -> Shown:
        return self.inputs([self.training[place] for place in batch], generator)

    @torch.inference_mode()
    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        """See the class: loss and balanced accuracy window by window, at every stride, with all that is there."""
        loss, hits, counts = (torch.zeros(self.n_classes) for _ in range(3))
        for batch in batch_order(self.validation, self.batch_size, None):
            items = [self.validation[place] for place in batch]
            shown = self.inputs(items, None)
            scores = network(*(part.to(device) for part in shown.inputs)).cpu().log_softmax(dim=1)
            right = scores.argmax(dim=1) == shown.targets
            for row, item in enumerate(items):
                kept = n_windows(item.signal.shape[1], self.windows)
                loss[item.label] -= scores[row, item.label, :kept].sum()
                hits[item.label] += right[row, :kept].sum()
                counts[item.label] += kept
        return balanced_scores(loss, hits, counts)

    def digests(self) -> list[str]:
        return [digest_stretches(side) for side in (self.training, self.validation)]


class SignalCourse(EventCourse[Stretch]):
    """Events of the signal alone."""

    def __init__(
        self,
        windows: Windows,
        sides: Sequence[Sequence[Stretch]],
        n_classes: int,
        settings: SignalSettings,
        rate_hz: float,
    ) -> None:
        super().__init__(windows, sides, n_classes, settings)
        self.settings, self.shift = settings, round(settings.time_shift_s * rate_hz)

    def inputs(self, items: list[Stretch], generator: torch.Generator | None) -> Shown:
        signals = [item.signal for item in items]
        if generator is not None:
            signals = [shift_time(signal, self.shift, self.windows.window, generator) for signal in signals]
        batch, targets = collate(signals, [item.label for item in items], self.windows)
        return Shown((batch if generator is None else augment(batch, self.settings, generator),), targets)


def fit_signals(task: Task, settings: Settings, build: Build[Settings]) -> Fitted:
    """Train networks on the fold's people, each stopped early by validation people.

    With several members, each has other validation people of the fold, and their probabilities are averaged (deep
    ensemble: Lakshminarayanan et al. 2017).

    Raises:
        InputError: fewer than two classes in the training people, or sizes that do not fit the window.
    """
    prepare(task.execution.device)
    spec, split = task.spec, task.split
    assert task.cohort.windows is not None and spec.windows is not None and spec.rate_hz is not None
    rate_hz = spec.rate_hz
    frame = read_people(task.cohort.windows, COHORT_SIGNALS, task.people, spec.classes)
    channels = [name.removeprefix("signal__") for name in signal_columns(frame)]
    splits = member_splits(split, settings.members, spec.seed)
    # A class counts as trained only where every member has seen it.
    seen = [set(frame["label"][frame["participant"].isin(member.training)]) for member in splits]
    trained = require_trainable(set.intersection(*seen), spec.classes, split.fold)
    sizes = SignalInput(channels, *(to_samples(spec.windows[name], rate_hz) for name in ("length_s", "hop_s")))
    items = stretches(frame, spec.classes)
    LOG.info("%s, fold %s: %d stretches of %d people", spec.model, split.fold, len(items), len(task.people))
    described: list[Section] = []

    def make(number: int) -> tuple[nn.Module, Course]:
        own = splits[number]
        sides = [[item for item in items if item.participant in who] for who in (own.training, own.validation)]
        network = build(sizes, len(spec.classes), settings)
        network.measure([stretch.signal for stretch in sides[0]])
        described.append(network.said())
        return network, SignalCourse(network, sides, len(spec.classes), settings, rate_hz)

    weights, history, members = fit_members(task, settings, splits, make)
    missing = [name for name in spec.classes if name not in trained]
    return Fitted(weights, missing, signal=sizes, members=members, history=history, own=described[0])


def digest_stretches(items: Sequence[Stretch]) -> str:
    """SHA-256 of the stretches' signals, labels and origins: it binds a kept state to its data."""
    total = hashlib.sha256()
    for item in items:
        total.update(f"{item.participant} {item.recording} {item.event} {item.label} {item.signal.shape}".encode())
        total.update(np.ascontiguousarray(item.signal.numpy()).tobytes())
    return total.hexdigest()


class SignalPredictor:
    """Trained networks on the signal. See :class:`myoscene.learn.models.registry.Predictor`."""

    kind = "signal"

    def __init__(self, arrays: Arrays, card: Card, settings: Settings, build: Build[Settings]) -> None:
        assert card.signal is not None
        sizes = card.signal
        self.card, self.classes, self.channels = card, card.classes, sizes.channels
        self.members = [
            loaded(build(sizes, len(self.classes), settings), under(arrays, f"{number}/"))
            for number in range(len(card.members or []))
        ]
        self.windows = self.members[0]
        self.untrained = torch.tensor(card.untrained, dtype=torch.long)

    def alone(self, member: int) -> Self:
        """The same with only one member."""
        return only(self, [member])

    @torch.inference_mode()
    def predict_signal(self, signal: np.ndarray, hop_samples: int) -> tuple[np.ndarray, np.ndarray]:
        """First samples ``(windows,)`` and probabilities ``(windows, classes)`` of ``signal`` ``(channels, samples)``.

        Raises:
            InputError: the hop is not a multiple of the network's stride, or the channels are not those it knows.
        """
        return self.dense(signal, hop_samples, self._probabilities, len(self.classes))

    def dense(
        self, signal: np.ndarray, hop_samples: int, read: Callable[[Tensor], Tensor], columns: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """First samples ``(windows,)`` and what ``read`` gives of them, ``(columns, windows)``, turned around."""
        window, stride = self.windows.window, self.windows.stride
        if hop_samples % stride or hop_samples < 1:
            raise InputError(
                f"a hop of {hop_samples} samples is not a multiple of the network's stride of {stride}; "
                f"set emg.windows.hop_s to a multiple of {stride / self.card.spec.rate_hz:g} s"  # type: ignore[operator]
            )
        if len(signal) != len(self.channels):
            raise InputError(
                f"the signal has {len(signal)} channels, the model '{self.card.model}' was trained on "
                f"{len(self.channels)} ({', '.join(self.channels)}); use the same channels"
            )
        starts = np.arange(max(0, (signal.shape[1] - window) // hop_samples + 1), dtype=np.int64) * hop_samples
        at_once = max(1, (PIECE - window) // hop_samples + 1)
        pieces = [np.zeros((0, columns), dtype=np.float32)]
        for first in range(0, len(starts), at_once):
            last = min(first + at_once, len(starts)) - 1
            piece = np.ascontiguousarray(signal[:, starts[first] : starts[last] + window], dtype=np.float32)
            pieces.append(read(torch.from_numpy(piece)[None]).T.numpy()[:: hop_samples // stride])
        return starts, np.concatenate(pieces)

    def _probabilities(self, signal: Tensor) -> Tensor:
        """Mean of the members' probabilities."""
        each = []
        for network in self.members:
            scores = network(signal)[0]
            scores[self.untrained] = -torch.inf  # a class that nobody trained on cannot be predicted
            each.append(scores.softmax(dim=0))
        return sum(each[1:], each[0]) / len(each)


def check_signals(arrays: Arrays, card: Card) -> SignalInput:
    """What is common to networks on the signal; raises as :func:`myoscene.learn.engine.check.check_common`."""
    check_members(arrays, card)
    assert card.signal is not None
    need(bool(card.members), "there is no member")
    for name in ("window_samples", "hop_samples"):
        size(getattr(card.signal, name), name)
    return card.signal
