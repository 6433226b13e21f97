"""Stretches of signal for training: whole labelled events, batched with masks, never joined."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
import pandas as pd
import torch
from torch import Tensor


class Windows(Protocol):
    """Windows of ``window`` samples, every ``stride`` samples."""

    @property
    def window(self) -> int: ...

    @property
    def stride(self) -> int: ...


@dataclass(frozen=True)
class Stretch:
    """One contiguous labelled stretch of one person: the signal of one event."""

    signal: Tensor  # normalised, (channels, samples) float32
    label: int  # index of its class
    participant: str
    recording: str
    event: int
    time_s: np.ndarray  # of each sample in its recording


def signal_columns(frame: pd.DataFrame) -> list[str]:
    """Columns of the channels, in the order of the table."""
    return [name for name in frame.columns if name.startswith("signal__")]


def stretches(frame: pd.DataFrame, classes: list[str]) -> list[Stretch]:
    """One stretch an event and segment of a cohort signals table, in its order: no window can cross events."""
    columns = signal_columns(frame)
    found = []
    for key, rows in frame.groupby(["participant", "recording", "segment", "event"], sort=False):
        participant, recording, _, event = cast(tuple[str, str, int, int], key)
        signal = np.ascontiguousarray(rows[columns].to_numpy(dtype=np.float32).T)
        label = classes.index(rows["label"].iloc[0])
        times = rows["time_s"].to_numpy()
        found.append(Stretch(torch.from_numpy(signal), label, participant, recording, int(event), times))
    return found


def n_windows(samples: int, windows: Windows) -> int:
    """Windows at every stride inside ``samples``."""
    return max(0, (samples - windows.window) // windows.stride + 1)


def batch_order(items: Sequence[Stretch], batch_size: int, generator: torch.Generator | None) -> list[list[int]]:
    """Indices of ``items`` in batches of similar length, shuffled where there is a ``generator``.

    Stretches are shuffled before they are sorted into lengths, coarsely, so that batches differ between epochs
    while little is spent on filling short ones up.
    """
    order = list(range(len(items)))
    if generator is not None:
        jitter = torch.rand(len(items), generator=generator).tolist()
        lengths = [item.signal.shape[1] * (0.75 + 0.5 * noise) for item, noise in zip(items, jitter, strict=True)]
        order.sort(key=lambda place: lengths[place])
    batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    if generator is None:
        return batches
    return [batches[place] for place in torch.randperm(len(batches), generator=generator).tolist()]


def collate(signals: list[Tensor], labels: list[int], windows: Windows) -> tuple[Tensor, Tensor]:
    """Signals ``(batch, channels, samples)`` and targets ``(batch, windows)`` at every stride.

    Short stretches are filled up with zeros; every window that touches the filling has target -100, which the
    loss leaves out. The filling is not a padding of the network: no counted window reads it.
    """
    longest = max(signal.shape[1] for signal in signals)
    batch = torch.zeros(len(signals), signals[0].shape[0], longest)
    targets = torch.full((len(signals), n_windows(longest, windows)), -100)
    for row, (signal, label) in enumerate(zip(signals, labels, strict=True)):
        batch[row, :, : signal.shape[1]] = signal
        targets[row, : n_windows(signal.shape[1], windows)] = label
    return batch, targets
