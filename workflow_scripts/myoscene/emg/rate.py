"""The rate at which values really change, measured from samples that repeat the one before."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# Rates of common acquisition devices, in hertz: an irregular hold is attributed to the nearest (our choice).
DEVICE_RATES_HZ = (
    50, 60, 100, 125, 128, 200, 250, 256, 500, 512, 1000, 1024, 1200, 1260, 1500, 1926, 2000,
    2048, 4000, 4096,
)  # fmt: skip
# Share of holds that have to be of one length, give or take a sample, to call a hold regular.
_REGULAR_SHARE = 0.8


@dataclass(frozen=True)
class HeldSamples:
    """How often a recording's values change.

    Attributes:
        held_fraction: share of samples at which every channel repeats the sample before.
        update_rate_hz: samples per second at which any channel changes: what the file really holds.
        effective_rate_hz: rate of the device behind held samples; the declared rate where none are.
        regular: the holds have one length.
    """

    held_fraction: float
    update_rate_hz: float
    effective_rate_hz: float
    regular: bool


def effective_rate(
    signal_uv: npt.NDArray[np.floating], rate_hz: float, max_held_fraction: float
) -> HeldSamples:
    """Measure held samples and the rate behind them.

    Args:
        signal_uv: (channels, samples) as recorded, before any filter.
        rate_hz: declared rate.
        max_held_fraction: up to this share of repeats the declared rate is believed: quiet, coarsely
            quantised channels repeat by chance.

    A regular hold (k samples, or k and k + 1 in turn) gives the rate exactly, whatever repeats by chance.
    An irregular one comes from a device whose radio delivers in bursts: some updates overwrite each other
    within a sample, so their mean number is too low, and the bursts themselves are too fast. Between the two,
    the geometric mean of the holds' lengths tells the device's rate roughly; it is taken to the nearest of
    :data:`DEVICE_RATES_HZ`, never above the declared rate. This is an estimate, and our choice;
    ``update_rate_hz``, which is a count, stands beside it.
    """
    n = signal_uv.shape[1]
    changes = np.flatnonzero((signal_uv[:, 1:] != signal_uv[:, :-1]).any(axis=0))
    held_fraction = 1 - len(changes) / (n - 1) if n > 1 else 0.0
    rate_hz = float(rate_hz)
    update = rate_hz * (1 - held_fraction)
    if held_fraction <= max_held_fraction or len(changes) < 3:
        return HeldSamples(held_fraction, update, rate_hz, True)
    holds = np.diff(changes)
    middle = np.median(holds)
    if middle <= 1:
        # Most samples do differ from the one before: a long dead stretch, not a slower device.
        return HeldSamples(held_fraction, update, rate_hz, True)
    typical = holds[np.abs(holds - middle) <= 1]
    if len(typical) >= _REGULAR_SHARE * len(holds):
        return HeldSamples(held_fraction, update, min(rate_hz / float(typical.mean()), rate_hz), True)
    rough = rate_hz / float(np.exp(np.log(holds).mean()))
    nearest = min(DEVICE_RATES_HZ, key=lambda rate: abs(np.log(rate / rough)))
    return HeldSamples(held_fraction, update, min(float(nearest), rate_hz), False)
