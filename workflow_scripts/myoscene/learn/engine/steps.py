"""Networks on windows of log power: the signal in short steps, which are the sequence."""

import torch
from torch import Tensor
from torch.nn import functional

from myoscene.learn.engine.card import Card, SignalInput
from myoscene.learn.engine.check import names, need, size
from myoscene.learn.engine.checkpoint import Arrays
from myoscene.learn.engine.settings import StepSettings
from myoscene.learn.engine.signals import SignalNetwork, check_signals

# Added to power before the logarithm: an amplitude of 1 % of the normalised unit.
POWER_FLOOR = 1e-4


class StepNetwork(SignalNetwork):
    """The log power of each channel in steps of the signal, standardised on the training people.

    A step is the longest part of the hop that is no longer than ``step_samples`` (our choice), so that every hop is
    a whole number of steps; what is left at the end of a window after its ``steps`` is not read.
    """

    centre: Tensor
    spread: Tensor

    def __init__(self, sizes: SignalInput, settings: StepSettings) -> None:
        super().__init__()
        hop, most = sizes.hop_samples, min(settings.step_samples, sizes.window_samples)
        self.window = sizes.window_samples
        self.stride = max(step for step in range(1, min(hop, most) + 1) if hop % step == 0)
        self.steps = self.window // self.stride
        self.register_buffer("centre", torch.zeros(len(sizes.channels), 1))
        self.register_buffer("spread", torch.ones(len(sizes.channels), 1))

    def log_power(self, signal: Tensor) -> Tensor:
        """``(batch, channels, steps)`` of all windows of ``signal`` ``(batch, channels, samples)``."""
        read = self.windows_in(signal.shape[-1]) - 1 + self.steps
        power = functional.avg_pool1d(signal[..., : read * self.stride].square(), self.stride)
        return (power + POWER_FLOOR).log()

    def sequence(self, signal: Tensor) -> Tensor:
        """The same, standardised."""
        return (self.log_power(signal) - self.centre) / self.spread

    @torch.no_grad()
    def measure(self, signals: list[Tensor]) -> None:
        logs = torch.cat([self.log_power(signal[None])[0] for signal in signals], dim=1)
        self.centre.copy_(logs.mean(dim=1, keepdim=True))
        self.spread.copy_(logs.std(dim=1, keepdim=True).clamp_min(1e-3))


def check_steps(
    arrays: Arrays, card: Card, settings: StepSettings, weight: str, wanted: tuple[int, ...]
) -> SignalInput:
    """What is common to these networks: the array ``weight`` of the first member has the shape of the settings."""
    sizes = check_signals(arrays, card)
    names(sizes.channels, "channels")
    size(settings.step_samples, "step_samples")
    need(arrays[f"0/{weight}"].shape == wanted, "the weights have other sizes than the card")
    return sizes
