"""Polyphase resampling, of a whole stretch or of one that comes in pieces.

The anti-alias filter is symmetric (scipy's: a Kaiser window over ten samples of the slower rate to each side): a value
is known when ten more samples have come. A chain without that delay keeps ``emg.rate_hz`` at the device's rate.
"""

from fractions import Fraction
from math import ceil

import numpy as np

from myoscene.core.arrays import Floats, Reals

_MAX_DENOMINATOR = 1000
_HALF_LENGTH = 10
_KAISER_BETA = 5.0


def _ratio(rate_hz: float, new_rate_hz: float) -> Fraction:
    return Fraction(new_rate_hz / rate_hz).limit_denominator(_MAX_DENOMINATOR)


def resampled_length(n_samples: int, rate_hz: float, new_rate_hz: float) -> int:
    """How many samples :func:`resample` gives."""
    return ceil(n_samples * _ratio(rate_hz, new_rate_hz))


def resample(signal_uv: Reals, rate_hz: float, new_rate_hz: float) -> Floats:
    """A stretch (channels, samples) at another rate; sample k of the result lies at ``k / new_rate_hz`` from the first.

    Returns:
        (channels, ceil(samples * new_rate_hz / rate_hz)); the input where the rates are equal.
    """
    from scipy import signal

    ratio = _ratio(rate_hz, new_rate_hz)
    data = np.asarray(signal_uv, dtype=np.float64)
    return data if ratio == 1 else np.asarray(signal.resample_poly(data, ratio.numerator, ratio.denominator, axis=1))


class Resampler:
    """:func:`resample` of a signal that comes in pieces; the last values, which look ahead, come with ``finish``.

    Attributes:
        delay_s: how long after its time a value is known.
    """

    def __init__(self, rate_hz: float, new_rate_hz: float) -> None:
        from scipy import signal

        ratio = _ratio(rate_hz, new_rate_hz)
        self._up, self._down = ratio.numerator, ratio.denominator
        self.delay_s, self._taps, self._early = 0.0, np.ones(1), 0
        if ratio != 1:
            longer = max(self._up, self._down)
            half = _HALF_LENGTH * longer
            taps = self._up * signal.firwin(2 * half + 1, 1.0 / longer, window=("kaiser", _KAISER_BETA))
            # Zeros in front, so that the filter's centre falls on a value: the first one comes after so many.
            zeros = self._down - half % self._down
            self._taps = np.concatenate([np.zeros(zeros), taps])
            self._early = (half + zeros) // self._down
            self.delay_s = half / self._up / rate_hz
        # Samples that are still needed, the number of the first of them, and how many came and values went.
        self._kept: Floats | None = None
        self._first = self._came = self._went = 0

    def __call__(self, piece_uv: Reals) -> Floats:
        """The values that the samples so far make certain, (channels, values), perhaps none."""
        piece = np.asarray(piece_uv, dtype=np.float64)
        self._kept = piece if self._kept is None else np.concatenate([self._kept, piece], axis=1)
        self._came += piece.shape[1]
        return self._values((self._came * self._up - 1) // self._down + 1 - self._early)

    def finish(self) -> Floats:
        """The rest: zeros follow the last sample, as in :func:`resample`."""
        if self._kept is None:
            raise ValueError("no piece came")
        return self._values(-(-self._came * self._up // self._down))

    def _values(self, stop: int) -> Floats:
        """Values from the last one that went up to ``stop``; samples that no later one needs are forgotten."""
        from scipy import signal

        assert self._kept is not None
        if stop <= self._went:
            return np.zeros((len(self._kept), 0))
        before = self._early - self._first * self._up // self._down
        values = signal.upfirdn(self._taps, self._kept, self._up, self._down, axis=1)
        found = values[:, self._went + before : stop + before]
        self._went = stop
        # Kept from a whole number of the result's steps on, so that later values fall where they would.
        oldest = -(-((stop + self._early) * self._down - len(self._taps) + 1) // self._up)
        first = max(oldest // self._down * self._down, self._first)
        self._kept, self._first = self._kept[:, first - self._first :], first
        return np.asarray(found)
