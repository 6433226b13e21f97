"""Light augmentation of normalised signals. Everything random comes from the generator that is passed in."""

import torch
from torch import Tensor

from myoscene.learn.engine.settings import SignalSettings


def shift_time(signal: Tensor, most: int, shortest: int, generator: torch.Generator) -> Tensor:
    """``signal`` ``(channels, samples)`` without up to ``most`` samples at its start, never below ``shortest``."""
    room = min(most, signal.shape[1] - shortest)
    if room < 1:
        return signal
    return signal[:, int(torch.randint(room + 1, (1,), generator=generator)) :]


def scale_channels(batch: Tensor, gain_sd: float, generator: torch.Generator) -> Tensor:
    """``batch`` ``(batch, channels, samples)`` with a log-normal gain of its own on every channel."""
    gains = (gain_sd * torch.randn(batch.shape[0], batch.shape[1], 1, generator=generator)).exp()
    return batch * gains


def drop_electrodes(batch: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    """``batch`` ``(batch, channels, samples)`` with whole channels set to 0, never all of one stretch."""
    kept = torch.rand(batch.shape[0], batch.shape[1], 1, generator=generator) >= probability
    kept = kept | ~kept.any(dim=1, keepdim=True)
    return batch * kept


def augment(batch: Tensor, settings: SignalSettings, generator: torch.Generator) -> Tensor:
    """Gain and electrode dropout as the model's section says."""
    batch = scale_channels(batch, settings.gain_sd, generator)
    return drop_electrodes(batch, settings.electrode_dropout, generator)
