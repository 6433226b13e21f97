"""``cnn_tcn``: a convolutional stem, causal dilated residual blocks, a linear head; how it is trained and predicts.

That it is a CNN followed by a TCN on the normalised raw signal is Meybodi et al. 2026; the layers are our choice.
Nothing is padded and nothing depends on where a window starts, so one pass over a long signal gives at every
stride the numbers that its windows give one by one.
"""

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from myoscene.core.settings import from_plain
from myoscene.learn.engine.card import Card, Fitted, Section, SignalInput
from myoscene.learn.engine.check import names, need, size
from myoscene.learn.engine.checkpoint import Arrays
from myoscene.learn.engine.signals import SignalNetwork, SignalPredictor, check_signals, fit_signals
from myoscene.learn.engine.stack import Dropout
from myoscene.learn.engine.task import Task
from myoscene.learn.models.cnn_tcn.geometry import fit_geometry
from myoscene.learn.models.settings import CnnTcnSettings

MODELS = {
    "cnn_tcn": {"kind": "signal", "order": 3, "label": "CNN-TCN"},
}

# Added to power before the logarithm: an amplitude of 1 % of the normalised unit.
POWER_FLOOR = 1e-4


class Stem(nn.Module):
    """Learned filters over all channels, then log power, low-passed before it is downsampled.

    The square carries the signal to the frequency of its envelope; a triangular average of two strides (the
    anti-alias filter) is taken before every ``stride``-th value is kept. The logarithm turns electrode gain into
    an offset. ``centre`` and ``spread`` are constants, measured once on the training people.
    """

    centre: Tensor
    spread: Tensor
    low_pass: Tensor

    def __init__(self, channels: int, stride: int, settings: CnnTcnSettings) -> None:
        super().__init__()
        filters = settings.stem_filters
        self.stride, self.filters = stride, filters
        self.filter = nn.Conv1d(channels, filters, settings.stem_kernel_samples, bias=False)
        box = torch.ones(1, 1, stride) / stride
        triangle = functional.conv1d(box, box, padding=stride - 1)
        self.register_buffer("low_pass", triangle.repeat(filters, 1, 1))
        self.register_buffer("centre", torch.zeros(filters, 1))
        self.register_buffer("spread", torch.ones(filters, 1))
        # Filters begin as single channels, then as their differences in time, with a little noise: their powers are
        # those of the root mean square and of the waveform length, from which training goes on. With noise alone at
        # the start, each filter's band is narrow and its power a rough estimate.
        with torch.no_grad():
            weight = self.filter.weight
            weight.copy_(0.02 * torch.randn(weight.shape) / math.sqrt(weight.shape[2]))
            centre = weight.shape[2] // 2
            for place in range(weight.shape[0]):
                turn, channel = divmod(place, weight.shape[1])
                weight[place, channel, centre] += 1.0
                if turn % 2 and centre > 0:
                    weight[place, channel, centre - 1] -= 1.0

    def power(self, signal: Tensor) -> Tensor:
        """Power ``(batch, filters, steps)`` of ``signal`` ``(batch, channels, samples)``."""
        return functional.conv1d(self.filter(signal).square(), self.low_pass, stride=self.stride, groups=self.filters)

    def log_scale(self, power: Tensor) -> Tensor:
        """Standardised log power."""
        return ((power + POWER_FLOOR).log() - self.centre) / self.spread

    @torch.no_grad()
    def measure(self, signals: list[Tensor]) -> None:
        """Set ``centre`` and ``spread`` from training ``signals`` ``(channels, samples)``."""
        logs = torch.cat([(self.power(s[None]) + POWER_FLOOR).log()[0] for s in signals], dim=1)
        self.centre.copy_(logs.mean(dim=1, keepdim=True))
        self.spread.copy_(logs.std(dim=1, keepdim=True).clamp_min(1e-3))


class Block(nn.Module):
    """Causal dilated convolution beside a cropped identity (Bai et al. 2018, without their padding)."""

    def __init__(self, width: int, kernel: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.crop = (kernel - 1) * dilation
        self.wide = nn.Conv1d(width, width, kernel, dilation=dilation)
        self.mix = nn.Conv1d(width, width, 1)
        self.dropout = Dropout(dropout)
        # A block begins as the identity, which stands in for a normalisation layer.
        nn.init.zeros_(self.mix.weight)
        nn.init.zeros_(self.mix.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, width, steps)`` -> ``(batch, width, steps - crop)``."""
        return x[..., self.crop :] + self.mix(self.dropout(functional.gelu(self.wide(x))))


class CnnTcn(SignalNetwork):
    """The whole network: its head reads the window twice.

    Once as the mean of the block outputs, which follow the course of the signal, and once through the log mean
    power of the window, which is far less noisy than the mean of its steps' log powers.
    """

    def __init__(self, sizes: SignalInput, classes: int, settings: CnnTcnSettings) -> None:
        super().__init__()
        self.geometry = geometry = fit_geometry(sizes.window_samples, sizes.hop_samples, settings)
        self.window, self.stride = geometry.window, geometry.stride
        filters, width = settings.stem_filters, settings.width
        self.stem = Stem(len(sizes.channels), self.stride, settings)
        self.widen = nn.Conv1d(filters, width, 1)
        self.blocks = nn.Sequential(
            *(Block(width, settings.kernel_steps, dilation, settings.dropout) for dilation in geometry.dilations)
        )
        self.whole = nn.Conv1d(filters, width, 1)
        self.dropout = Dropout(settings.dropout)
        self.head = nn.Conv1d(2 * width, classes, 1)

    def measure(self, signals: list[Tensor]) -> None:
        """See the base class: the stem's scale."""
        self.stem.measure(signals)

    def said(self) -> Section:
        """See the base class: which dilations fit."""
        return {"dilations": list(self.geometry.dilations)}

    def features(self, signal: Tensor) -> Tensor:
        """What the head reads of ``signal`` ``(batch, channels, samples)``: ``(batch, 2 * width, windows)``.

        Window j is samples ``j * stride`` to ``j * stride + window``.
        """
        geometry = self.geometry
        power = self.stem.power(signal[..., geometry.skip :])
        steps = self.blocks(functional.gelu(self.widen(self.stem.log_scale(power))))
        mean_steps = functional.avg_pool1d(steps, geometry.outputs, stride=1)
        mean_power = functional.avg_pool1d(power, geometry.steps, stride=1)
        whole = functional.gelu(self.whole(self.stem.log_scale(mean_power)))
        return torch.cat([mean_steps, whole], dim=1)

    def forward(self, signal: Tensor) -> Tensor:
        """Scores ``(batch, classes, windows)`` of ``signal`` ``(batch, channels, samples)``; windows as above."""
        return self.head(self.dropout(self.features(signal)))


def fit(task: Task) -> Fitted:
    """See :func:`myoscene.learn.engine.signals.fit_signals`."""
    return fit_signals(task, from_plain(CnnTcnSettings, task.spec.settings), CnnTcn)


class CnnTcnPredictor(SignalPredictor):
    """A trained ``cnn_tcn``, whose features a fusion reads."""

    members: list[CnnTcn]  # type: ignore[assignment]

    def __init__(self, arrays: Arrays, card: Card) -> None:
        self.settings = from_plain(CnnTcnSettings, card.settings)
        super().__init__(arrays, card, self.settings, CnnTcn)
        self.geometry = self.members[0].geometry

    @torch.inference_mode()
    def signal_features(self, signal: np.ndarray, hop_samples: int) -> tuple[np.ndarray, np.ndarray]:
        """First samples ``(windows,)`` and what the first member's head reads, ``(windows, 2 * width)``.

        Raises:
            InputError: as :meth:`predict_signal`.
        """
        network = self.members[0]
        return self.dense(signal, hop_samples, lambda given: network.features(given)[0], network.head.in_channels)


def load(arrays: Arrays, card: Card) -> CnnTcnPredictor:
    """See :class:`myoscene.learn.models.registry.Model`."""
    sizes, settings = check_signals(arrays, card), from_plain(CnnTcnSettings, card.settings)
    names(sizes.channels, "channels")
    filters, _, kernel = arrays["0/stem.filter.weight"].shape
    said = (settings.stem_filters, settings.stem_kernel_samples, settings.width)
    need(said == (filters, kernel, arrays["0/widen.weight"].shape[0]), "the weights have other sizes than the card")
    size(settings.stride_samples, "stride_samples", sizes.hop_samples)
    size(settings.kernel_steps, "kernel_steps", sizes.window_samples)
    for dilation in settings.dilations:
        size(dilation, "a dilation")
    return CnnTcnPredictor(arrays, card)
