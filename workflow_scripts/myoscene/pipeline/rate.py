"""The rate at which values really change, measured from samples that repeat the one before."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from myoscene.core.arrays import Mask, Reals

# Share of holds that have to be of one length, or of two neighbouring ones in turn, to call a hold regular.
_REGULAR_SHARE = 0.9
# Irregular holds shorter than this on average are updates that a device with the declared rate lost; longer
# ones are a slower device written into a faster file (our choice).
_SHORTEST_HOLD = 3.0


@dataclass(frozen=True)
class HeldSamples:
    """How often a recording's values change.

    Attributes:
        held_fraction: share of samples at which every channel repeats the sample before.
        update_rate_hz: samples per second at which any channel changes: what the file really holds.
        effective_rate_hz: of the values behind held samples; the declared rate without held samples.
        regular: nothing is held, or the holds have one length.
    """

    held_fraction: float
    update_rate_hz: float
    effective_rate_hz: float
    regular: bool


def moves(signal_uv: Iterable[Reals]) -> Mask:
    """At which samples of (channels, samples) any channel differs from the one before, (samples,); the first counts."""
    moved: Mask | None = None
    for row in signal_uv:
        moved = np.append(True, np.zeros(len(row) - 1, dtype=bool)) if moved is None else moved
        moved[1:] |= row[1:] != row[:-1]
    assert moved is not None
    return moved


def effective_rate(moved: Mask, rate_hz: float, max_held_fraction: float) -> HeldSamples:
    """Measure held samples and the rate behind them, from the :func:`moves` of a recording before any filter.

    Up to ``max_held_fraction`` repeats the declared rate is believed: quiet, coarsely quantised channels repeat by
    chance. A regular hold (k samples, or k and k + 1 in turn) gives the rate exactly, whatever repeats by chance.
    Irregular holds (a radio that delivers in bursts) allow no more than a count: where they last three
    samples or more on average, the effective rate is the number of updates a second; where they are shorter,
    the declared rate stands, with updates lost, and ``update_rate_hz`` says how many there are (our choice).
    """
    n = len(moved)
    changes = np.flatnonzero(moved[1:])
    held_fraction = 1 - len(changes) / (n - 1) if n > 1 else 0.0
    rate_hz = float(rate_hz)
    update = rate_hz * (1 - held_fraction)
    declared = HeldSamples(held_fraction, update, rate_hz, True)
    if held_fraction <= max_held_fraction or len(changes) < 3:
        return declared
    holds = np.diff(changes)
    # A median of 1: most samples do differ from the one before, by a long dead stretch or chance, not a slower device.
    if np.median(holds) <= 1:
        return declared
    middle = int(np.median(holds))
    pairs = [holds[(holds == k) | (holds == k + 1)] for k in (middle, middle - 1)]
    typical = max(pairs, key=len)
    if len(typical) >= _REGULAR_SHARE * len(holds):
        return HeldSamples(held_fraction, update, min(rate_hz / float(typical.mean()), rate_hz), True)
    effective = update if holds.mean() >= _SHORTEST_HOLD else rate_hz
    return HeldSamples(held_fraction, update, effective, False)
